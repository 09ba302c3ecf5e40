export { inOrderOfAppearance } from './appearance.ts'
export { type Accounts, HARM_BUDGET, type Levels, accountLevels, scopeParts, spentBudget } from './levels.ts'
export { BROKEN_WINDOWS, type ScopeParts, WINDOWS, dayPart, scopePart, windowLevel } from './spending.ts'

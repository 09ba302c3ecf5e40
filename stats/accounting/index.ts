export { type Accounts, HARM_BUDGET, type Levels, accountLevels, spentBudget } from './levels.ts'
export { BROKEN_WINDOWS, WINDOWS, dayPart, windowLevel } from './spending.ts'

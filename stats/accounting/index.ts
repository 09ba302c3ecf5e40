export { type Accounts, HARM_BUDGET, type Levels, accountLevels, spentBudget } from './levels.ts'
export { dayPart } from './spending.ts'

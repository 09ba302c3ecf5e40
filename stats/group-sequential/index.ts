export {
  driftForPower, inflationFactor, obrienFleming, peekingError, pocock, wangTsiatis,
} from './design.ts'
export { effectFor } from './effect-for.ts'
export {
  type Exits, type Look, constantLooks, equalTimes, exitProbabilities, meanInformation,
} from './exits.ts'
export { repeatedP } from './repeated.ts'
export {
  type Schedule, type TakenLook, SAME_LOOK, addLook, addLooks, looksOf, newSchedule, scheduleAt,
} from './schedule.ts'
export { type Spending, logSpent, spent } from './spending.ts'

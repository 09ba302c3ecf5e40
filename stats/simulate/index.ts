export { type BanditRun, simulateBandit } from './bandit.ts'
export { type Drift, cyclicDrift, linearDrift, noDrift, stepDrift } from './drift.ts'
export {
  type Outcomes, type SimulatedUnit, binaryOutcomes, latencyOutcomes, lognormalOutcomes, normalOutcomes, ratioOutcomes,
  shiftedOutcomes,
} from './outcomes.ts'

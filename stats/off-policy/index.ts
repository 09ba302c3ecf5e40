export { type LoggedRow, policyBounds } from './bounds.ts'
export { type LoggedGroup, type LoggedWeights, loggedWeights } from './logged.ts'
export {
  type PolicyEstimator, type PolicyMean, type PolicyValue, loggedMean, policyValue,
} from './value.ts'

export {
  type AdaptiveEpoch, type EpochArm, type FrozenMean, type PairEpoch, commonWeight, frozenMeanOf, pairEpochs,
  withSilent,
} from './epoch.ts'
export { compareEpochs } from './comparison.ts'
export { type ScoreMoments, contrastMoments } from './contrast-moments.ts'
export { type CovariateSums, adjustArm, adjustMoments } from './covariate.ts'
export { type PairEstimate, pairContrast, pairEstimate } from './pair.ts'
export { relativeInterval } from './relative.ts'
export {
  type PairScores, type Scored, aipwScore, mergePairScores, noPairScores, pushScores, scoredMeans,
} from './scores.ts'
export {
  type ScoreSums, addScoreMoments, mergeScoreSums, noScoreSums, planVariance, scoreSequence,
} from './sequence.ts'
export { type TwoPointState, constantAllocationWeight, freshTwoPoint, twoPointWeight } from './two-point.ts'
export {
  type WeightedMoments, addWeighted, noWeighted, perUnitWeighted, pushWeighted, weightedBy,
} from './weighted-moments.ts'

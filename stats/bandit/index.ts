export { type AllocateOptions, allocate } from './allocate.ts'
export { type NormalArm, leaderEvidence, neymanWeights } from './best-arm.ts'
export { type JointBest, jointBest } from './chances.ts'
export { chooseContextual, contextualChances, drawArm } from './contextual.ts'
export { type ContextBelief, type ContextEpoch, type ContextSums, contextualEffects } from './contextual-effects.ts'
export {
  type BanditMemory, type PseudoCounts, addCounts, cappedCounts, discountFactor, memoryFactor, noCounts, priorCounts,
  rememberedCounts, scaleCounts,
} from './discount.ts'
export { type EffectEpoch, type JointPosterior, effectPosterior, pooledVariance } from './effects.ts'
export { additiveFloor, clippedFloor } from './floor.ts'
export { bernoulliDivergence, laiRobbinsConstant } from './lai-robbins.ts'
export { capWeights, stepToward } from './limits.ts'
export {
  type LinearPosterior, type LinearState, drawCoefficients, linearPosterior, mergeLinear, noContexts, observeContext,
  predictedReward, upperConfidence,
} from './linear.ts'
export { compositeMoments, countsOf, linearisedMoments } from './objective.ts'
export { pooledPosterior } from './pooled.ts'
export { type Standing, constrainWeights } from './standing.ts'
export { topTwo } from './top-two.ts'

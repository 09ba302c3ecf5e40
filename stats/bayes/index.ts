export { probabilityExceeds } from './exceeds.ts'
export { credibleInterval, posteriorMean } from './interval.ts'
export { type EffectBelief, effectBelief, expectedGain } from './lift.ts'
export {
  type BetaPosterior, type GammaPosterior, type NormalPosterior, type Posterior, type StudentPosterior,
} from './posterior.ts'
export { type Best, type BestArm, probabilityBest } from './probability-best.ts'
export {
  type NormalInverseGamma, meanPosterior, uniformShare, updateBeta, updateGamma, updateNormal,
} from './update.ts'

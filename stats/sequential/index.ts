export {
  approximateRho, asymptoticP, asymptoticPOneSided, asymptoticRadius, asymptoticRadiusOneSided, criticalValue,
  criticalValueOneSided, exactRho, lyapunovRadius, tuning,
} from './asymptotic-cs.ts'
export {
  type BetaBinomial, betaBinomial, betaBinomialBoundary, betaBinomialFor, betaBinomialLogMixture,
} from './beta-binomial.ts'
export {
  type Interval, type Level, type Sequential, drawn, oneSidedBound, oneSidedP, twoSided, twoSidedP,
} from './bounds.ts'
export { type Compared, type ComparedArm, type CompareOptions, armInterval, compareRegimes } from './comparison.ts'
export { empiricalProcessRadius } from './empirical-process.ts'
export { type GammaMixture, gammaBoundary, gammaLogMixture, gammaMixture } from './gamma-mixture.ts'
export { iteratedLogarithmRadius } from './iterated-logarithm.ts'
export {
  type Coefficient, anytimeCoefficient, anytimeLogF, anytimeLogT, anytimeRadius, optimalG, pFromLogE,
} from './linear-model.ts'
export { type Evidence, type Missing, effectiveEvents, missingMinimums } from './minimums.ts'
export { type Msprt, msprt, msprtShares, msprtTau2 } from './msprt.ts'
export { type NormalMixture, mixtureRho, normalBoundary, normalLogMixture, normalMixture } from './normal-mixture.ts'
export { type Stitching, doubleStitchedBoundary, stitchedBoundary } from './stitching.ts'
export { type Regime, type Stratified, type Warning, stratifiedContrast, stratify } from './stratified.ts'

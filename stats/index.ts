/**
 * The statistics: plain numbers in, plain numbers out. No clock, no ambient randomness, nothing of the service. Every
 * estimator takes unit-level moments; every function says domains, units, edge returns, errors and its source.
 */
export * from './accounting/index.ts'
export * from './adaptive/index.ts'
export * from './bandit/index.ts'
export * from './bayes/index.ts'
export * from './cuped/index.ts'
export * from './drift/index.ts'
export * from './exact/index.ts'
export * from './fixed/index.ts'
export {
  type Estimated, absoluteDifference, meanEstimate, nearZero, ratioEstimate, relativeLift,
} from './delta/ratio.ts'
export { underNormalPrior } from './delta/normal-prior.ts'
export {
  type Centred, centred, mergeCentred, noUnits, pushUnit, residualDeviation, sampleCovariance, sampleVariance,
} from './moments/centred.ts'
export * from './group-sequential/index.ts'
export * from './matrix/index.ts'
export { type Moments, addMoments, momentsOf, noMoments, perUnitMoments, shiftMoments } from './moments/moments.ts'
export { lostPrecision, roundingError } from './moments/precision.ts'
export type { Arrivals } from './monitor/allocation.ts'
export { chiSquareSampleRatio } from './monitor/chi-square.ts'
export {
  BASELINE_UNITS, type PairDetector, addBoundedDays, addPairEpoch, addUnitDays, healthyMean, healthyRate, newPairDetector,
} from './monitor/degradation.ts'
export { logDirichletMultinomial, logMultinomial } from './monitor/dirichlet-multinomial.ts'
export {
  DETECTOR_STAKES, type Detector, type DetectorKind, alarmed, boundedIncrements, bucketIncrements, detect, detectorLambdas, detectorLog,
  detectorThreshold, meanIncrements, newDetector,
} from './monitor/e-detector.ts'
export {
  type AdaptiveSampleRatio, adaptiveSampleRatioP, addEpoch, noEpochs,
} from './monitor/sample-ratio-adaptive.ts'
export {
  CONCENTRATIONS, type SampleRatio, type SampleRatioState, addArrivals, mergeArrivals, noArrivals, poolArrivals,
  sampleRatio, sampleRatioLogBayesFactor,
} from './monitor/sample-ratio.ts'
export * from './multiplicity/index.ts'
export {
  type Design, fixedCritical, relativeDetectableEffect, unitsPerArm, unitsPerArmForShare, zTestPower,
} from './power/sample-size.ts'
export { type ExactRuns, exactCrossings } from './power/exact.ts'
export { type MarginBetPlan, marginBetPower } from './power/margin-bet.ts'
export { type Judged, type Running, laterPower, scalingFactor } from './power/mid-experiment.ts'
export { noncentralTCdf, noncentralTSurvival } from './power/noncentral-t.ts'
export {
  type Monitored, type OperatingCharacteristics, sequentialOperatingCharacteristics,
} from './power/operating.ts'
export { type Aim, type Cost, type Reading, costOf, powerOf } from './power/plan.ts'
export { DEFAULT_UNITS, optimalUnits, sequentialCost } from './power/sequential.ts'
export { type TTest, tTestPower, tTestUnits } from './power/t-test.ts'
export * from './off-policy/index.ts'
export * from './quantile/index.ts'
export { type Random, drawsFrom, seededRandom } from './random.ts'
export * from './sequential/index.ts'
export * from './simulate/index.ts'
export * from './special/index.ts'
export * from './winsorise/index.ts'
export { zeroBetween } from './zero.ts'
export * from './paired/index.ts'

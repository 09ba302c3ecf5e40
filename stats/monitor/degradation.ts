import { type Epoch2x2, type Safe2x2, type Safe2x2Options, addBlock, noBlocks } from '../exact/two-by-two.ts'
import { tunedProportionBound } from '../exact/tuned-proportion.ts'
import { requireShares } from '../exact/proportion.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'
import { asymptoticRadiusOneSided, exactRho } from '../sequential/asymptotic-cs.ts'
import { type Detector, boundedIncrements, bucketIncrements, detect, newDetector } from './e-detector.ts'

/** Matured units a baseline needs before it can be watched against. */
export const BASELINE_UNITS = 2_000

/**
 * The failure rate that is still healthy: the upper 99 % bound of what was seen (exact at any look) plus the larger of
 * 1 point and 20 % of that bound. Frozen once taken; the caller sees to it that it covers whole days.
 *
 * @param failures at most units
 * @param units    matured, a count
 * @returns in (0, 1); null below 2,000 units, or when no rate above it is left to detect
 * @throws {RangeError} outside these domains
 */
export const healthyRate = (failures: number, units: number): number | null => {
  requireShares(failures, units)
  if (units < BASELINE_UNITS) return null
  return tolerated(tunedProportionBound(failures, units, { alpha: 0.01, tOpt: BASELINE_UNITS }, 'upper'))
}

const tolerated = (bound: number): number | null => {
  const rate = bound + Math.max(0.01, 0.2 * bound)
  return rate < 1 ? rate : null
}

/**
 * The mean of values in [0, 1] that is still healthy, 1 being the worst: as `healthyRate`, with the upper 99 % end of an
 * asymptotic confidence sequence, of the units' X − R Y with R = ΣX/ΣY where units have several values.
 *
 * @param moments of matured units, X in [0, Y] stored as it is
 * @returns in (0, 1); null below 2,000 units, or when no mean above it is left to detect
 */
export const healthyMean = (moments: Moments): number | null => {
  requireMoments('moments', moments)
  const { n, sumX, sumY, sumXX, sumXY, sumYY } = moments
  if (n < BASELINE_UNITS || sumY === 0) return null
  const mean = sumX / sumY
  const variance = Math.max(0, sumXX - 2 * mean * sumXY + mean * mean * sumYY) / (n - 1) / (sumY / n) ** 2
  return tolerated(mean + asymptoticRadiusOneSided(n, variance, 0.01, exactRho(BASELINE_UNITS, 0.01, 1)))
}

/** A bucket of matured unit-days against a frozen healthy rate: the clock counts unit-days. No units change nothing. */
export const addUnitDays = (state: Detector, failures: number, units: number, rate: number): Detector => {
  requireShares(failures, units)
  return units === 0 ? state : detect(state, bucketIncrements(failures, units, rate), units)
}

/** The same of units with values in [0, 1], 1 being the worst, against a frozen healthy mean. */
export const addBoundedDays = (state: Detector, moments: Moments, mean: number): Detector =>
  moments.n === 0 ? state : detect(state, boundedIncrements(moments, mean), moments.n)

/** Degradation of b against a concurrent control a: needs no baseline, and drift of both does not alarm. */
export type PairDetector = { learnt: Safe2x2; detector: Detector }

export const newPairDetector: PairDetector = { learnt: noBlocks, detector: newDetector('sr') }

/**
 * Add one closed epoch of the pair: the safe test's factor is the increment, learnt from all epochs before it. The
 * clock counts epochs. Successes are failures here: `greater`, the default, alarms when b has more of them.
 *
 * @throws {RangeError} as `safe2x2LogFactor`
 */
export const addPairEpoch = (
  state: PairDetector, epoch: Epoch2x2, options: Safe2x2Options = { alternative: 'greater' },
): PairDetector => {
  const learnt = addBlock(state.learnt, epoch, options)
  return { learnt, detector: detect(state.detector, [learnt.logE - state.learnt.logE]) }
}

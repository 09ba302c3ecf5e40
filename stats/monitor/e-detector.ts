import { requireCount, requireOpenUnit, requirePositive } from '../check.ts'
import { type Moments, requireMoments } from '../moments/moments.ts'
import { logMeanExp } from './allocation.ts'

/**
 * e-detectors: alarms whose mean time between false ones is at least the threshold, for any law of the data before the
 * change, dependent ones too. Each increment L has conditional mean at most 1 while all is well. `sr` starts a fresh
 * bet at every update and adds them up (tight, the default); `cusum` keeps the best of them (loose).
 *
 * Source: Shin, Ramdas and Rinaldo (2024), "E-detectors: a nonparametric framework for sequential change detection",
 * Definitions 2.2 and 2.6, Theorem 2.4.
 */
export type DetectorKind = 'sr' | 'cusum'

/** One log M a bet, none before the first update (M = 0); bets are averaged. */
export type Detector = { kind: DetectorKind; logs: readonly number[]; updates: number }

export const newDetector = (kind: DetectorKind = 'sr'): Detector => ({ kind, logs: [], updates: 0 })

/**
 * One update: M ← L(M + n) for `sr`, L·max(M, 1) for `cusum`.
 *
 * @param logIncrements log L of every bet, always in the same order
 * @param units         n, how many updates it stands for (`sr` only): a bucket of n units under one L. M minus the
 *                      number of units has then no rising mean either, so false alarms stay a threshold of units apart
 * @throws {RangeError} when the number of bets changes, an increment is NaN, or units is no count of at least 1
 */
export const detect = (state: Detector, logIncrements: readonly number[], units = 1): Detector => {
  requireCount('units', units, 1)
  const { kind, logs } = state
  if (logIncrements.length === 0 || (logs.length > 0 && logs.length !== logIncrements.length)) {
    throw new RangeError(`logIncrements must have one entry a bet, got ${logIncrements.length} for ${logs.length}`)
  }
  const next = logIncrements.map((increment, index) => {
    if (Number.isNaN(increment)) throw new RangeError(`logIncrements[${index}] must be a number, got NaN`)
    const before = logs[index] ?? -Infinity
    return increment + (kind === 'sr' ? logSum(before, Math.log(units)) : Math.max(before, 0))
  })
  return { kind, logs: next, updates: state.updates + units }
}

/** log of the average over the bets; −Infinity before the first update. */
export const detectorLog = ({ logs }: Pick<Detector, 'logs'>): number =>
  logs.length === 0 ? -Infinity : logMeanExp(logs)

/**
 * Whether the average has reached the threshold. Start afresh after an acknowledged alarm.
 *
 * @param threshold mean number of updates between false alarms, above 1; see `detectorThreshold`
 */
export const alarmed = (state: Pick<Detector, 'logs'>, threshold: number): boolean => {
  if (!(threshold > 1 && threshold < Infinity)) {
    throw new RangeError(`threshold must be a finite number above 1, got ${threshold}`)
  }
  return detectorLog(state) >= Math.log(threshold)
}

/**
 * Threshold for several detectors watched together: false alarms of all of them together are `updatesBetweenAlarms`
 * apart, and P(one of them by update N) ≤ N/updatesBetweenAlarms.
 *
 * @param detectors            how many run, a count of at least 1
 * @param updatesBetweenAlarms wanted, of one detector's updates, above 0
 */
export const detectorThreshold = (detectors: number, updatesBetweenAlarms: number): number => {
  requireCount('detectors', detectors, 1)
  requirePositive('updatesBetweenAlarms', updatesBetweenAlarms)
  return detectors * updatesBetweenAlarms
}

/** Stakes λ m0 of the bets that are averaged. */
export const DETECTOR_STAKES: readonly number[] = [0.05, 0.1, 0.2, 0.4, 0.8]

/**
 * log L of a value in [0, 1] against "conditional mean ≤ m0", L = 1 + λ(x − m0), one entry a λ.
 *
 * @param m0      in (0, 1)
 * @param lambdas each in (0, 1/m0); DETECTOR_STAKES/m0 unless told
 * @throws {RangeError} outside these domains
 */
export const meanIncrements = (x: number, m0: number, lambdas = detectorLambdas(m0)): number[] => {
  if (!(x >= 0 && x <= 1)) throw new RangeError(`x must lie in [0, 1], got ${x}`)
  return lambdas.map((lambda) => Math.log1p(requireLambda(lambda, m0) * (x - m0)))
}

/**
 * log L of a bucket of n units with y failures as one update: (1 + λ(1 − m0))^y (1 − λm0)^(n−y), one entry a λ.
 *
 * @param y failures, at most n
 * @param n units, a count; with 0 nothing is bet
 * @throws {RangeError} outside these domains
 */
export const bucketIncrements = (y: number, n: number, m0: number, lambdas = detectorLambdas(m0)): number[] => {
  requireCount('n', n)
  requireCount('y', y)
  if (y > n) throw new RangeError(`y must be at most n = ${n}, got ${y}`)
  return lambdas.map((lambda) => {
    requireLambda(lambda, m0)
    return y * Math.log1p(lambda * (1 - m0)) + (n - y) * Math.log1p(-lambda * m0)
  })
}

/**
 * The most that one of n denominators can be, by their sums alone: their mean and √(n − 1) standard deviations.
 *
 * Source: Samuelson (1968), "How deviant can you be?", JASA 63.
 */
const largestDenominator = ({ n, sumY, sumYY }: Pick<Moments, 'n' | 'sumY' | 'sumYY'>): number => {
  if (n === 0) return 0
  const mean = sumY / n
  return mean + Math.sqrt(Math.max(0, sumYY / n - mean * mean) * (n - 1))
}

/**
 * log L of a bucket of units as one update, each with an X in [0, Y] (Y values in [0, 1] of one unit, which may be alike
 * in any way): the bet 1 + λ(w − m0) on w = m0 + (X − m0 Y)/B in [0, 1], B the most that a Y can be, of all units
 * together. Of each unit's log only what sums can tell is taken, the larger of the chord's (that of `bucketIncrements`,
 * exact for 0 and 1) and of Fan's bound, log(1 + cξ) ≥ cξ + (log(1 − c) + c)ξ² for ξ ≥ −1, which sees a small variance.
 * Both lie below the true one, so all that held of L holds.
 *
 * Conditional mean: E(X − m0 Y) ≤ 0 of each unit, given how many values the units have.
 *
 * @param moments of the units, X stored as it is; no units bet nothing
 * @throws {RangeError} outside these domains; sums that no X in [0, Y] can have
 *
 * Source: Fan, Grama and Liu (2015), "Exponential inequalities for martingales with applications", Lemma 4.1 (EJP 20).
 */
export const boundedIncrements = (moments: Moments, m0: number, lambdas = detectorLambdas(m0)): number[] => {
  requireMoments('moments', moments)
  const { n, sumX, sumY, sumXX, sumXY, sumYY } = moments
  const slack = 1e-9 * Math.max(1, sumY)
  if (sumX < -slack || sumX > sumY + slack) throw new RangeError(`moments.sumX must lie between 0 and sumY = ${sumY}, got ${sumX}`)
  const most = Math.max(largestDenominator(moments), Number.MIN_VALUE)
  const above = (sumX - m0 * sumY) / most
  const squared = Math.max(0, sumXX - 2 * m0 * sumXY + m0 * m0 * sumYY) / most ** 2
  const values = Math.min(n, Math.max(0, n * m0 + above))
  return lambdas.map((lambda) => {
    const stake = requireLambda(lambda, m0) * m0
    const chord = values * Math.log1p(lambda * (1 - m0)) + (n - values) * Math.log1p(-stake)
    return n === 0 ? 0 : Math.max(chord, lambda * above + (Math.log1p(-stake) + stake) * (squared / m0 ** 2))
  })
}

/** The default λ grid for a baseline m0 in (0, 1). */
export const detectorLambdas = (m0: number): number[] => {
  requireOpenUnit('m0', m0)
  return DETECTOR_STAKES.map((part) => part / m0)
}

const requireLambda = (lambda: number, m0: number): number => {
  requireOpenUnit('m0', m0)
  if (!(lambda > 0 && lambda * m0 < 1)) throw new RangeError(`lambda must lie in (0, 1/m0), got ${lambda}`)
  return lambda
}

/** log(e^a + e^b); either may be −Infinity. */
const logSum = (a: number, b: number): number => {
  const top = Math.max(a, b)
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top))
}

import { requireNonNegative, requirePositive } from '../check.ts'
import { centred, residualDeviation } from '../moments/centred.ts'
import { type Moments, addMoments, noMoments } from '../moments/moments.ts'
import { lostPrecision } from '../moments/precision.ts'
import { type Level, drawn, oneSidedP } from '../sequential/bounds.ts'
import type { CompareOptions, Compared, ComparedArm } from '../sequential/comparison.ts'
import { missingMinimums } from '../sequential/minimums.ts'
import type { Warning } from '../sequential/stratified.ts'
import type { PairEpoch } from './epoch.ts'
import { type PairEstimate, pairContrast, pairEstimate } from './pair.ts'
import { relativeInterval } from './relative.ts'

/**
 * Compare variant b with control a under adaptive allocation: the counterpart of `compareRegimes`, same options, same
 * result, so that one caller serves both. What differs: the clock `n` is the accumulated variance V instead of units,
 * so ρ must come from `exactRho(planVariance(…), alpha, 1)`; and the relative ends invert the test of b − (1 + r)a.
 *
 * The estimate is of the h-weighted mean of the epochs' differences, h = e_a e_b/(e_a + e_b): a baseline that moves
 * together with the allocation does no harm.
 *
 * Edges are those of `compareRegimes`: without a standard error (fewer than 2 units in an arm, no variance, lost
 * precision) the interval is unbounded and the p-value 1, with a warning. Never NaN.
 *
 * @param epochs see `PairEpoch`; CUPED and composite objectives transform each epoch's moments before
 * @throws {RangeError} naming the argument outside its domain
 */
export const compareEpochs = (epochs: readonly PairEpoch[], options: CompareOptions): Compared => {
  const { direction, promote, harm, margin = 0, hypotheses = 1, center = 0 } = options
  requireNonNegative('margin', margin)
  if (!(hypotheses >= 1)) throw new RangeError(`hypotheses must be at least 1, got ${hypotheses}`)
  requireLevel('promote', promote)
  requireLevel('harm', harm)

  const counted = epochs.filter(({ a, b }) => a.propensity > 0 && b.propensity > 0)
  const total = { a: totalOf(counted, 'a'), b: totalOf(counted, 'b') }
  const missing = missingMinimums([total], options)
  const pair = pairEstimate(counted, center)
  const warnings = pair ? flawsOf(total, { a: pair.a - center, b: pair.b - center }) : []
  const shown = { missing, warnings, a: pair && armOf(pair, 'a', total), b: pair && armOf(pair, 'b', total) }
  const at = pair && warnings.length === 0 ? pairContrast(pair) : null
  if (!pair || !at) {
    const lift = pair && pair.a !== 0 ? pair.b / pair.a - 1 : null
    return {
      ...shown, n: 0, difference: unbounded(pair ? pair.b - pair.a : null), relative: unbounded(lift), pValue: 1,
    }
  }

  const [lower, upper] = direction === 'increase' ? [promote, harm] : [harm, promote]
  const alternative = direction === 'increase' ? 'greater' : 'less'
  const p = oneSidedP(at, promote.rho, alternative, direction === 'increase' ? -margin : margin)
  const relative = relativeInterval(pair, lower, upper)
  const divides = Number.isFinite(relative.lower) && Number.isFinite(relative.upper)
  const lifted = relative.estimate === null ? null : pairContrast(pair, 1 + relative.estimate)
  return {
    ...shown,
    n: at.n,
    difference: { ...drawn(at, lower, upper), se: at.se },
    relative: divides
      ? { ...relative, se: lifted ? lifted.se / Math.abs(pair.a) : null }
      : unbounded(relative.estimate),
    pValue: Math.min(1, p * hypotheses),
    warnings: divides ? warnings : [...warnings, { code: 'control_near_zero' }],
  }
}

type Total = Record<'a' | 'b', Moments>

const totalOf = (epochs: readonly PairEpoch[], arm: 'a' | 'b'): Moments =>
  epochs.reduce((sum, epoch) => addMoments(sum, epoch[arm].moments), noMoments)

const flawsOf = (total: Total, ratio: Record<'a' | 'b', number>): Warning[] =>
  (['a', 'b'] as const).flatMap((arm): Warning[] => {
    const own = total[arm]
    if (own.n < 2) return [{ code: 'few_units', arm }]
    if (lostPrecision(own, ratio[arm])) return [{ code: 'precision_lost', arm }]
    return residualDeviation(centred(own), ratio[arm]) > 0 ? [] : [{ code: 'zero_variance', arm }]
  })

const armOf = (pair: PairEstimate, arm: 'a' | 'b', total: Total): ComparedArm => {
  const variance = arm === 'a' ? pair.varianceA : pair.varianceB
  return {
    estimate: pair[arm],
    se: total[arm].n > 1 && variance > 0 ? Math.sqrt(variance) / pair.weight : null,
    units: total[arm].n,
  }
}

const unbounded = (estimate: number | null) => ({ estimate, lower: -Infinity, upper: Infinity, se: null })

const requireLevel = (name: string, level: Level): void => {
  if (!(level.alpha > 0 && level.alpha < 0.5)) {
    throw new RangeError(`${name}.alpha must lie in (0, 0.5), got ${level.alpha}`)
  }
  requirePositive(`${name}.rho`, level.rho)
}

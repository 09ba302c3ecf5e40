import { requireNonNegative, requirePositive } from '../check.ts'
import { type Estimated, nearZero, relativeLift } from '../delta/ratio.ts'
import type { Moments } from '../moments/moments.ts'
import { criticalValueOneSided } from './asymptotic-cs.ts'
import { type Interval, type Level, drawn, oneSidedP, twoSided } from './bounds.ts'
import { type Evidence, type Missing, missingMinimums } from './minimums.ts'
import {
  type Regime, type Stratified, type Warning, knownArms, stratifiedContrast, stratify,
} from './stratified.ts'

export type CompareOptions = Evidence & {
  /** Which way is better; the p-value is one-sided that way. */
  direction: 'increase' | 'decrease'
  /** Level of the end that lets the variant win: the decision's α, divided by K − 1. */
  promote: Level
  /** Level of the end that shows harm. */
  harm: Level
  /** Non-inferiority margin, at least 0, in units of the metric: the p-value tests that b is not worse by it. */
  margin?: number
  /** K − 1: the p-value is multiplied by it (and `promote.alpha` already divided). 1 unless told. */
  hypotheses?: number
}

export type ComparedArm = { estimate: number; se: number | null; units: number }

export type Compared = {
  a: ComparedArm | null
  b: ComparedArm | null
  /** Units on the sequence's clock: both arms, in the regimes that count. */
  n: number
  /** b − a, in units of the metric, never oriented. */
  difference: Interval & { se: number | null }
  /** b/a − 1. */
  relative: Interval & { se: number | null }
  /** One-sided toward promotion, times `hypotheses`; 1 while nothing is known. */
  pValue: number
  /** Minimums not met yet; while any is missing no rule may act (INSUFFICIENT). */
  missing: Missing[]
  warnings: Warning[]
}

/**
 * Compare variant b with control a over the regimes of a scope under fixed weights: what is drawn is what decides.
 * The promotion-side end (lower for `increase`, upper for `decrease`) excludes the boundary (0, or the margin)
 * exactly when pValue/hypotheses ≤ promote.alpha.
 *
 * Edges: an arm without units gives null estimates; an arm without a standard error (fewer than 2 units, no variance,
 * lost precision) gives the estimate with an unbounded interval, p-value 1 and a warning; so does a control mean that
 * its own sequence cannot tell from 0, for the relative difference alone. Never NaN.
 *
 * @throws {RangeError} naming the argument: a sum that is not finite, a level outside (0, 1/2), a negative margin
 */
export const compareRegimes = (regimes: readonly Regime[], options: CompareOptions): Compared => {
  const pair = stratify(regimes, options.center)
  const arms = knownArms(pair)
  return judge({
    ...pair, contrast: stratifiedContrast(pair), relative: arms && relativeLift(arms.a, arms.b),
    missing: missingIn(regimes, pair.warnings, options),
  }, options)
}

/** What a comparison rests on: both arms as they are, and the contrast with its relative form, adjusted or not. */
export type Contrasted = Pick<Stratified, 'a' | 'b' | 'n' | 'warnings'> & {
  contrast: { estimate: number; variance: number | null } | null
  relative: Estimated | null
  missing: Missing[]
}

/** Minimums over the regimes that count; over all of them while none does, so that the counts can be told. */
export const missingIn = (
  regimes: readonly Regime[], warnings: readonly Warning[], evidence: Evidence,
): Missing[] => missingMinimums(counted(regimes, warnings), evidence)

/**
 * Intervals, p-value and warnings from estimates that are already there; see `compareRegimes`, which forms them from
 * moments, for what they mean. Same options, same errors.
 */
export const judge = (of: Contrasted, options: CompareOptions): Compared => {
  const { direction, promote, harm, margin = 0, hypotheses = 1 } = options
  requireNonNegative('margin', margin)
  if (!(hypotheses >= 1)) throw new RangeError(`hypotheses must be at least 1, got ${hypotheses}`)
  requireLevel('promote', promote)
  requireLevel('harm', harm)

  const { a, b, n, contrast, missing, warnings } = of
  const [lower, upper] = direction === 'increase' ? [promote, harm] : [harm, promote]
  const shown = { a: a && arm(a), b: b && arm(b), n, missing, warnings }
  if (!a || !contrast || contrast.variance === null || a.variance === null) {
    const lift = a && b && a.estimate !== 0 ? b.estimate / a.estimate - 1 : null
    return {
      ...shown, difference: unbounded(contrast?.estimate ?? null), relative: unbounded(lift), pValue: 1,
    }
  }

  const at = { estimate: contrast.estimate, se: Math.sqrt(contrast.variance), n }
  const alternative = direction === 'increase' ? 'greater' : 'less'
  const p = oneSidedP(at, promote.rho, alternative, direction === 'increase' ? -margin : margin)

  const reach = criticalValueOneSided(n * lower.rho ** 2, Math.min(lower.alpha, upper.alpha))
  const divides = of.relative !== null && !nearZero({ estimate: a.estimate, variance: a.variance }, reach)
  // dividing by a negative control turns the ends around, and each keeps its test
  const [from, to] = a.estimate < 0 ? [upper, lower] : [lower, upper]
  const lifted = of.relative && { estimate: of.relative.estimate, se: Math.sqrt(of.relative.variance), n }
  return {
    ...shown,
    difference: { ...drawn(at, lower, upper), se: at.se },
    relative: lifted && divides
      ? { ...drawn(lifted, from, to), se: lifted.se }
      : unbounded(lifted?.estimate ?? null),
    pValue: Math.min(1, p * hypotheses),
    warnings: divides ? warnings : [...warnings, { code: 'control_near_zero' }],
  }
}

/**
 * One arm's own interval, two-sided, for display: its mean (ratio of sums) over all its units.
 *
 * @returns unbounded with fewer than 2 units, no variance, or lost precision; `estimate` null without units
 */
export const armInterval = (m: Moments, level: Level, center = 0): Interval & { n: number } => {
  requireLevel('level', level)
  const { a } = stratify([{ a: m, b: m }], center)
  if (!a || a.variance === null) {
    return { estimate: a?.estimate ?? null, lower: -Infinity, upper: Infinity, n: a?.units ?? 0 }
  }
  return { ...twoSided({ estimate: a.estimate, se: Math.sqrt(a.variance), n: a.units }, level), n: a.units }
}

/** The regimes an estimate rests on; all of them while it rests on none. */
const counted = (regimes: readonly Regime[], warnings: readonly Warning[]): readonly Regime[] => {
  const dropped = new Set(warnings.flatMap((w) => (w.code === 'regime_dropped' ? w.regimes : [])))
  const kept = regimes.filter((_, index) => !dropped.has(index))
  return kept.some(({ a, b }) => a.n + b.n > 0) ? kept : regimes
}

const unbounded = (estimate: number | null) => ({ estimate, lower: -Infinity, upper: Infinity, se: null })

const arm = (side: { estimate: number; variance: number | null; units: number }): ComparedArm => ({
  estimate: side.estimate, se: side.variance === null ? null : Math.sqrt(side.variance), units: side.units,
})

const requireLevel = (name: string, level: Level): void => {
  if (!(level.alpha > 0 && level.alpha < 0.5)) {
    throw new RangeError(`${name}.alpha must lie in (0, 0.5), got ${level.alpha}`)
  }
  requirePositive(`${name}.rho`, level.rho)
}

import { requireOpenUnit } from '../check.ts'
import type { Interval } from '../sequential/bounds.ts'
import { type Bucket, countOf, quantileOf } from './buckets.ts'
import { type QuantileTuning, evidences } from './sequence.ts'

export type QuantileDifference = {
  /** Sample quantiles of both arms; null without values. */
  a: number | null
  b: number | null
  n: number
  /** q_b − q_a */
  difference: Interval
  /** q_b/q_a − 1; unbounded where q_a may be 0. */
  relative: Interval
  /** In words, what is missing or doubtful; null when nothing is. */
  warning: string | null
}

/** Values that are not refuted beyond `evidence`: they reach from `from` to `to`. Ascending in evidence, nested. */
type Level = { evidence: number; from: number; to: number }

/**
 * Difference and relative difference of two arms' quantiles, at every look at once and for any distribution: all pairs
 * of values that the product of the arms' martingales does not refute, the two-sample test inverted. It is narrower
 * than what two separate sequences at half the level leave.
 *
 * Each end misses with chance at most its own alpha over the whole run.
 *
 * @param a      values of independent units of the control, or its sketch; `b` likewise
 * @param alpha  levels of the two ends, in (0, 1)
 * @param tuning frozen before the first look
 * @returns unbounded ends while too few values to exclude anything
 * @throws {RangeError} outside these domains
 *
 * Source: Howard and Ramdas (2022), section 5, inverted over pairs of quantiles.
 */
export const quantileDifference = (
  a: readonly Bucket[], b: readonly Bucket[], quantile: number,
  alpha: { lower: number; upper: number }, tuning: QuantileTuning,
): QuantileDifference => {
  requireOpenUnit('alpha.lower', alpha.lower)
  requireOpenUnit('alpha.upper', alpha.upper)
  const [control, variant] = [quantileOf(a, quantile), quantileOf(b, quantile)]
  const n = countOf(a) + countOf(b)
  const open = { lower: -Infinity, upper: Infinity }
  if (control === null || variant === null) {
    const unknown = { estimate: null, ...open }
    return {
      a: control, b: variant, n, difference: unknown, relative: unknown,
      warning: `There are no values of ${control === null ? 'the control' : 'the variant'} yet.`,
    }
  }
  const levels = { a: levelsOf(a, quantile, tuning), b: levelsOf(b, quantile, tuning) }
  const lower = rectangles(levels.a, levels.b, -Math.log(alpha.lower))
  const upper = rectangles(levels.a, levels.b, -Math.log(alpha.upper))
  const difference = {
    estimate: variant - control,
    lower: least(lower.map(({ x, y }) => y.from - x.to)),
    upper: most(upper.map(({ x, y }) => y.to - x.from)),
  }
  const divides = [...lower, ...upper].every(({ x }) => x.from > 0 || x.to < 0)
  const relative = {
    estimate: control === 0 ? null : variant / control - 1,
    lower: divides ? least(lower.flatMap(quotients)) - 1 : -Infinity,
    upper: divides ? most(upper.flatMap(quotients)) - 1 : Infinity,
  }
  const unbounded = difference.lower === -Infinity || difference.upper === Infinity
  const warning = unbounded
    ? 'Too few values for this quantile: an end of the interval is not bounded yet.'
    : divides ? null : 'The control’s quantile cannot be told from 0, so the relative difference has no bounds.'
  return { a: control, b: variant, n, difference, relative, warning }
}

const least = (values: readonly number[]): number => values.reduce((one, other) => Math.min(one, other), Infinity)
const most = (values: readonly number[]): number => values.reduce((one, other) => Math.max(one, other), -Infinity)

/** Extremes of y/x over a rectangle that x leaves 0 out of lie in its corners. */
const quotients = ({ x, y }: Rectangle): number[] =>
  [y.from / x.from, y.from / x.to, y.to / x.from, y.to / x.to].filter((value) => !Number.isNaN(value))

/** What an arm's sample allows its quantile to be, by the evidence one is ready to overlook. */
const levelsOf = (buckets: readonly Bucket[], quantile: number, tuning: QuantileTuning): Level[] => {
  const { n, at, within, quietest } = evidences(countOf(buckets), quantile, tuning)
  let below = 0
  const pieces = buckets.map(({ from, to, count }) => {
    const piece = { from, to, evidence: within(below, below + count), first: below }
    below += count
    return piece
  })
  // outward from the bucket (or the gap) with the least evidence, always to the side that costs less
  const right = pieces.findIndex(({ first }, index) => (pieces[index + 1]?.first ?? n) >= quietest && first <= quietest)
  const start = pieces[Math.max(0, right)]
  if (!start) return []
  let [down, up] = [Math.max(0, right) - 1, Math.max(0, right) + 1]
  const levels: Level[] = [{ evidence: start.evidence, from: start.from, to: start.to }]
  for (;;) {
    const last = levels.at(-1) as Level
    const [lower, higher] = [pieces[down], pieces[up]]
    const costDown = last.from === -Infinity ? Infinity : lower?.evidence ?? at(0)
    const costUp = last.to === Infinity ? Infinity : higher?.evidence ?? at(n)
    if (costDown === Infinity && costUp === Infinity) return levels
    const evidence = Math.max(last.evidence, Math.min(costDown, costUp))
    if (costDown <= costUp) {
      levels.push({ evidence, from: lower?.from ?? -Infinity, to: last.to })
      down--
    } else {
      levels.push({ evidence, from: last.from, to: higher?.to ?? Infinity })
      up++
    }
  }
}

type Rectangle = { x: Level; y: Level }

/** Pairs of sets whose evidence together stays below the threshold: what one arm spends the other one lacks. */
const rectangles = (a: readonly Level[], b: readonly Level[], threshold: number): Rectangle[] => {
  const found: Rectangle[] = []
  let other = b.length - 1
  for (const x of a) {
    while (other >= 0 && x.evidence + (b[other] as Level).evidence >= threshold) other--
    const y = b[other]
    if (!y) break
    found.push({ x, y })
  }
  return found
}

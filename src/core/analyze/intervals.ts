import type { Interval as Bounds, Level, Sequential } from '../../../stats/index.ts'
import { drawn } from '../../../stats/index.ts'
import type { Interval } from './report.ts'

/** A number as reports carry it: null where it is not finite. */
export const finite = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null

/** An interval as reports carry it: an unbounded end is null. */
export const interval = ({ estimate, lower, upper }: Bounds): Interval => ({
  estimate: finite(estimate),
  lower: finite(lower),
  upper: finite(upper),
})

/** Nothing is known yet. */
export const unknown: Interval = { estimate: null, lower: null, upper: null }

/** The same quantity with the opposite sign: ends change places. */
export const negate = ({ estimate, lower, upper }: Interval): Interval => {
  const minus = (value: number | null): number | null => (value === null ? null : 0 - value)
  return { estimate: minus(estimate), lower: minus(upper), upper: minus(lower) }
}

/** As better-is-larger, for a metric that should `increase` or `decrease`. */
export const gainOf = (difference: Interval, direction: 'increase' | 'decrease'): Interval =>
  direction === 'increase' ? difference : negate(difference)

/** As worse-is-larger. */
export const harmOf = (difference: Interval, direction: 'increase' | 'decrease'): Interval =>
  direction === 'increase' ? negate(difference) : difference

/** Ends of a share cannot leave [0, 1]. */
export const withinShare = ({ estimate, lower, upper }: Interval): Interval => ({
  estimate,
  lower: lower === null ? null : Math.max(0, lower),
  upper: upper === null ? null : Math.min(1, upper),
})

/** Ends of a difference of two shares cannot leave [−1, 1]. */
export const withinShares = ({ estimate, lower, upper }: Interval): Interval => ({
  estimate,
  lower: lower === null ? null : Math.max(-1, lower),
  upper: upper === null ? null : Math.min(1, upper),
})

/** A one-arm excess over an absolute limit, drawn at the levels of its two tests. */
export const excess = (at: Sequential, harm: Level, gain: Level): Interval => interval(drawn(at, harm, gain))

import type { Compared } from '../../../stats/index.ts'
import { interval } from '../analyze/intervals.ts'
import type { Interval } from '../analyze/report.ts'
import type { Question, Said } from './method.ts'

/** An estimate with its standard error; null while there is none. */
export type Known = { estimate: number; se: number }

export const known = ({ estimate, se }: Compared['difference']): Known | null =>
  estimate === null || se === null || !(se > 0) ? null : { estimate, se }

/** Nothing is excluded; the estimate stands alone. */
export const unbounded = ({ estimate }: Compared['difference']): Interval =>
  interval({ estimate, lower: -Infinity, upper: Infinity })

/** Ends at `reach` standard errors: the end that lets the variant win, and the one that shows it worse. */
export const around = (
  at: Compared['difference'],
  direction: Question['direction'],
  { gain, harm }: { gain: number; harm: number },
): Interval => {
  const { estimate, se } = at
  if (estimate === null || se === null) return unbounded(at)
  const [below, above] = direction === 'increase' ? [gain, harm] : [harm, gain]
  return interval({ estimate, lower: estimate - below * se, upper: estimate + above * se })
}

/** As `around`, for the relative difference: a negative control turns the ends around, and each keeps its test. */
export const aroundRelative = (
  { relative, a }: Compared,
  direction: Question['direction'],
  reach: { gain: number; harm: number },
): Interval => {
  const turned = (a?.estimate ?? 0) < 0
  const side = turned === (direction === 'increase') ? 'decrease' : 'increase'
  return around(relative, side, reach)
}

/** How far above 0 (or the margin) the variant is better, in standard errors. */
export const scoreAbove = ({ estimate, se }: Known, direction: Question['direction'], margin: number): number =>
  ((direction === 'increase' ? estimate : -estimate) + margin) / se

/** Nothing said yet: the estimate, and no end. */
export const nothingSaid = ({ compared }: Question, needed: number): Said => ({
  difference: unbounded(compared.difference),
  relative: unbounded(compared.relative),
  pValue: null,
  wins: false,
  loses: false,
  evidence: { value: null, needed },
})

/** A p-value over all comparisons, as reports carry it: never 0. */
export const adjusted = (p: number, hypotheses: number): number => Math.min(1, Math.max(1e-300, p * hypotheses))

/** An e-value from its logarithm, as reports carry it: never infinite. */
export const evidenceFrom = (log: number): number => Math.exp(Math.min(690, log))

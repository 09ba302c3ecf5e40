import { normalQuantile, wilsonInterval } from '../../stats/index.ts'
import type { Cell, Claim, Tally } from './study.ts'

/** A measure's mean over the runs with its Monte-Carlo standard error and limits. */
export type Estimate = { n: number; mean: number; error: number; lower: number; upper: number }

/** Confidence of the limits: 99 % to prove a promise; 99.98 % to refute one of hundreds by a few runs. */
export const limits = { prove: 0.99, refute: 0.9998 }

/** Measures that were only ever 0 or 1 are shares and get limits that hold near 0 and 1 too; others the normal ones. */
export const estimate = ({ n, sum, sumSquares }: Tally['measures'][string], level = limits.prove): Estimate => {
  const mean = sum / n
  const error = Math.sqrt(Math.max(0, sumSquares / n - mean * mean) / n)
  if (sum === sumSquares && sum <= n) return { n, mean, error, ...wilsonInterval(sum, n, level) }
  const reach = normalQuantile(0.5 + level / 2) * error
  return { n, mean, error, lower: mean - reach, upper: mean + reach }
}

/** A promise that was not kept, in words. */
export type Broken = { cell: string; measure: string; text: string }

const show = (value: number): string => String(Number(value.toPrecision(3)))

const judge = (claim: Claim, at: Estimate, quick: boolean): string | null => {
  const range = `${show(at.mean)} (${quick ? '99.98' : '99'} %: ${show(at.lower)} to ${show(at.upper)}, ${at.n} runs)`
  const high = quick ? at.lower : at.upper
  const low = quick ? at.upper : at.lower
  if (claim.atMost !== undefined && high > claim.atMost) return `${range}, promised at most ${claim.atMost}`
  if (claim.atLeast !== undefined && low < claim.atLeast) return `${range}, promised at least ${claim.atLeast}`
  return null
}

/**
 * Which promises of a cell its runs break.
 *
 * @param quick few runs were made: only what they refute counts. Otherwise a promise must be shown to hold
 */
export const brokenClaims = (cell: Cell, sums: Tally, quick: boolean): Broken[] =>
  cell.claims.flatMap((claim) => {
    const measure = sums.measures[claim.measure]
    const text = measure ? judge(claim, estimate(measure, quick ? limits.refute : limits.prove), quick) : 'was never measured'
    return text === null ? [] : [{ cell: cell.key, measure: claim.measure, text }]
  })

import { requireFinite } from '../check.ts'
import { type Bucket, countOf, orderStatistic, quantileOf } from './buckets.ts'
import { type Evidences, type QuantileTuning, evidences } from './sequence.ts'

export type QuantileTest = {
  /** log of the evidence against the null; at most 0 means none. */
  logEvidence: number
  /** Always valid: at most α, at any time, with chance at most α under the null; 1 while nothing is known. */
  pValue: number
}

/**
 * Whether two arms have the same quantile, at every look at once: were x the quantile of both, the product of their
 * martingales at x would stay small, so the least product over all x is evidence against any common one.
 *
 * The one-sided forms (`greater`: the quantile of b exceeds that of a) take the same evidence where the samples lie
 * that way, and are 1 where they do not; they are valid and somewhat conservative.
 *
 * @param a        values of independent units of one arm, or its sketch; `b` likewise, on the same scale
 * @param quantile in (0, 1)
 * @param boundary q_b − q_a under the null; 0 unless told
 * @throws {RangeError} outside these domains
 *
 * Source: Howard and Ramdas (2022), section 5, Theorem 5.
 */
export const quantileTest = (
  a: readonly Bucket[], b: readonly Bucket[], quantile: number, tuning: QuantileTuning,
  options: { alternative?: 'two-sided' | 'greater' | 'less'; boundary?: number } = {},
): QuantileTest => {
  const { alternative = 'two-sided', boundary = 0 } = options
  requireFinite('boundary', boundary)
  const moved = boundary === 0 ? b : b.map(({ from, to, value, count }) =>
    ({ from: from - boundary, to: to - boundary, value: value - boundary, count }))
  const [here, there] = [quantileOf(a, quantile), quantileOf(moved, quantile)]
  if (here === null || there === null) return { logEvidence: 0, pValue: 1 }
  if (alternative === 'greater' ? there <= here : alternative === 'less' && there >= here) {
    return { logEvidence: 0, pValue: 1 }
  }
  const evidence = { a: evidences(countOf(a), quantile, tuning), b: evidences(countOf(b), quantile, tuning) }
  const [one, other] = [quietRange(a, evidence.a), quietRange(moved, evidence.b)]
  const [from, to] = [Math.min(one.from, other.from), Math.max(one.to, other.to)]
  // evidence grows away from where it is least, for both arms alike beyond these two
  const edges = [...a, ...moved]
    .flatMap((bucket) => [bucket.from, bucket.to])
    .filter((edge) => edge >= from && edge <= to)
  const logEvidence = leastEvidence(
    sweep(a, evidence.a), sweep(moved, evidence.b), [...new Set(edges)].sort((one, other) => one - other),
  )
  return { logEvidence, pValue: Math.min(1, Math.exp(-logEvidence)) }
}

/** Where an arm's sample has the least evidence: between the order statistics around that count. */
const quietRange = (buckets: readonly Bucket[], { n, quietest }: Evidences): { from: number; to: number } => ({
  from: orderStatistic(buckets, Math.max(1, quietest)).from, to: orderStatistic(buckets, Math.min(n, quietest + 1)).to,
})

type Sweep = { at(edge: number): number; after(edge: number): number }

/** Evidence at an edge and in the open piece after it; edges are to be asked for in ascending order. */
const sweep = (buckets: readonly Bucket[], { within }: Evidences): Sweep => {
  let [ended, started, below, reached] = [0, 0, 0, 0]
  const advance = (begun: (bucket: Bucket) => boolean, over: (bucket: Bucket) => boolean): number => {
    for (let next = buckets[started]; next && begun(next); next = buckets[++started]) reached += next.count
    for (let next = buckets[ended]; next && over(next); next = buckets[++ended]) below += next.count
    return within(below, reached)
  }
  return {
    at: (edge) => advance(({ from, to }) => from < edge || to === edge, ({ to }) => to < edge),
    after: (edge) => advance(({ from }) => from <= edge, ({ to }) => to <= edge),
  }
}

const leastEvidence = (a: Sweep, b: Sweep, edges: readonly number[]): number => {
  let least = Infinity
  for (const edge of edges) least = Math.min(least, a.at(edge) + b.at(edge), a.after(edge) + b.after(edge))
  return least
}

import { requireNonNegative } from '../check.ts'

/** Added to the count of every bin, so that an empty one is no infinity. */
const SMOOTHING = 0.5

/**
 * Shares of the bins, ½ added to each count: none is 0, they sum to 1.
 *
 * @param counts of the bins, at least one; not negative
 * @throws {RangeError} outside these domains
 */
export const smoothedShares = (counts: readonly number[]): number[] => {
  if (counts.length === 0) throw new RangeError('counts must not be empty')
  counts.forEach((count, index) => requireNonNegative(`counts[${index}]`, count))
  const whole = counts.reduce((sum, count) => sum + count + SMOOTHING, 0)
  return counts.map((count) => (count + SMOOTHING) / whole)
}

const requireShares = (p: readonly number[], q: readonly number[]): void => {
  if (p.length !== q.length) throw new RangeError(`p and q must have as many bins, got ${p.length} and ${q.length}`)
  for (const [name, shares] of [['p', p], ['q', q]] as const) {
    shares.forEach((share, index) => requireNonNegative(`${name}[${index}]`, share))
    const whole = shares.reduce((sum, share) => sum + share, 0)
    if (!(Math.abs(whole - 1) < 1e-6)) throw new RangeError(`${name} must sum to 1, got ${whole}`)
  }
}

/**
 * Population stability index of two distributions over the same bins, Σ(q − p)·ln(q/p): both Kullback–Leibler
 * divergences added up. Symmetric; 0 where they are the same. By custom .1 is little and .2 or .25 much.
 *
 * @param p,q shares of the bins, each summing to 1
 * @returns at least 0; Infinity where a bin is empty on one side alone (see `smoothedShares`)
 * @throws {RangeError} outside these domains
 *
 * Source: Siddiqi (2006), "Credit risk scorecards", chapter 9; Yurdakul (2018), "Statistical properties of the
 * population stability index".
 */
export const populationStability = (p: readonly number[], q: readonly number[]): number => {
  requireShares(p, q)
  let sum = 0
  p.forEach((share, index) => {
    const other = q[index] ?? 0
    if (share !== other) sum += (other - share) * Math.log(other / share)
  })
  return Math.max(0, sum)
}

/**
 * Jensen–Shannon distance of two distributions over the same bins: the root of the mean divergence of both from their
 * mean, in bits. A metric, always finite.
 *
 * @param p,q shares of the bins, each summing to 1
 * @returns in [0, 1]: 0 where they are the same, 1 where no bin has a share of both
 * @throws {RangeError} outside these domains
 *
 * Source: Lin (1991), "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory
 * 37(1); Endres and Schindelin (2003), "A new metric for probability distributions", for the root.
 */
export const jensenShannon = (p: readonly number[], q: readonly number[]): number => {
  requireShares(p, q)
  let sum = 0
  p.forEach((share, index) => {
    const other = q[index] ?? 0
    const mean = (share + other) / 2
    if (share > 0) sum += (share / 2) * Math.log2(share / mean)
    if (other > 0) sum += (other / 2) * Math.log2(other / mean)
  })
  return Math.sqrt(Math.min(1, Math.max(0, sum)))
}

import { type Matrix, cholesky } from '../matrix/cholesky.ts'

/**
 * A joint normal taken apart: independent parts of the arms with these variances, and what is left, as the Cholesky
 * factor of its covariance over the arms other than `reference` (whose left-over part is 0; only differences matter).
 */
export type Parts = { variances: number[]; rest: number[][] }

const HALVINGS = 24
const ROUNDING = 1e-11

/** Variance of (i − reference) and covariance of (i − reference) with (j − reference). */
const contrast = (c: Matrix, i: number, j: number, reference: number): number =>
  (c[i]?.[j] ?? 0) - (c[i]?.[reference] ?? 0) - (c[reference]?.[j] ?? 0) + (c[reference]?.[reference] ?? 0)

/**
 * As much of a joint normal as possible put into independent parts, so that little is left to integrate numerically.
 * The parts are those whose sums fit the variances of all pairwise differences best, shrunk by one factor until the
 * rest is a covariance.
 *
 * @param covariance of at least three arms, positive definite on their differences
 */
export const independentPart = (covariance: Matrix, reference: number): Parts => {
  const arms = covariance.length
  const others = [...covariance.keys()].filter((arm) => arm !== reference)
  const spread = others.map((i) => others.map((j) => contrast(covariance, i, j, reference)))
  const fitted = fit(covariance)
  const left = (share: number): number[][] =>
    spread.map((row, i) =>
      row.map((value, j) => {
        const own = i === j ? (fitted[others[i] ?? 0] ?? 0) : 0
        // the diagonal keeps a trace, so that an exact fit still factorises
        return value * (i === j ? 1 + ROUNDING : 1) - share * (own + (fitted[reference] ?? 0))
      }),
    )
  let [share, failing] = [0, 1]
  let rest = tryCholesky(left(1))
  if (rest) share = 1
  for (let halving = 0; share < 1 && halving < HALVINGS; halving++) {
    const middle = (share + failing) / 2
    const found = tryCholesky(left(middle))
    if (found) [share, rest] = [middle, found]
    else failing = middle
  }
  return {
    variances: fitted.map((variance) => share * variance),
    rest: rest ?? tryCholesky(left(0)) ?? others.map(() => Array.from({ length: arms - 1 }, () => 0)),
  }
}

/** Least squares of Var(i − j) ≈ d_i + d_j, kept above a sliver of each arm's smallest difference. */
const fit = (c: Matrix): number[] => {
  const arms = c.length
  const pairs = c.map((_, i) => c.map((__, j) => contrast(c, i, i, j)))
  const sums = pairs.map((row) => row.reduce((sum, value) => sum + value, 0))
  const total = sums.reduce((sum, value) => sum + value, 0) / (2 * (arms - 1))
  return sums.map((sum, arm) => {
    const smallest = Math.min(...(pairs[arm] ?? []).filter((_, other) => other !== arm))
    return Math.max((sum - total) / (arms - 2), 0.02 * smallest)
  })
}

const tryCholesky = (matrix: Matrix): number[][] | null => {
  try {
    return cholesky(matrix)
  } catch {
    return null
  }
}

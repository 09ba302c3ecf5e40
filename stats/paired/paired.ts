/**
 * Sums over pairs: `a` and `b` are the two values of one unit, `d` = b − a. `disagreements` counts pairs whose values
 * differ. Plain numbers; states of disjoint pairs add up (`addPairs`).
 */
export type PairSums = {
  n: number
  sumA: number
  sumB: number
  sumAA: number
  sumBB: number
  sumD: number
  sumDD: number
  disagreements: number
}

export const noPairs: PairSums = { n: 0, sumA: 0, sumB: 0, sumAA: 0, sumBB: 0, sumD: 0, sumDD: 0, disagreements: 0 }

/** The sums of both sets of pairs, which must have none in common. */
export const addPairs = (one: PairSums, other: PairSums): PairSums => ({
  n: one.n + other.n,
  sumA: one.sumA + other.sumA,
  sumB: one.sumB + other.sumB,
  sumAA: one.sumAA + other.sumAA,
  sumBB: one.sumBB + other.sumBB,
  sumD: one.sumD + other.sumD,
  sumDD: one.sumDD + other.sumDD,
  disagreements: one.disagreements + other.disagreements,
})

export type Paired = {
  /** Mean of b − a, in units of the metric; null without a pair. */
  estimate: number | null
  /** Its standard error; null with fewer than two pairs, 0 where all differences are the same. */
  se: number | null
  /** Pearson's correlation of the two values, in [−1, 1]; null where one of them does not vary. */
  correlation: number | null
  /** Part of the pairs whose values differ, in [0, 1]; null without a pair. */
  disagreement: number | null
}

/**
 * The mean difference of paired values. Its variance is that of the differences, σa² + σb² − 2ρσaσb, so that at equal
 * variances it takes 1 − ρ pairs where an unpaired comparison takes 2 units of each arm for the same width: (1 − ρ) of
 * the units an arm. To be put into a confidence sequence with `n` pairs as its sample size.
 *
 * @throws {RangeError} when `n` is not a count
 *
 * Source: Student (1908), "The probable error of a mean", Biometrika 6: the mean of differences of pairs.
 */
export const pairedContrast = ({ n, sumA, sumB, sumAA, sumBB, sumD, sumDD, disagreements }: PairSums): Paired => {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n must be a count, got ${n}`)
  if (n === 0) return { estimate: null, se: null, correlation: null, disagreement: null }
  const spread = (sum: number, squares: number): number => (n < 2 ? 0 : Math.max(0, (squares - (sum * sum) / n) / (n - 1)))
  const [varA, varB, varD] = [spread(sumA, sumAA), spread(sumB, sumBB), spread(sumD, sumDD)]
  const scale = 2 * Math.sqrt(varA) * Math.sqrt(varB)
  return {
    estimate: sumD / n,
    se: n < 2 ? null : Math.sqrt(varD / n),
    correlation: scale > 0 ? Math.min(1, Math.max(-1, (varA + varB - varD) / scale)) : null,
    disagreement: disagreements / n,
  }
}

/**
 * The mean difference of paired values as a fraction of the mean of a, with its standard error: r − 1 where r is the ratio of
 * the means, and the residuals b − r·a of the units give its variance. Null where the mean of a is so close to 0, less than
 * three of its standard errors, that nothing can be divided by it, or with fewer than two pairs.
 *
 * @throws {RangeError} when `n` is not a count
 *
 * Source: Cochran (1977), Sampling Techniques, 3rd edition, section 6.4: the variance of a ratio of means.
 */
export const pairedRelative = ({ n, sumA, sumB, sumAA, sumBB, sumDD }: PairSums): { estimate: number; se: number } | null => {
  if (!(Number.isInteger(n) && n >= 0)) throw new RangeError(`n must be a count, got ${n}`)
  if (n < 2) return null
  const meanA = sumA / n
  const varA = Math.max(0, (sumAA - (sumA * sumA) / n) / (n - 1))
  if (Math.abs(meanA) <= 3 * Math.sqrt(varA / n)) return null
  const ratio = sumB / sumA
  const sumAB = (sumAA + sumBB - sumDD) / 2
  const residuals = Math.max(0, (sumBB - 2 * ratio * sumAB + ratio * ratio * sumAA) / (n - 1))
  return { estimate: ratio - 1, se: Math.sqrt(residuals / n) / Math.abs(meanA) }
}

import { requireCount, requireFinite, requireNonNegative } from '../check.ts'

/**
 * How much to stake on the next observations: √(2 log(1/α)/(σ̂² t log(1 + t))), from what was seen before them. Any
 * predictable stake is valid; this one loses little against the best.
 *
 * Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", section 3 (the
 * predictable mixture); package confseq, `lambda_predmix_eb`.
 */
export type Seen = {
  /** Observations so far. */
  n: number
  sum: number
  /** Σ(x − μ̂)², μ̂ the regularised mean after each batch. */
  squares: number
}

export const nothingSeen: Seen = { n: 0, sum: 0, squares: 0 }

/** A batch of observations by its sums: one observation is {n: 1, sum: x, sumSquares: x²}. */
export type Batch = { n: number; sum: number; sumSquares: number }

/** What is imagined before the first observation: mean and variance, with the weight of so many observations. */
export type Imagined = { mean: number; variance: number; weight: number }

/** One imagined observation, the most variable there is in [0, 1]. */
export const IMAGINED: Imagined = { mean: 0.5, variance: 0.25, weight: 1 }

/**
 * The stake on a batch of `n` observations that comes next.
 *
 * @param logInverse log(1/α), above 0
 * @param n          size of the batch, known before its outcomes
 */
export const stake = (seen: Seen, logInverse: number, n: number, imagined = IMAGINED): number => {
  const variance = (imagined.weight * imagined.variance + seen.squares) / (seen.n + imagined.weight)
  const time = seen.n + n
  return Math.sqrt((2 * logInverse) / (variance * time * Math.log1p(time)))
}

/** Learn from a batch, after staking on it. */
export const learn = (seen: Seen, batch: Batch, imagined = IMAGINED): Seen => {
  requireBatch(batch)
  const n = seen.n + batch.n
  const sum = seen.sum + batch.sum
  const mean = Math.min(1, (imagined.weight * imagined.mean + sum) / (n + imagined.weight))
  return { n, sum, squares: seen.squares + squaresAround(batch, mean) }
}

/** Σ(x − center)² of a batch. */
export const squaresAround = (batch: Batch, center: number): number =>
  Math.max(0, batch.sumSquares - 2 * center * batch.sum + batch.n * center * center)

/** @throws {RangeError} when n is no count of at least 1, or a sum is negative or not finite */
export const requireBatch = (batch: Batch): void => {
  requireCount('batch.n', batch.n, 1)
  requireFinite('batch.sum', batch.sum)
  requireNonNegative('batch.sum', batch.sum)
  requireNonNegative('batch.sumSquares', batch.sumSquares)
}

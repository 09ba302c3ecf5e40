import { requireCount, requireNonNegative } from '../check.ts'

/** Units that arrived in each variant under one set of weights. */
export type Arrivals = { weights: readonly number[]; counts: readonly number[] }

/**
 * Weights as probabilities.
 *
 * @throws {RangeError} naming a negative weight, a count that is none, different lengths, or weights that sum to 0
 */
export const probabilitiesOf = ({ weights, counts }: Arrivals): number[] => {
  if (weights.length !== counts.length) {
    throw new RangeError(`counts must have one entry a variant, got ${counts.length} for ${weights.length} weights`)
  }
  for (const [index, weight] of weights.entries()) requireNonNegative(`weights[${index}]`, weight)
  for (const [index, count] of counts.entries()) requireCount(`counts[${index}]`, count)
  const sum = weights.reduce((all, weight) => all + weight, 0)
  if (!(sum > 0)) throw new RangeError(`weights must sum to more than 0, got ${sum}`)
  return weights.map((weight) => weight / sum)
}

/** log of the mean of e^values, without overflow. */
export const logMeanExp = (values: readonly number[]): number => {
  const top = Math.max(...values)
  if (!Number.isFinite(top)) return top
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0) / values.length)
}

import { requireUnit } from '../check.ts'

/**
 * Holm's adjusted p-values: rejecting those at most alpha keeps the chance of any false rejection at alpha, whatever
 * the dependence. It also holds for always-valid p-values read at one common time.
 *
 * @param pValues each in [0, 1]; none gives none
 * @returns in the order given, each in [0, 1]
 * @throws {RangeError} naming the entry outside [0, 1]
 *
 * Source: Holm (1979), Scandinavian Journal of Statistics 6(2).
 */
export const holm = (pValues: readonly number[]): number[] => {
  const count = pValues.length
  let highest = 0
  const next = (p: number, rank: number): number => (highest = Math.max(highest, Math.min(1, (count - rank) * p)))
  return inOrder(pValues, ascending(pValues), next)
}

/**
 * Benjamini and Hochberg's adjusted p-values: rejecting those at most q keeps the expected share of false rejections
 * at q, for independent or positively dependent tests. Domains, order and errors of `holm`.
 *
 * Source: Benjamini and Hochberg (1995), JRSS B 57(1).
 */
export const benjaminiHochberg = (pValues: readonly number[]): number[] => stepUp(pValues, 1)

/**
 * Benjamini and Yekutieli's adjusted p-values: as Benjamini and Hochberg's, under any dependence, at the price of a
 * factor 1 + 1/2 + … + 1/m. Domains, order and errors of `holm`.
 *
 * Source: Benjamini and Yekutieli (2001), Annals of Statistics 29(4).
 */
export const benjaminiYekutieli = (pValues: readonly number[]): number[] =>
  stepUp(pValues, pValues.reduce((sum, _, index) => sum + 1 / (index + 1), 0))

/** adj_(j) = min over k ≥ j of p_(k)·m·factor/k, from the largest down. */
const stepUp = (pValues: readonly number[], factor: number): number[] => {
  const count = pValues.length
  let lowest = 1
  const descending = ascending(pValues).toReversed()
  return inOrder(pValues, descending, (p, rank) => (lowest = Math.min(lowest, (p * count * factor) / (count - rank))))
}

const ascending = (values: readonly number[]): number[] => {
  for (const [index, value] of values.entries()) requireUnit(`pValues[${index}]`, value)
  return values.map((_, index) => index).toSorted((a, b) => values[a]! - values[b]!)
}

/** Adjust along an order of indices, answer in the order given. */
const inOrder = (
  values: readonly number[], order: readonly number[], adjust: (value: number, rank: number) => number,
): number[] => {
  const adjusted = values.map(() => 1)
  for (const [rank, index] of order.entries()) adjusted[index] = adjust(values[index]!, rank)
  return adjusted
}

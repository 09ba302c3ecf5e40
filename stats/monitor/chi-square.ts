import { chiSquareSurvival } from '../special/index.ts'
import { type Arrivals, probabilitiesOf } from './allocation.ts'

/**
 * Pearson's goodness of fit of arrivals to their weights, for one look at a fixed horizon; `sampleRatio` is for every
 * other use. Variants with weight 0 do not count, unless a unit arrived there: then the p-value is 0.
 *
 * @returns statistic 0 and p-value 1 without units or with a single variant
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: Pearson (1900).
 */
export const chiSquareSampleRatio = (arrivals: Arrivals): { statistic: number; pValue: number } => {
  const probabilities = probabilitiesOf(arrivals)
  const units = arrivals.counts.reduce((sum, count) => sum + count, 0)
  const open = probabilities.filter((p) => p > 0).length
  if (units === 0) return { statistic: 0, pValue: 1 }
  let statistic = 0
  for (const [index, p] of probabilities.entries()) {
    const count = arrivals.counts[index] ?? 0
    if (p > 0) statistic += (count - units * p) ** 2 / (units * p)
    else if (count > 0) return { statistic: Infinity, pValue: 0 }
  }
  return { statistic, pValue: open < 2 ? 1 : chiSquareSurvival(statistic, open - 1) }
}

import { requireNonNegative, requirePositive } from '../check.ts'

/** Units and sums of one arm that may be fractions of units: discounted, capped, or taken from earlier. */
export type PseudoCounts = { n: number; sum: number; sumSquares: number }

export const noCounts: PseudoCounts = { n: 0, sum: 0, sumSquares: 0 }

export const addCounts = (a: PseudoCounts, b: PseudoCounts): PseudoCounts => ({
  n: a.n + b.n, sum: a.sum + b.sum, sumSquares: a.sumSquares + b.sumSquares,
})

/** All three, times a factor of at least 0. */
export const scaleCounts = (c: PseudoCounts, factor: number): PseudoCounts => {
  requireNonNegative('factor', factor)
  return { n: c.n * factor, sum: c.sum * factor, sumSquares: c.sumSquares * factor }
}

/**
 * 2^(−age/halfLife): what data of this age still counts.
 *
 * @param age      in the unit of the half-life (hours, epochs), at least 0
 * @param halfLife above 0; null never forgets
 */
export const discountFactor = (age: number, halfLife: number | null): number => {
  requireNonNegative('age', age)
  if (halfLife === null) return 1
  requirePositive('halfLife', halfLife)
  return 2 ** (-age / halfLife)
}

export type BanditMemory = {
  /** In units of age; null (the default) never forgets. */
  halfLife?: number | null
  /** Data of this age or older is forgotten altogether; null (the default) keeps all. */
  window?: number | null
  /** Most units an arm may count as: what exceeds it is scaled down, keeping the mean; null (the default) is no cap. */
  cap?: number | null
}

/** What data of this age counts under a memory: 0 beyond the window. */
export const memoryFactor = (age: number, { halfLife = null, window = null }: BanditMemory): number =>
  window !== null && age >= window ? 0 : discountFactor(age, halfLife)

/**
 * One arm's history as pseudo-counts: discounted by age, cut at the window, capped.
 *
 * @param history counts with their age
 */
export const rememberedCounts = (
  history: readonly { age: number; counts: PseudoCounts }[], memory: BanditMemory = {},
): PseudoCounts => {
  const sum = history.reduce(
    (all, { age, counts }) => addCounts(all, scaleCounts(counts, memoryFactor(age, memory))), noCounts,
  )
  return cappedCounts(sum, memory.cap ?? null)
}

/** At most `cap` units, the mean and the mean square unchanged. */
export const cappedCounts = (counts: PseudoCounts, cap: number | null): PseudoCounts => {
  if (cap === null || counts.n <= cap) return counts
  requirePositive('cap', cap)
  return scaleCounts(counts, cap / counts.n)
}

/**
 * What an arm may start from after an earlier experiment: its counts times a discount, capped, so that new data soon
 * outweighs them. `effectPosterior` takes the arms' prior counts as one more epoch, the oldest.
 *
 * @param discount in [0, 1]: 0 takes nothing over
 * @param cap      most units it may be worth; 1,000 unless told
 */
export const priorCounts = (earlier: PseudoCounts, discount: number, cap = 1_000): PseudoCounts => {
  if (!(discount >= 0 && discount <= 1)) throw new RangeError(`discount must lie in [0, 1], got ${discount}`)
  return cappedCounts(scaleCounts(earlier, discount), cap)
}

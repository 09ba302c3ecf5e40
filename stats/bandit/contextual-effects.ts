import { requirePositive } from '../check.ts'
import { cholesky, dot, solveCholesky, solveLower } from '../matrix/cholesky.ts'
import { type BanditMemory, memoryFactor } from './discount.ts'

/**
 * One arm's units in one epoch: Σφφᵀ as the lower triangle by rows (φ begins with a constant 1, so that the first element
 * counts the units), Σφr, and Σr², with r the reward of a unit around any one number, better being larger.
 */
export type ContextSums = { gram: readonly number[]; response: readonly number[]; sumSquares: number }

/** One epoch: how long ago it was (in the half-life's unit) and every arm's sums. */
export type ContextEpoch = { age: number; arms: readonly ContextSums[] }

/**
 * What is believed of one arm: the reward at a context φ is normal with mean β·φ and standard deviation |Rφ|, R a lower
 * triangle by rows.
 */
export type ContextBelief = { mean: number[]; root: number[] }

/**
 * Linear rewards of the arms when each epoch has a level of its own, which a flat prior integrates out: a baseline that moves
 * while the allocation moves cannot make an arm look better than it is.
 *
 * Coefficients of all arms together: A = Σγ(diag G − u uᵀ/N) + κI, b = Σγ(s − u Σr/N), with G the arms' Σφφᵀ, u their
 * stacked Σφ, s their stacked Σφr. Each arm's own uncertainty is σ²(ΣγG + κI)⁻¹: with two arms the variance of their
 * difference is the joint one, up to the ridge, and nothing of size (arms × features)² has to travel.
 *
 * @param dimensions length of φ, at least 1
 * @param memory     half-life and window by age
 * @param ridge      κ, in units: how much belief that no arm and no feature matters; 1 unless told, above 0
 * @returns one belief an arm, with σ² of one unit; null while there are no more units than coefficients, or no variance
 * @throws {RangeError} naming what is of another length or outside its domain
 *
 * Source: Agrawal and Goyal (2013), "Thompson sampling for contextual bandits with linear payoffs", with the epochs'
 * effects eliminated as in Lindley and Smith (1972).
 */
export const contextualEffects = (
  epochs: readonly ContextEpoch[], dimensions: number, memory: BanditMemory = {}, ridge = 1,
): { arms: ContextBelief[]; variance: number } | null => {
  requirePositive('ridge', ridge)
  const arms = epochs[0]?.arms.length ?? 0
  const size = arms * dimensions
  const a = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  const b = Array.from({ length: size }, () => 0)
  const own = Array.from({ length: arms }, () => Array.from({ length: (dimensions * (dimensions + 1)) / 2 }, () => 0))
  let [deviation, degrees] = [0, -size]
  for (const [index, epoch] of epochs.entries()) {
    requireShape(epoch, index, arms, dimensions)
    const factor = memoryFactor(epoch.age, memory)
    const first = epoch.arms.flatMap(({ gram }) => Array.from({ length: dimensions }, (_, i) => gram[(i * (i + 1)) / 2] ?? 0))
    const response = epoch.arms.flatMap((arm) => arm.response)
    const units = epoch.arms.reduce((sum, { gram }) => sum + (gram[0] ?? 0), 0)
    if (units === 0 || factor === 0) continue
    const total = epoch.arms.reduce((sum, arm) => sum + (arm.response[0] ?? 0), 0)
    deviation += factor * (epoch.arms.reduce((sum, { sumSquares }) => sum + sumSquares, 0) - total ** 2 / units)
    degrees += factor * (units - 1)
    for (let i = 0; i < size; i++) {
      b[i] = (b[i] ?? 0) + factor * ((response[i] ?? 0) - ((first[i] ?? 0) * total) / units)
      const row = a[i] as number[]
      for (let j = 0; j <= i; j++) row[j] = (row[j] ?? 0) - (factor * (first[i] ?? 0) * (first[j] ?? 0)) / units
    }
    for (const [arm, { gram }] of epoch.arms.entries()) addGram(a, own[arm] as number[], gram, arm * dimensions, dimensions, factor)
  }
  for (const [i, row] of a.entries()) row[i] = (row[i] ?? 0) + ridge
  const mean = size > 0 ? solveCholesky(cholesky(a), b) : []
  // what is left of the deviation; the ridge's own part is in A, so that it is taken out again
  const variance = (deviation - dot(mean, b) - ridge * dot(mean, mean)) / Math.max(1, degrees)
  if (!(degrees >= 1 && variance > 1e-12 * (deviation / degrees) && variance > 0)) return null
  return {
    variance,
    arms: own.map((gram, arm) => ({
      mean: mean.slice(arm * dimensions, (arm + 1) * dimensions),
      root: rootOf(gram, dimensions, ridge, Math.sqrt(variance)),
    })),
  }
}

const addGram = (a: number[][], own: number[], gram: readonly number[], offset: number, dimensions: number, factor: number): void => {
  let at = 0
  for (let i = 0; i < dimensions; i++) {
    const row = a[offset + i] as number[]
    for (let j = 0; j <= i; j++, at++) {
      row[offset + j] = (row[offset + j] ?? 0) + factor * (gram[at] ?? 0)
      own[at] = (own[at] ?? 0) + factor * (gram[at] ?? 0)
    }
  }
}

/** σL⁻¹ with L Lᵀ = G + κI, by rows: |σL⁻¹φ|² = σ² φᵀ(G + κI)⁻¹φ. */
const rootOf = (gram: readonly number[], dimensions: number, ridge: number, scale: number): number[] => {
  const rows = Array.from({ length: dimensions }, (_, i) =>
    Array.from({ length: dimensions }, (__, j) => (j > i ? 0 : (gram[(i * (i + 1)) / 2 + j] ?? 0) + (i === j ? ridge : 0))))
  const factor = cholesky(rows)
  const columns = rows.map((_, column) => solveLower(factor, rows.map((__, row) => (row === column ? scale : 0))))
  return rows.flatMap((_, row) => Array.from({ length: row + 1 }, (__, column) => columns[column]?.[row] ?? 0))
}

const requireShape = ({ arms }: ContextEpoch, index: number, count: number, dimensions: number): void => {
  if (arms.length !== count) throw new RangeError(`epochs[${index}].arms must have ${count} arms, got ${arms.length}`)
  for (const [arm, { gram, response }] of arms.entries()) {
    if (gram.length !== (dimensions * (dimensions + 1)) / 2 || response.length !== dimensions) {
      throw new RangeError(`epochs[${index}].arms[${arm}] must have sums of ${dimensions} features`)
    }
  }
}

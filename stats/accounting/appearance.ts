import { requireCount } from '../check.ts'

/**
 * The part of a level that the k-th of a family of tests may spend where nobody knows how many there will be, when each
 * gets its place as it appears and keeps it: 6/(π²k²), which sums to 1 over all k. Places must not depend on what is
 * tested.
 *
 * @param place 1 for the first, a whole number
 * @returns in (0, 6/π²]
 * @throws {RangeError} when `place` is no whole number of at least 1
 *
 * Source: Σ 1/k² = π²/6 (Euler), and the union bound.
 */
export const inOrderOfAppearance = (place: number): number => {
  requireCount('place', place, 1)
  return 6 / (Math.PI * place) ** 2
}

import { quickUpperQuantile } from './quick-normal.ts'

/** √primes: the fractional parts of their multiples fill the cube evenly in every dimension. */
const generators = (count: number): number[] => {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate)
  }
  return found.map(Math.sqrt)
}

const golden = (Math.sqrt(5) - 1) / 2

/**
 * Standard normal points that cover their space evenly, always the same ones: a shifted lattice with its
 * mirror image after every point, so that odd functions average to exactly 0.
 *
 * @param shift which of the sets; their spread tells the error of an average
 *
 * Source: Richtmyer's lattice, as in Genz and Bretz (2009), Computation of Multivariate Normal and t Probabilities,
 * section 4.2.2.
 */
export const normalPoints = (dimensions: number, pairs: number, shift: number): number[][] => {
  const steps = generators(dimensions)
  const points: number[][] = []
  for (let point = 1; point <= pairs; point++) {
    const z = steps.map((step, k) => {
      const raw = (point + shift * pairs) * step + (shift + 0.5) * golden * (k + 1)
      return quickUpperQuantile(Math.min(Math.max(raw - Math.floor(raw), 1e-12), 1 - 1e-12))
    })
    points.push(z, z.map((value) => -value))
  }
  return points
}

import { requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { crossing } from '../crossing.ts'
import { logGamma, regularisedGammaLower, regularisedGammaUpper } from '../special/index.ts'
import { mixtureRho } from './normal-mixture.ts'

/**
 * Gamma mixtures for sums whose increments have a heavier right tail than normal ones: `exponential` for
 * sub-exponential increments of scale c (empirical Bernstein), `poisson` for sub-Poisson ones with jumps of at most c.
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", Propositions 9 and 10; as in their package confseq.
 */
export type GammaMixture = { kind: 'exponential' | 'poisson'; rho: number; c: number }

/**
 * A mixture tuned for accumulated variance vOpt at level alphaOpt, one-sided.
 *
 * @param vOpt     above 0
 * @param c        scale, above 0
 * @param alphaOpt in (0, 1/2)
 * @throws {RangeError} outside these domains
 */
export const gammaMixture = (kind: GammaMixture['kind'], vOpt: number, c: number, alphaOpt = 0.05): GammaMixture => {
  requirePositive('c', c)
  return { kind, rho: mixtureRho(vOpt, alphaOpt, 1), c }
}

/**
 * log of the mixture supermartingale.
 *
 * @param s centred sum, above −(v + ρ)/c
 * @param v accumulated variance, at least 0
 * @returns −Infinity where a sum far below 0 underflows
 * @throws {RangeError} outside these domains
 */
export const gammaLogMixture = ({ kind, rho, c }: GammaMixture, s: number, v: number): number => {
  requireFinite('s', s)
  requireNonNegative('v', v)
  const square = c * c
  const [prior, shape] = [rho / square, (v + rho) / square]
  const shifted = s / c + shape
  if (!(shifted > 0)) throw new RangeError(`s must be above ${-(v + rho) / c} for v = ${v}, got ${s}`)
  const scale = prior * Math.log(prior) - logGamma(prior)
  if (kind === 'exponential') {
    return scale - Math.log(regularisedGammaLower(prior, prior)) + logGamma(shape)
      + Math.log(regularisedGammaLower(shape, shifted)) - shape * Math.log(shifted) + (s / c + v / square)
  }
  return scale - Math.log(regularisedGammaUpper(prior, prior)) + logGamma(shifted)
    + Math.log(regularisedGammaUpper(shifted, shape)) - shifted * Math.log(shape) + v / square
}

/**
 * The boundary that S stays below at all times with chance at least 1 − alpha.
 *
 * @param v     accumulated variance, at least 0
 * @param alpha in (0, 1)
 * @throws {RangeError} outside these domains
 */
export const gammaBoundary = (mixture: GammaMixture, v: number, alpha: number): number => {
  requireNonNegative('v', v)
  requireOpenUnit('alpha', alpha)
  const reached = (s: number): boolean => gammaLogMixture(mixture, s, v) >= -Math.log(alpha)
  let most = Math.max(v, mixture.rho, mixture.c)
  for (let doubling = 0; doubling < 60 && !reached(most); doubling++) most *= 2
  return crossing(reached, 0, most)
}

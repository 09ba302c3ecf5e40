import { requireCount, requireFinite, requireNonNegative, requirePositive } from '../check.ts'
import { type Centred, noUnits } from '../moments/centred.ts'
import type { BetaPosterior, GammaPosterior, StudentPosterior } from './posterior.ts'

/**
 * Conjugate updates. What was believed goes in, what is believed comes out, and the order and size of the portions do
 * not matter: an update with the whole data and updates with its parts give the same belief. So a posterior is its own
 * incremental state, and portions counted apart may be summed or merged before.
 */

/** No knowledge of a share: every value equally likely. */
export const uniformShare: BetaPosterior = { family: 'beta', a: 1, b: 1 }

/**
 * Belief about a share after more units: Beta(a + successes, b + failures). Counts need not be whole, since discounting
 * makes fractions of them.
 *
 * @param units     at least `successes`, at least 0
 * @param successes at least 0
 * @throws {RangeError} outside these domains
 */
export const updateBeta = (before: BetaPosterior, units: number, successes: number): BetaPosterior => {
  requirePositive('a', before.a)
  requirePositive('b', before.b)
  requireNonNegative('successes', successes)
  requireNonNegative('units', units)
  if (successes > units) throw new RangeError(`successes must be at most units, ${units}, got ${successes}`)
  return { family: 'beta', a: before.a + successes, b: before.b + (units - successes) }
}

/**
 * Belief about the rate of Poisson events after more of them: Gamma(shape + events, rate + exposure).
 *
 * @param events   at least 0
 * @param exposure units, hours or whatever the rate is per; at least 0
 * @throws {RangeError} outside these domains
 */
export const updateGamma = (before: GammaPosterior, events: number, exposure: number): GammaPosterior => {
  requirePositive('shape', before.shape)
  requirePositive('rate', before.rate)
  requireNonNegative('events', events)
  requireNonNegative('exposure', exposure)
  return { family: 'gamma', shape: before.shape + events, rate: before.rate + exposure }
}

/**
 * Belief about a normal mean and its variance at once: given the variance v the mean is Normal(mean, v / weight), and
 * 1 / v is Gamma(shape, rate scale). `weight` counts as that many units seen before.
 */
export type NormalInverseGamma = { mean: number; weight: number; shape: number; scale: number }

const requireBelief = ({ mean, weight, shape, scale }: NormalInverseGamma): void => {
  requireFinite('mean', mean)
  requirePositive('weight', weight)
  requirePositive('shape', shape)
  requireNonNegative('scale', scale)
}

/**
 * Belief about mean and variance after more units, from their centred moments (X alone counts; see `centred`).
 *
 * @param units centred moments; those of merged portions give what updates by each portion give
 * @throws {RangeError} when a parameter is out of range or n is not a count
 *
 * Source: Murphy (2007), "Conjugate Bayesian analysis of the Gaussian distribution", section 3.3.
 */
export const updateNormal = (
  before: NormalInverseGamma,
  { n, meanX, devXX }: Pick<Centred, 'n' | 'meanX' | 'devXX'> = noUnits,
): NormalInverseGamma => {
  requireBelief(before)
  requireCount('n', n)
  requireFinite('meanX', meanX)
  requireNonNegative('devXX', devXX)
  const weight = before.weight + n
  const apart = meanX - before.mean
  return {
    mean: before.mean + (n / weight) * apart,
    weight,
    shape: before.shape + n / 2,
    scale: before.scale + 0.5 * devXX + 0.5 * before.weight * (n / weight) * apart * apart,
  }
}

/**
 * What is believed about the mean alone: Student's t with 2·shape degrees of freedom around `mean`, of scale
 * √(scale / (shape · weight)); a certainty where scale is 0. Throws RangeError for parameters out of range.
 */
export const meanPosterior = (belief: NormalInverseGamma): StudentPosterior => {
  requireBelief(belief)
  const { mean, weight, shape, scale } = belief
  return { family: 'student', center: mean, scale: Math.sqrt(scale / shape / weight), degrees: 2 * shape }
}

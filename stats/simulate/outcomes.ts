import { requireNonNegative, requirePositive, requireUnit } from '../check.ts'
import type { Random } from '../random.ts'

/** One unit's numerator and denominator. */
export type SimulatedUnit = readonly [x: number, y: number]

/** Draws one unit's outcome; `shift` moves its mean (the ratio's, for ratios), by drift or by an effect. */
export type Outcomes = (random: Random, shift?: number) => SimulatedUnit

/** Successes with probability rate + shift, cut to [0, 1]. */
export const binaryOutcomes = (rate: number): Outcomes => {
  requireUnit('rate', rate)
  return (random, shift = 0) => [random.uniform() < rate + shift ? 1 : 0, 1]
}

/** Normal values, sd the same at every shift. */
export const normalOutcomes = (mean: number, sd: number): Outcomes => {
  requireNonNegative('sd', sd)
  return (random, shift = 0) => [mean + shift + sd * random.normal(), 1]
}

/**
 * Log-normal values with this mean: skewed, as spend and time are. `sigma` is the sd of the logarithm; at 1 the
 * skewness is 6. A shift scales the values, so that the mean is mean + shift.
 */
export const lognormalOutcomes = (mean: number, sigma: number): Outcomes => {
  requirePositive('mean', mean)
  requireNonNegative('sigma', sigma)
  return (random, shift = 0) => [Math.max(0, mean + shift) * Math.exp(sigma * random.normal() - sigma ** 2 / 2), 1]
}

/**
 * A ratio of sums: each unit makes 1 + geometric requests (`perUnit` on average, at least 1), each of which succeeds
 * with the unit's own rate, a Beta around rate + shift with `concentration`; heavy users differ by `slope` per
 * request beyond the average, so that numerator and denominator are correlated beyond the ratio.
 */
export const ratioOutcomes = (rate: number, perUnit: number, concentration = 10, slope = 0): Outcomes => {
  requireUnit('rate', rate)
  if (!(perUnit >= 1 && perUnit < Infinity)) throw new RangeError(`perUnit must be at least 1, got ${perUnit}`)
  requirePositive('concentration', concentration)
  const stop = Math.log1p(-1 / perUnit)
  return (random, shift = 0) => {
    const requests = perUnit === 1 ? 1 : 1 + Math.floor(Math.log1p(-random.uniform()) / stop)
    const center = Math.min(0.999, Math.max(0.001, rate + shift + slope * (requests - perUnit)))
    const own = random.beta(concentration * center, concentration * (1 - center))
    let successes = 0
    for (let request = 0; request < requests; request++) if (random.uniform() < own) successes++
    return [successes, requests]
  }
}

/**
 * Latency in milliseconds: log-normal around a median, and a share of slow requests ten times that. A shift adds
 * milliseconds.
 */
export const latencyOutcomes = (median: number, sigma = 0.5, slow = 0.01): Outcomes => {
  requirePositive('median', median)
  requireNonNegative('sigma', sigma)
  requireUnit('slow', slow)
  return (random, shift = 0) => {
    const typical = random.uniform() < slow ? 10 * median : median
    return [shift + typical * Math.exp(sigma * random.normal()), 1]
  }
}

/** The same outcomes, better or worse by this much throughout. */
export const shiftedOutcomes = (outcomes: Outcomes, effect: number): Outcomes => (random, shift = 0) =>
  outcomes(random, shift + effect)

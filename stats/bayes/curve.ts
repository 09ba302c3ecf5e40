import { expm1Minus, log1pMinus } from '../special/differences.ts'
import type { Posterior } from './posterior.ts'

/**
 * A density on the axis where it is smooth with one peak: logit of the value for Beta, logarithm for Gamma, the value
 * itself for normal and t. Not normalised: its logarithm is 0 at the peak, so that counts of 1e9 lose no digits.
 */
export type Curve = {
  axis: 'logit' | 'log' | 'plain'
  /** place of the peak */
  peak: number
  /** 1 / √(−second derivative) at the peak; 0 for a certain value */
  width: number
  /** log density at `peak + offset`, relative to the peak */
  log(offset: number): number
}

/** The log of a Beta density in logits: n [x₀ δ − log(1 + x₀ (e^δ − 1))], with x₀ = share, y₀ = 1 − x₀. */
const logitBeta = (count: number, x0: number, y0: number, offset: number): number => {
  if (offset > 0) return logitBeta(count, y0, x0, -offset)
  if (offset < -1) return count * (x0 * offset - Math.log(y0 + x0 * Math.exp(offset)))
  const beyond = expm1Minus(offset)
  return -count * (x0 * beyond + log1pMinus(x0 * (beyond + offset)))
}

/** The curve of a posterior. */
export const curveOf = (posterior: Posterior): Curve => {
  switch (posterior.family) {
    case 'beta': {
      const { a, b } = posterior
      const count = a + b
      const [x0, y0] = [a / count, b / count]
      return {
        axis: 'logit',
        peak: Math.log(a) - Math.log(b),
        width: 1 / Math.sqrt(Math.max(a, b) * Math.min(x0, y0)),
        log: (offset) => logitBeta(count, x0, y0, offset),
      }
    }
    case 'gamma': {
      const { shape, rate } = posterior
      return {
        axis: 'log',
        peak: Math.log(shape) - Math.log(rate),
        width: 1 / Math.sqrt(shape),
        log: (offset) => -shape * expm1Minus(offset),
      }
    }
    case 'normal': {
      const { mean, sd } = posterior
      return { axis: 'plain', peak: mean, width: sd, log: (offset) => -0.5 * (offset / sd) ** 2 }
    }
    case 'student': {
      const { center, scale, degrees } = posterior
      return {
        axis: 'plain',
        peak: center,
        width: scale,
        log: (offset) => -0.5 * (degrees + 1) * Math.log1p((offset / scale) ** 2 / degrees),
      }
    }
  }
}

/** Beyond e^−41 of the peak, times the distance in widths, no mass is left that a double could add to 1. */
const GONE = -41

/** How far from the peak, in the direction of `sign`, the curve carries mass; an offset with that sign. */
export const reach = (curve: Curve, sign: -1 | 1): number => {
  if (curve.width === 0) return 0
  const left = (steps: number): boolean => curve.log(sign * curve.width * steps) + Math.log1p(steps) > GONE
  let far = 1
  while (left(far) && curve.width * far < 1e300) far *= 2
  while (!left(far / 2)) far /= 2
  let near = far / 2
  for (let cut = 0; cut < 5; cut++) {
    const middle = (near + far) / 2
    if (left(middle)) near = middle
    else far = middle
  }
  return sign * curve.width * far
}

import { requireOpenUnit } from '../check.ts'
import {
  betaQuantile, betaUpperQuantile, gammaQuantile, gammaUpperQuantile, normalQuantile, studentQuantile,
} from '../special/index.ts'
import { type Posterior, requirePosterior } from './posterior.ts'

/** Mean of a posterior; null where there is none (t with at most one degree of freedom). Throws RangeError as below. */
export const posteriorMean = (posterior: Posterior): number | null => {
  requirePosterior(posterior)
  switch (posterior.family) {
    case 'beta':
      return posterior.a / (posterior.a + posterior.b)
    case 'gamma':
      return posterior.shape / posterior.rate
    case 'normal':
      return posterior.mean
    case 'student':
      return posterior.degrees > 1 || posterior.scale === 0 ? posterior.center : null
  }
}

/**
 * Equal-tailed credible interval: the true value lies below it with belief (1 − level)/2, and above it with as much.
 * It is a statement of belief at one moment; looked at again and again it has no error rate.
 *
 * @param level in (0, 1)
 * @returns both ends; equal for a certainty
 * @throws {RangeError} when the level or a parameter of the posterior is outside its range
 */
export const credibleInterval = (posterior: Posterior, level = 0.95): { lower: number; upper: number } => {
  requirePosterior(posterior)
  requireOpenUnit('level', level)
  const tail = (1 - level) / 2
  switch (posterior.family) {
    case 'beta': {
      const { a, b } = posterior
      return { lower: betaQuantile(tail, a, b), upper: betaUpperQuantile(tail, a, b) }
    }
    case 'gamma': {
      const { shape, rate } = posterior
      return { lower: gammaQuantile(tail, shape, rate), upper: gammaUpperQuantile(tail, shape, rate) }
    }
    case 'normal': {
      const reach = -normalQuantile(tail) * posterior.sd
      return { lower: posterior.mean - reach, upper: posterior.mean + reach }
    }
    case 'student': {
      // a t quantile may be infinite, and 0 · Infinity is not a number
      const reach = posterior.scale === 0 ? 0 : -studentQuantile(tail, posterior.degrees) * posterior.scale
      return { lower: posterior.center - reach, upper: posterior.center + reach }
    }
  }
}

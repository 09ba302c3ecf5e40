import { requireFinite, requireNonNegative, requirePositive } from '../check.ts'

/** Belief about a share in [0, 1]; a and b are prior counts plus successes and failures, both above 0. */
export type BetaPosterior = { family: 'beta'; a: number; b: number }
/** Belief about a rate above 0; mean shape / rate, both above 0. */
export type GammaPosterior = { family: 'gamma'; shape: number; rate: number }
/** Normal belief; `sd` may be 0, which is certainty. */
export type NormalPosterior = { family: 'normal'; mean: number; sd: number }
/** Student's t, shifted and scaled: the marginal belief about a normal mean of unknown variance. `scale` may be 0. */
export type StudentPosterior = { family: 'student'; center: number; scale: number; degrees: number }

/** What is believed about one arm's true value. Plain data, to be stored as it is. */
export type Posterior = BetaPosterior | GammaPosterior | NormalPosterior | StudentPosterior

/** Throws a RangeError that names the first parameter outside its range. */
export const requirePosterior = (posterior: Posterior): void => {
  switch (posterior.family) {
    case 'beta':
      requirePositive('a', posterior.a)
      return requirePositive('b', posterior.b)
    case 'gamma':
      requirePositive('shape', posterior.shape)
      return requirePositive('rate', posterior.rate)
    case 'normal':
      requireFinite('mean', posterior.mean)
      return requireNonNegative('sd', posterior.sd)
    case 'student':
      requireFinite('center', posterior.center)
      requireNonNegative('scale', posterior.scale)
      return requirePositive('degrees', posterior.degrees)
  }
}

import { logBeta } from '../special/beta.ts'
import { normalCdf, regularisedBeta, regularisedBetaUpper } from '../special/index.ts'
import {
  type BetaPosterior, type GammaPosterior, type NormalPosterior, type Posterior, requirePosterior,
} from './posterior.ts'
import { probabilityBest } from './probability-best.ts'

/** Beyond this many terms quadrature is faster, and above these counts more accurate: sums start from B of B. */
const TERMS = 1_000
const COUNTS = 100_000
const RESCALE = 1e200

/**
 * Σ_{i < a_first} of Miller's terms: the chance that `first` exceeds `second`, for whole a of `first`. Each term is the
 * one before times a ratio; the first one may be 1e-500, so the scale is kept as a logarithm.
 */
const finiteSum = (first: BetaPosterior, second: BetaPosterior): number => {
  const both = first.b + second.b
  let scale = logBeta(second.a, both) - logBeta(second.a, second.b)
  let [term, sum] = [1, 1]
  for (let i = 0; i + 1 < first.a; i++) {
    term *= ((second.a + i) / (second.a + i + both)) * ((first.b + i) / (i + 1))
    sum += term
    if (sum > RESCALE) {
      term /= RESCALE
      sum /= RESCALE
      scale += Math.log(RESCALE)
    }
  }
  return Math.min(1, Math.exp(scale + Math.log(sum)))
}

const mirrored = ({ a, b }: BetaPosterior): BetaPosterior => ({ family: 'beta', a: b, b: a })

/**
 * Of the four sums that give the chance, the one with the fewest terms: over first.a, over second.b (complements exceed
 * the other way round), or one less those for `second`. Null when no count is whole and small.
 */
const exactBeta = (first: BetaPosterior, second: BetaPosterior): number | null => {
  const options: [count: number, chance: () => number][] = [
    [first.a, () => finiteSum(first, second)],
    [second.b, () => finiteSum(mirrored(second), mirrored(first))],
    [second.a, () => 1 - finiteSum(second, first)],
    [first.b, () => 1 - finiteSum(mirrored(first), mirrored(second))],
  ]
  if (first.a + first.b + second.a + second.b > COUNTS) return null
  const [fewest] = options
    .filter(([count]) => Number.isInteger(count) && count <= TERMS)
    .toSorted(([one], [other]) => one - other)
  return fewest ? fewest[1]() : null
}

/** Gamma variables' share: λ₂ / (λ₁ + λ₂) is a Beta variable once the rates are divided out. */
const gammaExceeds = (first: GammaPosterior, second: GammaPosterior): number => {
  const share = second.rate / (first.rate + second.rate)
  return share < 0.5
    ? regularisedBeta(share, second.shape, first.shape)
    : regularisedBetaUpper(first.rate / (first.rate + second.rate), first.shape, second.shape)
}

const normalExceeds = (first: NormalPosterior, second: NormalPosterior): number => {
  const [apart, sd] = [first.mean - second.mean, Math.hypot(first.sd, second.sd)]
  return sd > 0 ? normalCdf(apart / sd) : 0.5 + 0.5 * Math.sign(apart)
}

/**
 * The chance that one true value exceeds another, for independent posteriors of any family: two Betas by Miller's
 * finite sum where a count is whole and small, else by quadrature; two Gammas by the incomplete beta; two normals by Φ.
 *
 * @returns absolute error below 1e-10; ½ for equal certainties
 * @throws {RangeError} when a parameter is outside its range
 *
 * Source: Miller (2015), "Formulas for Bayesian A/B testing"; for Gamma, I_{r₁/(r₁+r₂)}(a₁, a₂).
 */
export const probabilityExceeds = (first: Posterior, second: Posterior): number => {
  requirePosterior(first)
  requirePosterior(second)
  if (first.family === 'gamma' && second.family === 'gamma') return gammaExceeds(first, second)
  if (first.family === 'normal' && second.family === 'normal') return normalExceeds(first, second)
  const exact = first.family === 'beta' && second.family === 'beta' ? exactBeta(first, second) : null
  return exact ?? probabilityBest([first, second]).probability[0] ?? 0.5
}

import { requireOpenUnit } from '../check.ts'

/**
 * Σ(μ* − μ_i)/kl(μ_i, μ*) over the arms below the best: no consistent rule has asymptotically less regret than this
 * times log T on Bernoulli arms. The regret at a finite T lies below the line.
 *
 * @param means success probabilities in (0, 1)
 * @throws {RangeError} outside
 *
 * Source: Lai and Robbins (1985), "Asymptotically efficient adaptive allocation rules", Theorem 1.
 */
export const laiRobbinsConstant = (means: readonly number[]): number => {
  for (const [index, mean] of means.entries()) requireOpenUnit(`means[${index}]`, mean)
  const best = Math.max(...means)
  return means.reduce((sum, mean) => (mean < best ? sum + (best - mean) / bernoulliDivergence(mean, best) : sum), 0)
}

/** Kullback–Leibler divergence of Bernoulli(p) from Bernoulli(q), in nats; p and q in (0, 1). */
export const bernoulliDivergence = (p: number, q: number): number =>
  p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))

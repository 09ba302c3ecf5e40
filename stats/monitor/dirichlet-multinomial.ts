import { requireNonNegative, requirePositive } from '../check.ts'
import { logGamma } from '../special/index.ts'

/** log of the multinomial coefficient n!/Πx_i!. Counts are numbers of at least 0. */
export const logMultinomialCoefficient = (counts: readonly number[]): number =>
  counts.reduce((sum, count) => sum - logGamma(count + 1), logGamma(total(counts) + 1))

/**
 * log P(counts) when units fall into categories with known probabilities.
 *
 * @param counts        units per category, at least 0
 * @param probabilities as many, not negative, summing to 1; a unit where the probability is 0 gives −Infinity
 * @throws {RangeError} when the lengths differ or a part lies outside its domain
 */
export const logMultinomial = (counts: readonly number[], probabilities: readonly number[]): number => {
  requireSameLength(counts, probabilities)
  return logMultinomialCoefficient(counts) + logLikelihood(counts, probabilities)
}

/**
 * log P(counts) when the category probabilities are unknown, with a Dirichlet prior.
 *
 * @param counts    units per category, at least 0
 * @param dirichlet as many, above 0
 * @throws {RangeError} when the lengths differ or a part lies outside its domain
 */
export const logDirichletMultinomial = (counts: readonly number[], dirichlet: readonly number[]): number => {
  requireSameLength(counts, dirichlet)
  return logMultinomialCoefficient(counts) + logDirichletEvidence(counts, dirichlet)
}

/** The part of `logDirichletMultinomial` that depends on the prior: Γ(Σα)/Γ(Σα+n) Π Γ(α_i+x_i)/Γ(α_i). */
export const logDirichletEvidence = (counts: readonly number[], dirichlet: readonly number[]): number => {
  const mass = total(dirichlet)
  let evidence = logGamma(mass) - logGamma(mass + total(counts))
  for (const [index, prior] of dirichlet.entries()) {
    requirePositive(`dirichlet[${index}]`, prior)
    const count = counts[index] ?? 0
    if (count > 0) evidence += logGamma(prior + count) - logGamma(prior)
  }
  return evidence
}

/** Σ x log p, where no units at probability 0 count as nothing. */
export const logLikelihood = (counts: readonly number[], probabilities: readonly number[]): number => {
  let sum = 0
  for (const [index, count] of counts.entries()) {
    requireNonNegative(`counts[${index}]`, count)
    if (count > 0) sum += count * Math.log(probabilities[index] ?? 0)
  }
  return sum
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

const requireSameLength = (counts: readonly number[], others: readonly number[]): void => {
  if (counts.length !== others.length || counts.length === 0) {
    throw new RangeError(`counts must have one entry a category, got ${counts.length} for ${others.length}`)
  }
}

import { requireCount, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { lambertMinusOneLog } from '../special/index.ts'

/**
 * Asymptotic confidence sequences: intervals that hold at every look at once, so looking early costs nothing.
 * Coverage is asymptotic in the time of the first look; `minimums.ts` says when that time has come.
 *
 * One critical value serves every form: an estimate with standard error SE after "information" x = nρ² has the
 * interval estimate ± SE·critical(x, α).
 *
 * Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), "Time-uniform central limit theory and asymptotic
 * confidence sequences", Theorems 2.2 and 2.3 and Proposition 2.5. arXiv:2103.06476
 */

/**
 * Two-sided half-width in standard errors: √(2 (x+1)/x · log(√(x+1)/α)).
 *
 * @param information x = nρ² (or V ρ² for accumulated variance V), above 0
 * @param alpha       chance of ever missing, over the whole run, in (0, 1)
 * @throws {RangeError} outside these domains
 */
export const criticalValue = (information: number, alpha: number): number => {
  requirePositive('information', information)
  requireOpenUnit('alpha', alpha)
  return Math.sqrt(((2 * (information + 1)) / information) * (0.5 * Math.log1p(information) - Math.log(alpha)))
}

/**
 * One-sided half-width in standard errors: √(2 (x+1)/x · log(1 + √(x+1)/(2α))).
 *
 * @param information as for `criticalValue`
 * @param alpha       chance that the bound ever fails, in (0, 1/2)
 * @throws {RangeError} outside these domains
 */
export const criticalValueOneSided = (information: number, alpha: number): number => {
  requirePositive('information', information)
  if (!(alpha > 0 && alpha < 0.5)) throw new RangeError(`alpha must lie in (0, 0.5), got ${alpha}`)
  const bet = Math.log1p(Math.sqrt(information + 1) / (2 * alpha))
  return Math.sqrt(((2 * (information + 1)) / information) * bet)
}

/**
 * Two-sided half-width for a mean: `mean ± radius` at every n at once.
 *
 * @param n        observations so far, an integer of at least 2. Two arms: n_a + n_b, with `variance` = n·SE²
 * @param variance sample variance, in squared units of the metric; not negative
 * @param alpha    chance of ever missing, in (0, 1)
 * @param rho      tuning, above 0, frozen before the first look; see `exactRho`
 * @returns half-width in the metric's units; 0 when the variance is 0
 * @throws {RangeError} outside these domains
 */
export const asymptoticRadius = (n: number, variance: number, alpha: number, rho: number): number =>
  standardError(n, variance, rho) * criticalValue(n * rho ** 2, alpha)

/** One-sided half-width: `mean − radius` is a lower bound (or `mean + radius` an upper one). alpha in (0, 1/2). */
export const asymptoticRadiusOneSided = (n: number, variance: number, alpha: number, rho: number): number =>
  standardError(n, variance, rho) * criticalValueOneSided(n * rho ** 2, alpha)

/**
 * Two-sided half-width for dependent or adaptively collected data (Lyapunov form): ρ is in intrinsic time n·variance.
 * Domains of `asymptoticRadius`; 0 when the variance is 0.
 */
export const lyapunovRadius = (n: number, variance: number, alpha: number, rho: number): number => {
  const error = standardError(n, variance, rho)
  requireOpenUnit('alpha', alpha)
  return error === 0 ? 0 : error * criticalValue(n * variance * rho ** 2, alpha)
}

const standardError = (n: number, variance: number, rho: number): number => {
  requireCount('n', n, 2)
  requireNonNegative('variance', variance)
  requirePositive('rho', rho)
  return Math.sqrt(variance / n)
}

/**
 * ρ² t_opt of the sequence that is narrowest at its optimal time: −W₋₁(−α²/e) − 1; 8.212 for α = .05.
 * A one-sided sequence takes 2α.
 *
 * @param alpha in (0, 1)
 */
export const tuning = (alpha: number): number => {
  requireOpenUnit('alpha', alpha)
  return -lambertMinusOneLog(2 * Math.log(alpha) - 1) - 1
}

/**
 * The ρ that makes the sequence narrowest when `units` have been seen. To be frozen at the start together with α:
 * choosing it after seeing data voids the guarantee.
 *
 * @param units optimal time, above 0: units of the pair; or accumulated variance for the Lyapunov form
 * @param alpha level of the sequence, in (0, 1)
 * @param sides 2, or 1 for a one-sided sequence (alpha below 1/2)
 * @throws {RangeError} outside these domains
 */
export const exactRho = (units: number, alpha: number, sides: 1 | 2 = 2): number => {
  requirePositive('units', units)
  return Math.sqrt(tuning(sides === 2 ? alpha : 2 * alpha) / units)
}

/** The usual approximation √((−2 log α + log(1 − 2 log α))/units), as GrowthBook computes it. Same domains. */
export const approximateRho = (units: number, alpha: number, sides: 1 | 2 = 2): number => {
  requirePositive('units', units)
  const level = sides === 2 ? alpha : 2 * alpha
  requireOpenUnit('alpha', level)
  const doubled = -2 * Math.log(level)
  return Math.sqrt((doubled + Math.log1p(doubled)) / units)
}

/**
 * Always-valid two-sided p-value of H0: effect = 0, the smallest α whose interval excludes 0 with ρ held fixed:
 * min(1, √(x+1)·exp(−z² x/(2(x+1)))).
 *
 * @param zScore      estimate / standard error; ±Infinity gives 0
 * @param information x = nρ², above 0
 * @throws {RangeError} when zScore is NaN or information not above 0
 */
export const asymptoticP = (zScore: number, information: number): number => {
  requireScore(zScore, information)
  const exponent = 0.5 * Math.log1p(information) - evidence(zScore, information)
  return exponent >= 0 ? 1 : Math.exp(exponent)
}

/**
 * Always-valid one-sided p-value against H0: effect ≤ 0, the smallest α whose lower bound excludes 0 with ρ held
 * fixed: √(x+1)/(2(exp(z² x/(2(x+1))) − 1)), the closed form of what others find by bisection. Above 1/2, where the
 * bound itself is not defined, it goes on continuously up to 1; 1 when z ≤ 0. Domains of `asymptoticP`.
 */
export const asymptoticPOneSided = (zScore: number, information: number): number => {
  requireScore(zScore, information)
  if (zScore <= 0) return 1
  const won = evidence(zScore, information)
  // exp(−won) keeps its digits where exp(won) overflows
  return Math.min(1, (Math.sqrt(information + 1) * Math.exp(-won)) / (-2 * Math.expm1(-won)))
}

const evidence = (zScore: number, information: number): number =>
  (zScore ** 2 * information) / (2 * (information + 1))

const requireScore = (zScore: number, information: number): void => {
  if (Number.isNaN(zScore)) throw new RangeError('zScore must be a number, got NaN')
  requirePositive('information', information)
}

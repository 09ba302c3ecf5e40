import { requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { crossing } from '../crossing.ts'
import { normalLogCdf } from '../special/index.ts'

/**
 * Normal mixtures for sums S of sub-Gaussian increments with accumulated variance V: exp of the log mixture is a
 * supermartingale, so S leaves the boundary at level α, at any time, with chance at most α. V is n·(1/4) for values in
 * [0, 1] (Hoeffding).
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", Propositions 5 and 6; Robbins (1970).
 */
export type NormalMixture = { rho: number; sides: 1 | 2 }

/**
 * The ρ with which the boundary at level alphaOpt is narrowest at variance vOpt: v/(2 log(1/α) + log(1 + 2 log(1/α))),
 * with 2α in place of α when one-sided.
 *
 * @param vOpt     accumulated variance for which to tune, above 0
 * @param alphaOpt level for which to tune, in (0, 1); below 1/2 when one-sided
 * @throws {RangeError} outside these domains
 */
export const mixtureRho = (vOpt: number, alphaOpt: number, sides: 1 | 2): number => {
  requirePositive('vOpt', vOpt)
  requireOpenUnit('alphaOpt', alphaOpt)
  if (sides === 1 && !(alphaOpt < 0.5)) throw new RangeError(`alphaOpt must lie in (0, 0.5), got ${alphaOpt}`)
  const doubled = -2 * Math.log(sides === 1 ? 2 * alphaOpt : alphaOpt)
  return vOpt / (doubled + Math.log1p(doubled))
}

/** A mixture tuned as `mixtureRho` says. */
export const normalMixture = (vOpt: number, alphaOpt: number, sides: 1 | 2): NormalMixture => ({
  rho: mixtureRho(vOpt, alphaOpt, sides), sides,
})

/**
 * log of the mixture supermartingale.
 *
 * @param s centred sum, finite
 * @param v accumulated variance, at least 0
 * @throws {RangeError} outside these domains
 */
export const normalLogMixture = ({ rho, sides }: NormalMixture, s: number, v: number): number => {
  requireFinite('s', s)
  requireNonNegative('v', v)
  const two = -0.5 * Math.log1p(v / rho) + s ** 2 / (2 * (v + rho))
  return sides === 2 ? two : Math.LN2 + two + normalLogCdf(s / Math.sqrt(v + rho))
}

/**
 * The boundary: |S| (or S, one-sided) stays below it at all times with chance at least 1 − alpha.
 *
 * @param v     accumulated variance, at least 0
 * @param alpha in (0, 1)
 * @throws {RangeError} outside these domains
 */
export const normalBoundary = (mixture: NormalMixture, v: number, alpha: number): number => {
  requireNonNegative('v', v)
  requireOpenUnit('alpha', alpha)
  const { rho, sides } = mixture
  const two = Math.sqrt((v + rho) * (Math.log1p(v / rho) - 2 * Math.log(alpha)))
  // one-sided mixtures bet on one side alone, so at S > 0 they are the larger: the two-sided boundary brackets theirs
  return sides === 2 ? two : crossing((s) => normalLogMixture(mixture, s, v) >= -Math.log(alpha), 0, two)
}

import { requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { crossing } from '../crossing.ts'
import { logBeta } from '../special/index.ts'
import { logIncompleteBeta } from './log-incomplete-beta.ts'
import { mixtureRho } from './normal-mixture.ts'

/**
 * Beta-binomial mixture for a sum S of centred two-point increments, each −g or +h, with accumulated variance V (for
 * Bernoulli draws with chance p: g = p, h = 1 − p, S = successes − np, V = np(1 − p)). Exact: exp of the log mixture is
 * a martingale at any sample size, so S crosses the boundary at level α, at any time, with chance at most α.
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence
 * sequences", Propositions 7 and 8; tuned as in their package confseq.
 */
export type BetaBinomial = {
  /** Distance of the lower value from the mean, above 0. */
  g: number
  /** Distance of the upper value from the mean, above 0. */
  h: number
  /** Weight of the prior, above 0, in units of variance. */
  r: number
  sides: 1 | 2
  /** log of the prior's normalising integral, kept because every evaluation needs it. */
  logNormalizer: number
}

/**
 * A mixture whose boundary at level alphaOpt is narrowest near accumulated variance vOpt. All four are to be frozen
 * before the first look.
 *
 * @param tuned.g        above 0
 * @param tuned.h        above 0
 * @param tuned.vOpt     above 0; g·h·n for n draws
 * @param tuned.alphaOpt in (0, 1); below 1/2 when one-sided. .05 unless told
 * @param tuned.sides    2, or 1 to bet on large S alone
 * @throws {RangeError} outside these domains
 */
export const betaBinomial = (
  tuned: { g: number; h: number; vOpt: number; alphaOpt?: number; sides?: 1 | 2 },
): BetaBinomial => {
  const { g, h, vOpt, alphaOpt = 0.05, sides = 2 } = tuned
  requirePositive('g', g)
  requirePositive('h', h)
  const r = Math.max(mixtureRho(vOpt, alphaOpt, sides) - g * h, 1e-3 * g * h)
  return { g, h, r, sides, logNormalizer: logIntegral(g, h, r, 0, 0, sides) }
}

/** The two-sided mixture of draws that fall at or below a quantile, or succeed, with this chance. tOpt in draws. */
export const betaBinomialFor = (share: number, tOpt: number, alphaOpt = 0.05, sides: 1 | 2 = 2): BetaBinomial => {
  requireOpenUnit('share', share)
  return betaBinomial({ g: share, h: 1 - share, vOpt: share * (1 - share) * tOpt, alphaOpt, sides })
}

/**
 * log of the mixture martingale.
 *
 * @param s centred sum, between −v/h (all draws low) and v/g (all draws high)
 * @param v accumulated variance, at least 0
 * @returns convex in s; crosses any positive level at most once on each side of 0
 * @throws {RangeError} outside these domains
 */
export const betaBinomialLogMixture = (mixture: BetaBinomial, s: number, v: number): number => {
  const { g, h, r, sides, logNormalizer } = mixture
  requireFinite('s', s)
  requireNonNegative('v', v)
  const [least, most] = [-v / h, v / g]
  const slack = 1e-9 * (most - least)
  if (s < least - slack || s > most + slack) {
    throw new RangeError(`s must lie between ${least} and ${most} for v = ${v}, got ${s}`)
  }
  const inside = Math.min(most, Math.max(least, s))
  const width = g + h
  return (v / (g * h)) * Math.log(width)
    - ((v + h * inside) / (h * width)) * Math.log(g)
    - ((v - g * inside) / (g * width)) * Math.log(h)
    + logIntegral(g, h, r, inside, v, sides) - logNormalizer
}

/**
 * The upper boundary, which S stays at or below at all times. The lower one is −1 times that of the mirrored mixture (g
 * and h exchanged); of a two-sided mixture both hold together with chance at least 1 − alpha.
 *
 * @param v     accumulated variance, at least 0
 * @param alpha in (0, 1)
 * @returns at most v/g, where even a sum of nothing but high values is no evidence
 * @throws {RangeError} outside these domains
 */
export const betaBinomialBoundary = (mixture: BetaBinomial, v: number, alpha: number): number => {
  requireNonNegative('v', v)
  requireOpenUnit('alpha', alpha)
  const most = v / mixture.g
  const reached = (s: number): boolean => betaBinomialLogMixture(mixture, s, v) >= -Math.log(alpha)
  return reached(most) ? crossing(reached, 0, most) : most
}

const logIntegral = (g: number, h: number, r: number, s: number, v: number, sides: 1 | 2): number => {
  const width = g + h
  const low = (r + v - g * s) / (g * width)
  const high = (r + v + h * s) / (h * width)
  return sides === 2 ? logBeta(low, high) : logIncompleteBeta(low, high, h / width)
}

import { requireOpenUnit, requirePositive } from '../check.ts'
import { crossing } from '../crossing.ts'
import { type BetaBinomial, betaBinomialFor, betaBinomialLogMixture } from '../sequential/beta-binomial.ts'
import type { Interval } from '../sequential/bounds.ts'
import { requireShares, sharesInterval } from './proportion.ts'

/** How a tuned sequence is frozen: tOpt in units; alphaOpt is the level for which it is narrowest there. */
export type Tuned = { alpha: number; tOpt: number; alphaOpt?: number }

/**
 * Two-sided confidence sequence for one proportion whose prior is tuned anew for every candidate p, so that it is
 * narrowest near tOpt units wherever the truth lies. Exact like `proportionInterval`.
 *
 * @param successes at most n
 * @param n         units, a count
 * @param tuned     alpha in (0, 1), tOpt above 0, alphaOpt in (0, 1) (alpha unless told)
 * @returns [0, 1] with estimate null without units. Few events at a small tOpt may leave an end at 0 or 1
 * @throws {RangeError} outside these domains
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Proposition 7; `bernoulli_confidence_interval` of confseq.
 */
export const tunedProportionInterval = (successes: number, n: number, tuned: Tuned): Interval => {
  requireShares(successes, n)
  const { threshold, tOpt, alphaOpt } = frozen(tuned)
  return sharesInterval(successes, n, (p) => {
    const mixture = betaBinomialFor(p, tOpt, alphaOpt)
    return evidence(mixture, successes, n, p) >= threshold
  })
}

/** One-sided, candidates below this are not told apart from 0: their incomplete beta functions would take seconds. */
const LEAST = 1e-9

/**
 * One end alone, at its whole level: a one-sided sequence, as guardrails with an absolute limit use it.
 *
 * @param tuned alpha in (0, 1/2), tOpt above 0, alphaOpt in (0, 1/2) (alpha unless told)
 * @returns the lower (upper) bound of the proportion; 0 (1) while nothing is excluded
 * @throws {RangeError} outside these domains
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Proposition 8.
 */
export const tunedProportionBound = (
  successes: number, n: number, tuned: Tuned, side: 'lower' | 'upper',
): number => {
  requireShares(successes, n)
  if (side === 'upper') return 1 - tunedProportionBound(n - successes, n, tuned, 'lower')
  const { threshold, tOpt, alphaOpt } = frozen(tuned)
  if (successes === 0) return 0
  const excluded = (p: number): boolean =>
    evidence(betaBinomialFor(p, tOpt, alphaOpt, 1), successes, n, p) >= threshold
  // candidates at the estimate itself are never excluded; just below 1 when everything succeeded
  const estimate = Math.min(successes / n, 1 - LEAST)
  return estimate > LEAST && excluded(LEAST) ? crossing(excluded, estimate, LEAST) : 0
}

const frozen = ({ alpha, tOpt, alphaOpt = alpha }: Tuned) => {
  requireOpenUnit('alpha', alpha)
  requirePositive('tOpt', tOpt)
  return { threshold: -Math.log(alpha), tOpt, alphaOpt }
}

const evidence = (mixture: BetaBinomial, successes: number, n: number, p: number): number =>
  betaBinomialLogMixture(mixture, successes - n * p, n * p * (1 - p))

import { requireCount, requireOpenUnit, requirePositive, requireUnit } from '../check.ts'
import { crossing } from '../crossing.ts'
import type { Interval } from '../sequential/bounds.ts'
import { logBeta } from '../special/index.ts'

/**
 * One proportion, exact at every look: the mixture of all alternatives under a Beta(a, b) prior, against a candidate p,
 * is a martingale when p is true, for any sample size, stopping rule and predictable sampling.
 *
 * Source: Robbins (1970), "Statistical methods related to the law of the iterated logarithm"; Howard, Ramdas, McAuliffe
 * and Sekhon (2021).
 */

/** The prior over alternatives, both above 0, frozen before the first look. Its choice moves width, never validity. */
export type BetaPrior = { a: number; b: number }

/** All proportions alike. */
export const FLAT_PRIOR: BetaPrior = { a: 1, b: 1 }

/**
 * A prior around an expected rate, narrower for rare events than the flat one.
 *
 * @param expected rate, in (0, 1), known beforehand
 * @param strength its weight in units, above 0
 * @throws {RangeError} outside these domains
 */
export const priorAround = (expected: number, strength = 20): BetaPrior => {
  requireOpenUnit('expected', expected)
  requirePositive('strength', strength)
  return { a: expected * strength, b: (1 - expected) * strength }
}

/**
 * log of the martingale against p: log B(a + S, b + n − S)/B(a, b) − S log p − (n − S) log(1 − p).
 *
 * @param successes S, at most n
 * @param n         units, a count
 * @param p         candidate, in [0, 1]; one that the data contradict gives Infinity
 * @throws {RangeError} outside these domains
 */
export const proportionLogE = (successes: number, n: number, p: number, prior: BetaPrior = FLAT_PRIOR): number => {
  requireShares(successes, n)
  requireUnit('p', p)
  const gained = logBeta(prior.a + successes, prior.b + n - successes) - logBeta(prior.a, prior.b)
  return gained - times(successes, Math.log(p)) - times(n - successes, Math.log1p(-p))
}

/** Anytime p-value of H0: proportion = p, current: min(1, 1/M). */
export const proportionP = (successes: number, n: number, p: number, prior: BetaPrior = FLAT_PRIOR): number =>
  Math.exp(-Math.max(0, proportionLogE(successes, n, p, prior)))

/**
 * Two-sided confidence sequence: all p whose martingale is below 1/alpha.
 *
 * @param alpha chance that it ever misses, in (0, 1)
 * @returns [0, 1] with estimate null without units; lower 0 without successes, upper 1 without failures
 * @throws {RangeError} outside these domains
 */
export const proportionInterval = (
  successes: number, n: number, alpha: number, prior: BetaPrior = FLAT_PRIOR,
): Interval => {
  requireShares(successes, n)
  requireOpenUnit('alpha', alpha)
  return sharesInterval(successes, n, (p) => proportionLogE(successes, n, p, prior) >= -Math.log(alpha))
}

/** Candidates nearer to an end than this are not told apart from it. */
const EDGE = 1e-15

/**
 * The interval of candidates around S/n that `excluded` spares, for evidence that only grows away from S/n.
 */
export const sharesInterval = (
  successes: number, n: number, excluded: (p: number) => boolean,
): Interval => {
  if (n === 0) return { estimate: null, lower: 0, upper: 1 }
  const estimate = successes / n
  const lower = estimate <= EDGE || !excluded(EDGE) ? 0 : crossing(excluded, estimate, EDGE)
  const upper = estimate >= 1 - EDGE || !excluded(1 - EDGE) ? 1 : crossing(excluded, estimate, 1 - EDGE)
  return { estimate, lower, upper }
}

/** A test of one fixed p over time; `peak` is the highest log martingale so far, at least 0. */
export type ProportionTest = { successes: number; n: number; peak: number }

export const noDraws: ProportionTest = { successes: 0, n: 0, peak: 0 }

/** Add units and look: the p-value at any look is e^−peak. `p` and `prior` must stay the same. */
export const addDraws = (
  state: ProportionTest, successes: number, n: number, p: number, prior: BetaPrior = FLAT_PRIOR,
): ProportionTest => {
  requireShares(successes, n)
  const total = { successes: state.successes + successes, n: state.n + n }
  return { ...total, peak: Math.max(state.peak, proportionLogE(total.successes, total.n, p, prior)) }
}

/**
 * The state of two disjoint sets of units. Their peaks were reached by either alone, and keeping both would test twice,
 * so the merged peak starts from the merged counts; merging with nothing keeps everything.
 */
export const mergeDraws = (
  left: ProportionTest, right: ProportionTest, p: number, prior: BetaPrior = FLAT_PRIOR,
): ProportionTest => {
  if (left.n === 0) return right
  if (right.n === 0) return left
  return addDraws(noDraws, left.successes + right.successes, left.n + right.n, p, prior)
}

/** @throws {RangeError} when successes or n is no count, or successes exceed n */
export const requireShares = (successes: number, n: number): void => {
  requireCount('n', n)
  requireCount('successes', successes)
  if (successes > n) throw new RangeError(`successes must be at most n = ${n}, got ${successes}`)
}

/** count·log, where nothing of an impossible event is 0. */
const times = (count: number, log: number): number => (count === 0 ? 0 : count * log)

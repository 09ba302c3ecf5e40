import { requireOpenUnit } from '../check.ts'
import { type Batch, type Seen, learn, nothingSeen, requireBatch, squaresAround, stake } from './bet-size.ts'

/**
 * Lower confidence sequence for the mean of values that are never negative (their mean at most 1 for it to be useful),
 * by predictable-mixture empirical Bernstein: exact at any sample size and stopping time, and it works from sums of
 * batches, because values enter linearly and by squares. An upper one for values in [0, 1] is 1 minus the lower one of
 * 1 − x.
 *
 * Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", Theorem 2; for
 * importance-weighted rewards Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro (2024), "Anytime-valid off-policy
 * inference for contextual bandits".
 */
export type Bernstein = {
  seen: Seen
  /** Σλ, Σλx and Σψ(λ)(x − m̂)², ψ(λ) = −log(1 − λ) − λ. */
  staked: number
  won: number
  spent: number
}

export const noBernstein: Bernstein = { seen: nothingSeen, staked: 0, won: 0, spent: 0 }

export type BernsteinOptions = {
  /** Chance that the bound ever fails, in (0, 1). */
  alpha: number
  /** Largest stake, in (0, 1); ½ unless told. */
  truncation?: number
  /** Keep the running mean within [0, 1], as for importance-weighted values, which exceed 1. */
  truncateMean?: boolean
}

/**
 * Add a batch of values, each at least 0, by its sums. Stake and centre come from earlier batches only.
 *
 * @throws {RangeError} naming an argument outside its domain
 */
export const addBernstein = (state: Bernstein, batch: Batch, options: BernsteinOptions): Bernstein => {
  const { alpha, truncation = 0.5, truncateMean = false } = options
  requireOpenUnit('alpha', alpha)
  requireOpenUnit('truncation', truncation)
  requireBatch(batch)
  const { seen } = state
  const lambda = Math.min(truncation, stake(seen, -Math.log(alpha), batch.n))
  const running = seen.n === 0 ? 0 : seen.sum / seen.n
  const center = truncateMean ? Math.min(1, running) : running
  return {
    seen: learn(seen, batch),
    staked: state.staked + batch.n * lambda,
    won: state.won + lambda * batch.sum,
    spent: state.spent + (-Math.log1p(-lambda) - lambda) * squaresAround(batch, center),
  }
}

/**
 * The lower bound (Σλx − log(1/α) − Σψ(λ)(x − m̂)²)/Σλ.
 *
 * @param alpha the one the batches were added with
 * @returns −Infinity before the first batch; below 0 where it says nothing yet
 */
export const bernsteinLower = (state: Bernstein, alpha: number): number => {
  requireOpenUnit('alpha', alpha)
  return state.staked === 0 ? -Infinity : (state.won + Math.log(alpha) - state.spent) / state.staked
}

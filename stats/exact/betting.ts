import { requireCount, requireOpenUnit, requirePositive, requireUnit } from '../check.ts'
import { type Batch, IMAGINED, type Imagined, type Seen, learn, nothingSeen, stake } from './bet-size.ts'

/**
 * Capital of two gamblers who bet against "the mean of values in [0, 1] is m": one that it is larger, one that it is
 * smaller. Fair under the hypothesis, so their hedged capital reaches 1/α, at any time, with chance at most α. Exact
 * for any distribution in [0, 1], and for means that vary as long as the conditional mean is m (one-sided: at most m
 * for `plus`, at least m for `minus`).
 *
 * Source: Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", Theorem 3.
 */
export type Wealth = { seen: Seen; logPlus: number; logMinus: number }

export const initialWealth: Wealth = { seen: nothingSeen, logPlus: 0, logMinus: 0 }

export type Wager = {
  /** The mean that is bet against, in [0, 1]. */
  mean: number
  /** Level at which the stakes aim, in (0, 1). */
  alpha: number
  /** Share of the capital that bets on a larger mean, in [0, 1]: ½ hedged, 1 or 0 one-sided. */
  theta?: number
  /** Stakes are cut so that one observation loses at most this part of the capital, in (0, 1]. */
  truncation?: number
  /** What the stakes imagine before the first observation; IMAGINED unless told. */
  imagined?: Imagined
}

/** Equal values of a batch: a binary epoch is [{value: 1, count: y}, {value: 0, count: n − y}]. */
export type Values = readonly { value: number; count: number }[]

/**
 * Bet on a batch: both stakes are chosen from earlier batches only, then every value pays 1 ± λ(x − m). Batches are bet
 * on in order; single observations learn fastest.
 *
 * @returns an empty batch changes nothing. A log becomes −Infinity only with a truncation of 1, when all is lost
 * @throws {RangeError} naming an argument outside its domain, values outside [0, 1] among them
 */
export const placeBets = (wealth: Wealth, values: Values, wager: Wager): Wealth => {
  const { mean, alpha, theta = 0.5, truncation = 0.5, imagined = IMAGINED } = wager
  requireUnit('mean', mean)
  requireOpenUnit('alpha', alpha)
  requireUnit('theta', theta)
  requirePositive('truncation', truncation)
  if (truncation > 1) throw new RangeError(`truncation must be at most 1, got ${truncation}`)
  const batch = sums(values)
  if (batch.n === 0) return wealth
  const up = Math.min(stake(wealth.seen, aim(alpha, theta), batch.n, imagined), truncation / mean)
  const down = Math.min(stake(wealth.seen, aim(alpha, 1 - theta), batch.n, imagined), truncation / (1 - mean))
  let [logPlus, logMinus] = [wealth.logPlus, wealth.logMinus]
  for (const { value, count } of values) {
    logPlus += count * Math.log1p(up * (value - mean))
    logMinus += count * Math.log1p(-down * (value - mean))
  }
  return { seen: learn(wealth.seen, batch, imagined), logPlus, logMinus }
}

/**
 * log of the hedged capital: max(θK⁺, (1 − θ)K⁻). H0 is rejected when it reaches log(1/α).
 *
 * @param theta as for the bets
 */
export const hedgedLogCapital = ({ logPlus, logMinus }: Wealth, theta = 0.5): number => {
  requireUnit('theta', theta)
  return Math.max(Math.log(theta) + logPlus, Math.log(1 - theta) + logMinus)
}

/** Current anytime p-value of "mean = m": min(1, 1/capital). */
export const bettingP = (wealth: Wealth, theta = 0.5): number => Math.exp(-Math.max(0, hedgedLogCapital(wealth, theta)))

/** log(1/α) of one gambler; one without capital aims at nothing and stakes as the other would. */
const aim = (alpha: number, share: number): number => -Math.log(share > 0 ? alpha * share : alpha)

const sums = (values: Values): Batch => {
  const batch = { n: 0, sum: 0, sumSquares: 0 }
  for (const { value, count } of values) {
    requireUnit('value', value)
    requireCount('count', count)
    batch.n += count
    batch.sum += count * value
    batch.sumSquares += count * value * value
  }
  return batch
}

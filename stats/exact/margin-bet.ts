import { requireOpenUnit } from '../check.ts'
import type { Interval } from '../sequential/bounds.ts'
import { logMeanExp } from '../monitor/allocation.ts'
import { zeroBetween } from '../zero.ts'
import { type Epoch2x2, pairChance } from './two-by-two.ts'

/**
 * Margin bet: exact anytime tests of p_b − p_a against a margin, for binary outcomes. A unit drawn into b with chance
 * q_b pays y/q_b, one drawn into a pays −y/q_a: on average the difference, whatever the baseline is that hour. A bet on
 * that payment is fair when the difference equals the margin, so it stays exact under drift, adaptive weights and any
 * stopping.
 *
 * `fail` is evidence against "p_b − p_a ≤ m in every epoch", `pass` against "≥ m". Each averages six stakes.
 *
 * Source: the betting martingale of Waudby-Smith and Ramdas (2024), Theorem 1, on inverse-propensity differences.
 */

/** Stakes as parts of the largest that cannot go broke. */
export const STAKES: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7]

/** Everything that was drawn with one chance: bets depend on nothing else, so epochs pool exactly. */
export type MarginGroup = {
  /** Chance that a unit of the pair is drawn into b, in (0, 1). */
  chanceB: number
  a: { n: number; successes: number }
  b: { n: number; successes: number }
}

/** The whole state, whatever the margin: groups in order of their chance. Adding and merging are sums. */
export type MarginBet = readonly MarginGroup[]

export const noMarginBet: MarginBet = []

/**
 * Add the matured units of one epoch. Epochs in which an arm could not be drawn are skipped; an arm without units but
 * with a chance of them counts.
 *
 * @throws {RangeError} when a count is none, successes exceed n, or a propensity is negative
 */
export const addMarginEpoch = (state: MarginBet, epoch: Epoch2x2): MarginBet => {
  const chance = pairChance(epoch)
  if (chance === null || epoch.a.n + epoch.b.n === 0) return state
  return mergeMarginBets(state, [{ chanceB: Number(chance.toPrecision(12)), a: epoch.a, b: epoch.b }])
}

/** The state of two disjoint sets of units. */
export const mergeMarginBets = (left: MarginBet, right: MarginBet): MarginBet => {
  const groups = new Map<number, MarginGroup>()
  for (const group of [...left, ...right]) {
    const before = groups.get(group.chanceB)
    groups.set(group.chanceB, before ? { ...group, a: sum(before.a, group.a), b: sum(before.b, group.b) } : group)
  }
  return [...groups.values()].toSorted((x, y) => x.chanceB - y.chanceB)
}

/**
 * log E against "p_b − p_a ≤ margin in every epoch" (`fail`) or "≥ margin" (`pass`). Falls (rises) with the margin.
 *
 * @param margin in [−1, 1]
 * @returns 0 without units
 * @throws {RangeError} outside
 */
export const marginLogE = (state: MarginBet, margin: number, against: 'fail' | 'pass'): number => {
  if (!(margin >= -1 && margin <= 1)) throw new RangeError(`margin must lie in [-1, 1], got ${margin}`)
  const capital = (part: number): number =>
    state.reduce((log, group) => log + logFactor(group, margin, against, part), 0)
  return logMeanExp(STAKES.map(capital))
}

/** Current p-value of the same: min(1, 1/E). */
export const marginP = (state: MarginBet, margin: number, against: 'fail' | 'pass'): number =>
  Math.exp(-Math.max(0, marginLogE(state, margin, against)))

/**
 * The interval whose ends decide: `lower` exceeds a margin exactly when `fail` rejects it at levels.lower, `upper` is
 * below it exactly when `pass` rejects it at levels.upper. The estimate is the difference within groups.
 *
 * @param levels each in (0, 1)
 * @returns [−1, 1] while nothing is excluded; estimate null while no group has units of both arms
 * @throws {RangeError} outside these domains
 */
export const marginInterval = (state: MarginBet, levels: { lower: number; upper: number }): Interval => {
  requireOpenUnit('levels.lower', levels.lower)
  requireOpenUnit('levels.upper', levels.upper)
  const estimate = difference(state)
  const units = state.reduce((sum, { a, b }) => sum + a.n + b.n, 0)
  const end = (against: 'fail' | 'pass', level: number): number => {
    const excess = (margin: number): number => marginLogE(state, margin, against) + Math.log(level)
    return zeroFrom(excess, estimate ?? 0, 1 / Math.sqrt(Math.max(4, units)), against === 'fail' ? 1 : -1)
  }
  return {
    estimate,
    lower: Math.max(-1, end('fail', levels.lower) - NEAR),
    upper: Math.min(1, end('pass', levels.upper) + NEAR),
  }
}

/** How near to its zero an end is told, on the side that is not excluded. */
const NEAR = 1e-13

/**
 * Where a monotone function of a margin in [−1, 1] is 0, an end of it where it never is: in growing steps from a guess.
 *
 * @param side 1 when it falls, so that the zero lies above where it is positive; −1 when it rises
 */
const zeroFrom = (f: (margin: number) => number, guess: number, width: number, side: 1 | -1): number => {
  const positive = f(guess) > 0
  const way = positive ? side : -side
  for (let [from, step] = [guess, width]; ; step *= 2) {
    const to = Math.min(1, Math.max(-1, from + way * step))
    const value = f(to)
    if (value === 0) return to
    if (value > 0 !== positive) return zeroBetween(f, Math.min(from, to), Math.max(from, to), NEAR)
    if (to === way) return to
    from = to
  }
}

const logFactor = ({ chanceB, a, b }: MarginGroup, margin: number, against: 'fail' | 'pass', part: number): number => {
  const [worst, best] = [1 / (1 - chanceB) + margin, 1 / chanceB - margin]
  // what a success in b, a success in a and a failure anywhere multiply the capital by, less 1
  const [inB, inA, none] = against === 'fail'
    ? [(part * best) / worst, -part, (-part * margin) / worst]
    : [-part, (part * worst) / best, (part * margin) / best]
  const failures = a.n + b.n - a.successes - b.successes
  return times(b.successes, inB) + times(a.successes, inA) + times(failures, none)
}

/** Σ w (ȳ_b − ȳ_a)/Σ w over groups with both arms, w = n_a n_b/(n_a + n_b). */
const difference = (state: MarginBet): number | null => {
  let [weights, weighted] = [0, 0]
  for (const { a, b } of state) {
    if (a.n === 0 || b.n === 0) continue
    const weight = (a.n / (a.n + b.n)) * b.n
    weights += weight
    weighted += weight * (b.successes / b.n - a.successes / a.n)
  }
  return weights === 0 ? null : weighted / weights
}

const sum = (left: { n: number; successes: number }, right: { n: number; successes: number }) => ({
  n: left.n + right.n, successes: left.successes + right.successes,
})

const times = (count: number, gain: number): number => (count === 0 ? 0 : count * Math.log1p(gain))

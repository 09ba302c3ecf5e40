import { requirePositive } from '../check.ts'
import { type BetaPrior, requireShares } from './proportion.ts'

/**
 * Safe test of two proportions: a bet, before each epoch, on what both arms learnt in the epochs before it. Under any
 * common proportion, even one that is another in every epoch, the expected factor is at most 1, so the product is an
 * e-process: exact at any look, under drift of the baseline and adaptive allocation. It needs random assignment with
 * the stated propensities, and each epoch once, complete and matured.
 *
 * Source: Turner, Ly and Grünwald (2024), "Generic E-variables for exact sequential k-sample tests that allow for
 * optional stopping"; R package safestats. Why epochs may differ: θ ↦ E[factor] is linear, with value 1 and slope 0 at
 * θ0.
 */
export type Alternative = 'two-sided' | 'greater' | 'less'

/** Units and successes of the pair in one closed epoch, and the chances with which arms were drawn (any scale). */
export type Epoch2x2 = {
  a: { n: number; successes: number }
  b: { n: number; successes: number }
  propensityA: number
  propensityB: number
}

export type Safe2x2Options = {
  /** `greater`: b is better than a. An epoch whose past says otherwise is not bet on. */
  alternative?: Alternative
  /** Prior successes and failures of each arm, above 0; .18 each, which loses least over many blocks. */
  prior?: BetaPrior
}

/** The whole state: what each arm has shown, and what the bets have won (logs). */
export type Safe2x2 = {
  a: { n: number; successes: number }
  b: { n: number; successes: number }
  logE: number
  /** Highest logE so far, at least 0. */
  peak: number
  epochs: number
}

export const noBlocks: Safe2x2 = {
  a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 }, logE: 0, peak: 0, epochs: 0,
}

/** The prior unless told. */
export const SAFE_PRIOR: BetaPrior = { a: 0.18, b: 0.18 }

/** What an arm's past says of it: (S + γ)/(N + 2γ). */
export const plugIn = (seen: { n: number; successes: number }, { a, b }: BetaPrior): number =>
  (seen.successes + a) / (seen.n + a + b)

/**
 * log of the factor an epoch contributes, from what was known before it. 0 for the first epoch, for epochs in which an
 * arm could not be drawn, and one-sided where the past points the other way.
 *
 * @throws {RangeError} when a count is none, successes exceed n, or a propensity is negative
 */
export const safe2x2LogFactor = (
  before: Pick<Safe2x2, 'a' | 'b'>, epoch: Epoch2x2, options: Safe2x2Options = {},
): number => {
  const { alternative = 'two-sided', prior = SAFE_PRIOR } = options
  requirePositive('prior.a', prior.a)
  requirePositive('prior.b', prior.b)
  const chance = pairChance(epoch)
  if (chance === null) return 0
  const [expectedA, expectedB] = [plugIn(before.a, prior), plugIn(before.b, prior)]
  if (alternative === 'greater' && !(expectedB > expectedA)) return 0
  if (alternative === 'less' && !(expectedB < expectedA)) return 0
  const common = (1 - chance) * expectedA + chance * expectedB
  const { a, b } = epoch
  return a.successes * Math.log(expectedA) + (a.n - a.successes) * Math.log1p(-expectedA)
    + b.successes * Math.log(expectedB) + (b.n - b.successes) * Math.log1p(-expectedB)
    - (a.successes + b.successes) * Math.log(common)
    - (a.n + b.n - a.successes - b.successes) * Math.log1p(-common)
}

/**
 * Add one closed epoch. Epochs are bet on in the order in which they closed; each counts once.
 *
 * @throws {RangeError} as `safe2x2LogFactor`
 */
export const addBlock = (state: Safe2x2, epoch: Epoch2x2, options: Safe2x2Options = {}): Safe2x2 => {
  const logE = state.logE + safe2x2LogFactor(state, epoch, options)
  return {
    a: { n: state.a.n + epoch.a.n, successes: state.a.successes + epoch.a.successes },
    b: { n: state.b.n + epoch.b.n, successes: state.b.successes + epoch.b.successes },
    logE,
    peak: Math.max(state.peak, logE),
    epochs: state.epochs + 1,
  }
}

/** Current p-value min(1, 1/E). Where any look may count, `safe2x2PeakP` is valid and never larger. */
export const safe2x2P = ({ logE }: Pick<Safe2x2, 'logE'>): number => Math.exp(-Math.max(0, logE))

/** The smallest p-value of any look so far: min(1, 1/max E). */
export const safe2x2PeakP = ({ peak }: Pick<Safe2x2, 'peak'>): number => Math.exp(-peak)

/** Chance that a unit of the pair is drawn into b; null when one of the arms could not be drawn. */
export const pairChance = (epoch: Epoch2x2): number | null => {
  for (const arm of ['a', 'b'] as const) requireShares(epoch[arm].successes, epoch[arm].n)
  const { propensityA, propensityB } = epoch
  for (const [name, value] of Object.entries({ propensityA, propensityB })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name} must not be negative, got ${value}`)
  }
  return propensityA > 0 && propensityB > 0 ? propensityB / (propensityA + propensityB) : null
}

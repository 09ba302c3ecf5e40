import type { ContextRule } from '../../assign/snapshot.ts'
import type { PlannedLooks as TakenLooks } from '../methods/method.ts'

// What is kept of an experiment beside its definition.

export const experimentStates = [
  'draft', 'running', 'paused', 'baking', 'promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived',
] as const
export type ExperimentState = (typeof experimentStates)[number]

/** Does it still give traffic and decide? */
export const isUnderWay = (state: ExperimentState): boolean => state === 'running' || state === 'paused' || state === 'baking'

/**
 * An opening of a breaker: when (ISO 8601), the calls that led to it, those of the control meanwhile, and the variant's
 * share of the traffic of the two.
 */
export type Opening = { at: string; calls: number; errors: number; controlCalls: number; controlErrors: number; share: number }

/**
 * What the breaker of a variant remembers, so that whoever leads next goes on. `open`: nobody gets the variant until
 * `until`; `half-open`: the part `probes` of its units tries it; `closed`: it was open once.
 */
export type VariantBreaker = {
  state: 'closed' | 'open' | 'half-open'
  /** When it came into this state, ISO 8601. */
  since: string
  /** When an open one is tried, or a half-open one by more units, ISO 8601. */
  until?: string
  /** The openings of this series, the oldest first. A series ends when the breaker stayed closed for a while. */
  opened: Opening[]
  /** Which series of openings this is, from 1. */
  series: number
  /** The first epoch whose assignments tell of the variant's health after the last opening. */
  from: number
  /** While quarantined: the weight with which its units are drawn, the part of them that tries it now, and when it is tried first. */
  weight?: number
  probes?: number
  trial?: number
  /** Of the control's. */
  standIn?: StandIn
}

/**
 * What stands in for the control: the version, since when (ISO 8601), and those that did and failed as well. `manual`: by a
 * person's word, so that only a person ends it.
 */
export type StandIn = { version: string; since: string; failed: string[]; manual?: true }

/** One arm as it stands now; its index in the list is its ordinal. `breaker`: absent until it was open once. */
export type VariantState = {
  key: string
  version: string
  control: boolean
  status: 'live' | 'killed' | 'disabled' | 'quarantined'
  breaker?: VariantBreaker
}

/** Fixed when the experiment starts; changing any of it after seeing data voids the statistics. */
export type Frozen = {
  /** Per metric, in plan order: the sample size at which its interval is tightest (total units of the pair). */
  plannedUnits: number[]
  /** One-sided level of each promotion test: α / (K − 1), divided by the stages that can act. */
  promoteLevel: number
  /** One-sided level of each ordered pair's kill test, over all decision metrics: .01 / (K (K − 1)), likewise. */
  killLevel: number
  /**
   * Per metric, in plan order: the variance of one unit, at which the sequences of a bandit are tuned. Each is set once,
   * from the first 100 units of every variant; null until then.
   */
  variances?: (number | null)[]
  /** The built-in guardrail on silence: deadline and margin; absent where no metric reports every unit. */
  completeness?: { reportBy: string; margin: number }
  /** What a bandit took over from an earlier experiment, by variant ordinal, more being better. */
  priors?: { n: number; sum: number; sumSquares: number }[]
}

/**
 * What an epoch took from the past when it began: per metric, in plan order, and variant ordinal the mean of X and Y of
 * an exposed unit, as stored. Empty while weights are fixed. Contrast weights are no part of it: they follow from the
 * epoch's weights, e_a e_b/(e_a + e_b).
 */
export type EpochFrozen = {
  context?: ContextRule
  means?: { x: number; y: number }[][]
  /** By metric: slope and centre of its covariate; null where nothing is adjusted. */
  covariates?: ({ theta: number; reference: number } | null)[]
}

/**
 * The engine's memory between looks. `promote:<variant>`: consecutive looks with new data at which a rule held, with the
 * digest of the last one. `planned:…`: looks of a plan that were taken in a scope, which nothing takes again.
 */
export type Looks = Record<string, { count: number; digest: string; planned?: TakenLooks }>

/**
 * How far the stages are, beside the number of the stage: which of its steps is in force (0 where it has none), the
 * first epoch of it, since when both are (ISO 8601), and what was said of gates, by `gateKey`.
 */
export type Progress = {
  step: number
  from: number
  since: { stage: string; step: string } | null
  gates: Record<string, 'approved' | 'rejected'>
}

import type { Moments } from '../../stats/index.ts'
import type { LockedVersion } from './champion.ts'
import type { ExperimentDefinition, ExperimentState, Frozen, Looks, VariantState } from './definitions.ts'
import type { MetricPlan } from './metric-plan.ts'
import type { Report } from './report.ts'

/** One experiment's row, as rules and reports read it. `startedAt` is null until it has started. */
export type ExperimentFacts = {
  id: number
  key: string
  model: string
  state: ExperimentState
  definition: ExperimentDefinition
  frozen: Frozen | null
  variants: VariantState[]
  stage: number
  scope: number | null
  epoch: number
  revision: number
  winner: string | null
  looks: Looks
  startedAt: Date | null
  endedAt: Date | null
}

/**
 * One arm in one epoch: units exposed, units that reported, outcomes counted, and per metric (in plan order) the
 * complete moments, silent units included where the metric is per exposed unit.
 */
export type ArmData = { units: number; reporting: number; outcomes: number; metrics: Moments[] }

/** One epoch of a scope with everything counted in it; `arms` and `weights` by variant ordinal. */
export type EpochData = {
  epoch: number
  coverage: number
  weights: number[]
  startedAt: Date
  endedAt: Date | null
  sealed: boolean
  arms: ArmData[]
  late: number
  crossed: number
  rebuilt: number
}

/** All that one analysis looks at, read from one database snapshot at the database's time `now`. */
export type AnalysisInput = {
  experiment: ExperimentFacts
  /** Metric plans of the scope; empty before the start. */
  metrics: MetricPlan[]
  /** Epochs of the current (for an ended experiment: the last) scope, in order. */
  epochs: EpochData[]
  now: Date
  latestDecision: Report['latestDecision']
  /** Versions of the model that may not become champion; none unless told. */
  locks?: readonly LockedVersion[]
}

import type { CovariateMoments, Moments, PairSums, WeightedMoments } from '../../../stats/index.ts'
import type { LockedVersion } from '../models/champion.ts'
import type { VersionGate } from '../models/checks.ts'
import type { Digest } from './digest.ts'
import type { DrillFact } from '../drills/drill.ts'
import type { FeatureSums } from '../contextual/arms.ts'
import type { EpochFrozen, ExperimentDefinition, ExperimentState, Frozen, Looks, Progress, VariantState } from '../define/definitions.ts'
import type { DriftState } from '../define/drift.ts'
import type { Alarm, Hold } from '../decide/holds.ts'
import type { MetricPlan } from './metric-plan.ts'
import type { Report } from './report.ts'
import type { SignalFact } from '../decide/signals.ts'

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
  /** How far the stage is; null or absent before the start, and where nothing ever moved. */
  progress?: Progress | null
  scope: number | null
  /** Of an imported scope: its number where its units were counted, by which it is remembered. */
  scopeOrigin?: number | null
  /** What the scope is for; a stage unless told. */
  scopeKind?: 'stage' | 'bake' | null
  /** How many scopes of its stage, or of its bake, anybody came to before this one; absent where that was not counted. */
  reopened?: number | null
  epoch: number
  /** Weights of the epoch in force, by variant ordinal; absent before the start. */
  weights?: number[] | null
  revision: number
  winner: string | null
  looks: Looks
  /** What has held it since one of the last looks; nothing unless told. */
  holds?: readonly Hold[]
  /** How far the distributions that are looked after were followed; null or absent where none was yet. */
  drift?: DriftState | null
  startedAt: Date | null
  endedAt: Date | null
}

/**
 * One arm in one epoch: units exposed, units that reported (`timely`: within `reportBy`; absent where that is not counted), outcomes counted, and per metric (in plan order) the
 * complete moments, silent units included where the metric is per exposed unit.
 */
export type ArmData = {
  units: number
  reporting: number
  timely?: number
  outcomes: number
  metrics: Moments[]
  /** In plan order, null for metrics without a covariate; absent where no metric has one. */
  covariates?: (CovariateMoments | null)[]
  /** In plan order, null for all but quantiles; absent where there is none. */
  sketches?: (SketchRows | null)[]
  /** The arm's parts by segment and value; absent where no segment is declared. */
  segments?: SegmentArm[]
  /** In plan order, weighted by each unit's own propensity; absent where all units of an epoch share theirs. */
  weighted?: WeightedMoments[]
  /** Of the units whose features are known; absent likewise. */
  features?: FeatureSums
}

/** A sketch as it is kept: its buckets, ascending, and how many values each holds. */
export type SketchRows = { buckets: number[]; counts: number[] }

/** Units of an arm with one value of a segment (from 1); value 0: any other one, -1: none. */
export type SegmentArm = { segment: number; value: number; arm: ArmData }

/**
 * One epoch of a scope with everything counted in it; `arms` and `weights` by variant ordinal. In a bake one more arm
 * follows: the winner's units that are counted, but not compared.
 */
export type EpochData = {
  epoch: number
  coverage: number
  weights: number[]
  /** What it took from the past; absent where weights are fixed. */
  frozen?: EpochFrozen
  startedAt: Date
  endedAt: Date | null
  sealed: boolean
  arms: ArmData[]
  /** What the numbers of `arms` come to, where that was kept; else it is found anew. */
  counted?: Digest | null
  late: number
  crossed: number
  rebuilt: number
}

/**
 * One UTC day of the scope's generation: who was assigned on it, by the epochs whose weights they were drawn with. Metrics
 * that are not guarded day by day are empty. Of days that are not `recent` all is in one.
 *
 * @see dayName for `day`
 */
export type GenerationDay = { day: number; recent: boolean; epochs: EpochData[] }

/**
 * What a candidate answered where the control answered as well, by epoch: units that both answered, those that the shadow left
 * without a report, and in plan order the sums of the pairs that both have a value for; null
 * where there is none.
 */
export type ShadowArm = { variant: number; epochs: { epoch: number; pairs: number; missing: number; metrics: (PairSums | null)[] }[] }

/** All that one analysis looks at, read from one database snapshot at the database's time `now`. */
export type AnalysisInput = {
  experiment: ExperimentFacts
  /** Metric plans of the scope; empty before the start. */
  metrics: MetricPlan[]
  /** Epochs of the current (for an ended experiment: the last) scope, in order. */
  epochs: EpochData[]
  /** The same scope day by day, in order; none where units do not return, or nothing is guarded. */
  generations?: readonly GenerationDay[]
  /** Of a shadow stage: its candidates. */
  shadows?: readonly ShadowArm[]
  now: Date
  latestDecision: Report['latestDecision']
  /** The version the model serves; a bake asks, and a stage that requires checks. */
  champion?: string | null
  /** What others found that speaks against every gain: an open breaker, drift, a degradation; nothing unless told. */
  alarms?: readonly Alarm[]
  /** What other systems tell of it, or of its model; nothing unless told. */
  signals?: readonly SignalFact[]
  /** The last drill of each type that passed or failed; only experiments whose policy wants drills ask. */
  drills?: readonly DrillFact[]
  /** Milliseconds since the engine last finished a look at everything; 0 unless told. */
  lagMs?: number
  /** Versions of the model that may not become champion; none unless told. */
  locks?: readonly LockedVersion[]
  /** What is known of the variants' versions; only experiments with a stage that requires checks ask. */
  gates?: readonly VersionGate[]
  /** What the values of segments are called; none unless told. */
  segmentValues?: readonly { segment: number; value: number; name: string }[]
  /** Features of some units, which stand for all; absent where no bandit looks at any. */
  contexts?: readonly (readonly number[])[]
}

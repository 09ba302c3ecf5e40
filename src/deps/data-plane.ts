import type { CompiledSnapshot } from '../assign/compile.ts'
import type { Snapshot } from '../assign/snapshot.ts'
import type { Generation } from '../core/analyze/generations.ts'
import type { MetricPlan } from '../core/analyze/metric-plan.ts'
import type { Observed } from '../core/analyze/observed.ts'
import type { ServiceError } from '../errors.ts'
import type { Assignment } from '../token/token.ts'

/** What this node serves from: replaced whole, by a greater version only. */
export type Live = {
  /** Null until a first snapshot was loaded. */
  current(): CompiledSnapshot | null
  /** The same as it was published. */
  source(): Snapshot | null
  /** Measures that some metric reads. */
  measures(): ReadonlySet<string>
  /** Milliseconds since the database last confirmed that this is the newest; Infinity before the first time. */
  ageMs(): number
  /** Look for a newer one now. Rejects when the database does not answer. Calls under way are shared. */
  refresh(): Promise<void>
  /** Told each new version; answers a function that ends this. */
  subscribe(listener: (version: number) => void): () => void
}

export type SnapshotSource = {
  /** The published version. */
  version(): Promise<number>
  load(): Promise<{ snapshot: Snapshot; measures: string[] }>
}

/** `observed`: what its request told of it, where the experiment wants to know. `generation`: the one of its scope, if any. */
export type Exposure = Pick<Assignment, 'scope' | 'unit' | 'epoch' | 'variant' | 'propensity' | 'time'> & {
  observed?: Observed
  generation?: Omit<Generation, 'metrics'> | null
}

/** An outcome attributed and validated; ingestion only stores and folds it. */
export type AttributedOutcome = {
  assignment: Assignment
  /** 32 hex digits: of the id, or of the canonical body. */
  key: string
  /** 32 hex digits of the canonical body; another one under the same key and revision is a conflict. */
  digest: string
  revision: number
  /** What the caller calls it; absent where it has no name. */
  id?: string | undefined
  /** Milliseconds since 1970: what the caller says, else when it arrived. */
  at: number
  /** Finite numbers; booleans are 0 and 1 by now. */
  measures: Readonly<Record<string, number>>
}

export type OutcomeResult = 'accepted' | 'late' | 'crossed' | 'duplicate' | 'id_conflict'

export type Ingest = {
  /** Queue an exposure; never waits, never throws. */
  expose(exposure: Exposure): void
  /** Resolves after the commit. Rejects with DatabaseUnavailable, or ServiceError: out_of_range, unknown_unit, unavailable. */
  outcome(outcome: AttributedOutcome): Promise<OutcomeResult>
  /** The batch lane: results in order, after the commit; an error in the place of an outcome that cannot be stored. */
  outcomes(outcomes: readonly AttributedOutcome[]): Promise<(OutcomeResult | ServiceError)[]>
}

/** What became of outcomes, for people: see core/analyze/deliveries. */
export type Deliveries = {
  /** An outcome of this scope (null: it named no assignment) ended so: a result of ingestion, or the code of a refusal. Never waits, never throws. */
  count(scope: number | null, result: string): void
}

/** What the outcomes of a scope may say; a scope's plan never changes. */
export type Scopes = {
  /** At once when known here. */
  known(scope: number): readonly MetricPlan[] | undefined
  /** From the database; null when there is no such scope. */
  load(scope: number): Promise<readonly MetricPlan[] | null>
  /** Of a scope that is known here: its guardrails day by day, where units return. */
  generation(scope: number): Generation | null
}

export type Units = {
  /** A unit's latest exposure in an experiment, as if its token had been kept; null when it never was exposed. */
  latest(experiment: string, unit: string): Promise<Assignment | null>
}

export type AssignCounters = {
  /** Count an assignment; never waits, never throws. */
  served(experiment: number, variant: number): void
  /** The variant this unit was first given (`variant` if it is new), or null when nobody answers within 25 ms. */
  firstTouch(experiment: number, unit: string, variant: number): Promise<number | null>
  /** Note a call of an arm, and whether it failed, for its breaker; never waits, never throws. */
  called(experiment: number, arm: number, failed: boolean): void
}

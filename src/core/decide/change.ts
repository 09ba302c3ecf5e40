import type { StateDocument } from '../continuity/document.ts'
import type { EpochFrozen, ExperimentState, Frozen, Looks, Progress, VariantState } from '../define/definitions.ts'
import type { DriftState } from '../define/drift.ts'
import type { Hold } from './holds.ts'
import type { DecisionInputs } from './inputs.ts'
import type { LedgerEntry, Told, Undo } from './ledger.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import type { Position } from './position.ts'

/** What a new epoch puts in force. A change that moves exposed units opens a new scope. */
export type NextEpoch = {
  cause: 'action' | 'clock'
  scope: 'same' | 'new'
  /** What a new scope is for; a stage unless told. */
  kind?: 'bake'
  coverage: number
  /** By variant ordinal, summing to 1. */
  weights: number[]
  /** What it takes from the past; within one scope, what the epoch before took, unless told. */
  frozen?: EpochFrozen
}

/** What the caller of a change says for the ledger; the store adds sequence, time, epochs and hashes. */
export type Account = Pick<LedgerEntry, 'actor' | 'mode' | 'action' | 'variant' | 'rule' | 'reason' | 'status' | 'evidence'> &
  Partial<Told> & { undo?: Undo | null }

/**
 * Everything that one action or decision does to an experiment, applied in one transaction:
 * compare-and-set on `revision`, state, epoch, champion, ledger entry, outbox, publication.
 * A person's action and the engine's decision are the same thing here.
 */
export type Change = {
  experiment: number
  /** The row's revision this change was planned from; another one in the database means 'stale'. */
  revision: number
  state: ExperimentState
  variants?: VariantState[]
  /** Set by `start`; a bandit adds variances when they are known, and never changes what is there. */
  frozen?: Frozen
  /** Metric plans of the scopes this experiment opens; given by `start`, else taken from the current scope. */
  metrics?: MetricPlan[]
  next?: NextEpoch
  /** Where among its stages and their steps the experiment is from now on. */
  position?: Position
  /** What was said of its gates, all of it. */
  gates?: Progress['gates']
  /** The version that becomes the model's champion. */
  champion?: string
  /** The champion this change was planned from; another one in the database means 'stale'. */
  championBefore?: string | null
  /** The part of enrolment that is let in from now on. */
  throttle?: number
  winner?: string
  /** Versions that may not become champion any more until somebody acknowledges, and those that may again. */
  lock?: string[]
  unlock?: string[]
  /** Decisions whose post-mortems are signed. */
  sign?: number[]
  looks?: Looks
  /** What holds the experiment from now on, all of it. */
  holds?: Hold[]
  /** How far distributions were followed, all of it. */
  drift?: DriftState
  /** Absent for a clock epoch or the engine's bookkeeping, which the ledger does not tell. */
  account?: Account
  /** What was learned elsewhere, to be stored before anything else of this. */
  imported?: StateDocument
  /** All that this was planned from, kept beside the entry so that it can be replayed. */
  inputs?: DecisionInputs
  /** The engine's fencing number; a lease that has moved on refuses the write. */
  fence?: number
}

export type Applied = { status: 'applied'; epoch: number; decision: number | null } | { status: 'stale' }

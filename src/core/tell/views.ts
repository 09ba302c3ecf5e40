import type { Json } from '../../assign/snapshot.ts'
import type { BreakerView, FallbackView } from '../breaker/view.ts'
import type { SwitchKind, VersionLock } from '../models/champion.ts'
import type { CheckStanding, CheckStatus, Missing } from '../models/checks.ts'
import type { ExperimentDefinition, ExperimentState, ModelWatch, Progress, RegistryLink, VariantState, VersionRecord } from '../define/definitions.ts'
import type { Retrain } from '../define/retrain.ts'
import type { Links } from './decision-links.ts'
import type { Alarm } from '../decide/holds.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import type { GateView } from '../decide/position.ts'
import type { Difference } from '../decide/replay.ts'
import type { RegistrySync } from '../models/registry.ts'
import type { Report } from '../analyze/report.ts'
import type { Runbook } from './runbook.ts'
import type { SimulationRequest, SimulationResult } from '../simulate/request.ts'

// What readers are shown of what is stored: the answers of the control plane, in the API and on the pages.

export type ModelView = {
  key: string
  description: string
  unit: string
  enabled: boolean
  watch: ModelWatch
  fallbacks: string[]
  /** Names of the checks that a version must pass before it serves anybody. */
  requires: string[]
  registry: RegistryLink | null
  /** How the registry stands to the champion; null before anybody has looked. */
  registrySync: RegistrySync | null
  /** When whoever trains it is told that it is time; null: never. */
  retrain: Retrain | null
  champion: string | null
  /** The champion's, to go on from. */
  checkpoint: VersionRecord['checkpoint'] | null
  createdAt: string
}
export type VersionView = VersionRecord & {
  version: string
  model: string
  createdAt: string
  firstTrafficAt: string | null
  /** Why it may not become champion; null when it may. */
  lock: VersionLock | null
  /** The latest check of each name; of a required one that never came, nothing but that. */
  checks: (CheckStanding & { at: string | null; required: boolean })[]
  /** The version of this model whose checkpoint it was trained on from; null where that is unknown or another model's. */
  continues: string | null
  /** Since when it says that it is warm; null: it does not. */
  readyAt: string | null
}
/** A check as it was sent. */
export type CheckView = {
  id: number; name: string; status: CheckStatus; evidence: Json; digest: string | null; at: string; receivedAt: string; actor: string
}
export type ChampionView = {
  seq: number
  version: string
  previous: string | null
  actor: string
  reason: string
  experiment: string | null
  at: string
  kind: SwitchKind
}
export type ExperimentView = Omit<ExperimentDefinition, 'variants'> & {
  state: ExperimentState
  /** The stage and the step in force, from 0, since when, and every gate; `since` is null before the start. */
  stage: number
  step: number
  since: Progress['since']
  gates: GateView[]
  /** `breaker`: absent while it never opened. */
  variants: (ExperimentDefinition['variants'][number] & Pick<VariantState, 'status'> & { breaker?: BreakerView })[]
  /** What keeps a draft from its start, and the next stage from its beginning; empty when nothing does, absent while it runs without checks of stages. */
  missing?: Missing[]
  /** What stands in for the control; absent without breakers while it serves. */
  fallback?: FallbackView | null
  epoch: number
  /** Why nothing is promoted or moved by itself just now. */
  holds?: (Alarm & { since: string })[]
  winner: string | null
  revision: number
  createdAt: string
  startedAt: string | null
  endedAt: string | null
}
export type EpochView = {
  epoch: number
  scope: number
  cause: string
  coverage: number
  weights: Record<string, number>
  startedAt: string
  endedAt: string | null
  sealedAt: string | null
}
export type DecisionView = LedgerEntry & { id: number }
/** A decision, with paths of what belongs to it; null where there is none. */
export type DecisionDetail = DecisionView & { links: Links; runbook?: Runbook | null }
/** A decision taken again: what its entry says, what it should say, and where they differ. */
export type Replay = {
  decision: number
  same: boolean
  stored: Record<string, unknown>
  /** Null where its inputs were damaged, or lead to no decision. */
  recomputed: Record<string, unknown> | null
  differences: Difference[]
}
export type SimulationView = {
  id: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Who asked, as in the ledger. */
  actor: string
  request: SimulationRequest
  progress: { done: number; total: number }
  result: SimulationResult | null
  error: string | null
  createdAt: string
  startedAt: string | null
  endedAt: string | null
}
export type ActionResult = { state: ExperimentState; epoch: number; decision: number | null }

/** What another system tells of an experiment, or of all on a model. */
export type SignalView = {
  experiment: string | null
  model: string | null
  variant: string | null
  name: string
  status: 'ok' | 'alarm'
  value: number | null
  source: string | null
  at: string
  expiresAt: string | null
  receivedAt: string
  actor: string
}

/** One stored analysis of an experiment. By variant: the weights in force then, and the chance to be the best, null where it was not known. */
export type SeriesPoint = Pick<Report, 'epoch' | 'units' | 'comparisons'> & {
  analysis: number
  at: string
  weights: Record<string, number>
  probabilityBest: Record<string, number | null>
}

/** Where an experiment stands, to see whether there is anything new: ids of its latest analysis and entry. */
export type Latest = { state: ExperimentState; epoch: number; analysis: number | null; decision: number | null }

/** What an experiment went through until a moment, for charts. */
export type Course = {
  /** Stored analyses, their comparisons those of one metric; of very many some evenly spread ones. */
  series: SeriesPoint[]
  /** How many there are. */
  analyses: number
  epochs: Omit<EpochView, 'cause' | 'sealedAt'>[]
}

/** How values of a quantile metric are spread: of each variant, in order, the buckets of its sketch, ascending, and the outcomes in each. */
export type Distribution = { metric: string; quantile: number; variants: { key: string; buckets: number[]; counts: number[] }[] }

/** A chain of the ledger that was looked through: nothing changed, removed or reordered where `problems` is empty. */
export type ChainCheck = { entries: number; problems: string[] }

/** How far requests get: answers given (null: not known), and by variant ordinal units seen and outcomes counted. */
export type LinkState = {
  answered: number[] | null
  exposures: { units: number[]; last: string | null }
  outcomes: { counted: number[]; last: string | null }
}

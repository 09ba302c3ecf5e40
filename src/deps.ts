import type { DrillView, StartDrill } from './core/drills/drill.ts'
import type { PowerPlan } from './core/power/plan.ts'
import type { PowerRequest } from './core/power/request.ts'
import type { Keys } from './deps/access.ts'
import type { Actor, Log } from './deps/common.ts'
import type { ControlPlane } from './deps/control-plane.ts'
import type { AssignCounters, Deliveries, Ingest, Live, Scopes, Units } from './deps/data-plane.ts'
import type { Limits } from './deps/limits.ts'
import type { News, Reports } from './deps/reports.ts'
import type { Webhooks } from './deps/webhooks.ts'
import type { Shares } from './token/share.ts'
import type { Tokens } from './token/token.ts'
import type { UnitHasher } from './token/unit.ts'

export type {
  ActionResult, ChainCheck, ChampionView, CheckView, Course, DecisionDetail, DecisionView, Distribution, EpochView, ExperimentView, Latest, LinkState, ModelView, Replay,
  SeriesPoint, SignalView, SimulationView, VersionView,
} from './core/tell/views.ts'
export type * from './deps/access.ts'
export type * from './deps/common.ts'
export type * from './deps/control-plane.ts'
export type * from './deps/data-plane.ts'
export type * from './deps/limits.ts'
export type * from './deps/reports.ts'
export type * from './deps/webhooks.ts'

export type Health = {
  /** Aborted by the first signal to stop: streams end, /ready says no. */
  stopping: AbortSignal
  /** What the service leans on, for /ready: never makes it unready, since assignments go on without. */
  checks(): Record<string, 'ok' | 'unavailable'>
  /** Prometheus text of everything that is not counted by the routes themselves. */
  metrics(): Promise<string>
}

export type Deps = {
  log: Log
  /** The node's clock, milliseconds since 1970. Stamps tokens and checks `at`; decides nothing. */
  now(): number
  /** All scopes when presented; null where there is none. */
  adminKey: string | null
  /** True only on loopback without an admin key: everybody who reaches us may do everything. */
  authOff: boolean
  live: Live
  tokens: Tokens
  shares: Shares
  hashUnit: UnitHasher
  assignmentId(): string
  counters: AssignCounters
  ingest: Ingest
  deliveries: Deliveries
  scopes: Scopes
  units: Units
  control: ControlPlane
  reports: Reports
  /** Hear of news; absent where connections live no longer than a request. */
  news?: News
  /** Plans an experiment elsewhere than in the thread that serves; absent where there is one thread only. */
  plan?: (request: PowerRequest) => Promise<PowerPlan> | PowerPlan
  /** Rehearsals on this node; absent where nothing goes on after an answer. */
  drills?: { start(request: StartDrill, actor: Actor): Promise<DrillView> }
  keys: Keys
  webhooks: Webhooks
  limits: Limits
  health: Health
  /** Tell other nodes that a version was published. Never throws. */
  publish(version: number): void
}

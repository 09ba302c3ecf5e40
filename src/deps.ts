import type { CompiledSnapshot } from './assign/compile.ts'
import type { Snapshot } from './assign/snapshot.ts'
import type { AskedCases, Case } from './core/continuity/case-view.ts'
import type { Imported, StateDocument } from './core/continuity/document.ts'
import type { CreateCheck } from './core/models/checks.ts'
import type {
  AcknowledgeWatch, Action, CreateExperiment, CreateModel, CreateVersion, MetricDefinition, PatchModel, VersionRecord,
} from './core/define/definitions.ts'
import type { Declared, DeclaredStep } from './core/declare/declared.ts'
import type { DrillView, StartDrill } from './core/drills/drill.ts'
import type { WantedDrill } from './core/drills/wanted.ts'
import type { Generation } from './core/analyze/generations.ts'
import type { LedgerEntry } from './core/decide/ledger.ts'
import type { MetricPlan } from './core/analyze/metric-plan.ts'
import type { AttemptResult, DeliveryState, EventType } from './core/tell/notification.ts'
import type { Observed } from './core/analyze/observed.ts'
import type { Overview, OverviewAsk } from './core/tell/overview.ts'
import type { PostMortem, PostMortemItem } from './core/tell/post-mortem.ts'
import type { ImportVersion, ResolveRegistry } from './core/models/registry.ts'
import type { Report } from './core/analyze/report.ts'
import type { PowerPlan } from './core/power/plan.ts'
import type { PowerRequest } from './core/power/request.ts'
import type { SimulationRequest } from './core/simulate/request.ts'
import type {
  ActionResult, ChainCheck, ChampionView, CheckView, Course, DecisionDetail, DecisionView, Distribution, EpochView, ExperimentView, Latest, LinkState, ModelView, Replay,
  SeriesPoint, SignalView, SimulationView, VersionView,
} from './core/tell/views.ts'
import type { CreateSignal } from './core/decide/signals.ts'
import type { WatchDay } from './core/models/watch.ts'
import type { RetrainEvent } from './core/models/retrain.ts'
import type { OpenAlert, Unwatched } from './core/models/watch-state.ts'
import type { ServiceError } from './errors.ts'
import type { Shares } from './token/share.ts'
import type { Assignment, Tokens } from './token/token.ts'
import type { UnitHasher } from './token/unit.ts'

export type {
  ActionResult, ChainCheck, ChampionView, CheckView, Course, DecisionDetail, DecisionView, Distribution, EpochView, ExperimentView, Latest, LinkState, ModelView, Replay,
  SeriesPoint, SignalView, SimulationView, VersionView,
} from './core/tell/views.ts'

// Small things -----------------------------------------------------------------------------------------------------

export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One page of a list: `next` is the cursor of the following page, null at the end. */
export type Page<T> = { items: T[]; next: string | null }
export type PageRequest = { limit: number; cursor: string | null }

/** Who does something, for the ledger: the id of an API key, `admin`, or `local` where auth is off. */
export type Actor = string

// Data plane -------------------------------------------------------------------------------------------------------

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

// Control plane ----------------------------------------------------------------------------------------------------

/** All reject with ServiceError where the input or the state forbids it. */
export type ControlPlane = {
  models: {
    create(model: CreateModel): Promise<ModelView>
    list(page: PageRequest): Promise<Page<ModelView>>
    get(key: string): Promise<ModelView>
    patch(key: string, change: PatchModel, actor: Actor): Promise<ModelView>
    /** Every entry of the ledger about it and its experiments, the oldest first. */
    audit(key: string, page: PageRequest): Promise<Page<LedgerEntry & { id: number }>>
  }
  registry: {
    /** Take a version over from the registry that the model is linked to; one that is there already is answered as it is. */
    import(model: string, asked: ImportVersion): Promise<VersionView>
    resolve(model: string, resolution: ResolveRegistry, actor: Actor): Promise<ModelView>
  }
  versions: {
    create(model: string, version: CreateVersion): Promise<VersionView>
    put(model: string, version: string, record: VersionRecord): Promise<VersionView>
    list(model: string, page: PageRequest): Promise<Page<VersionView>>
    get(model: string, version: string): Promise<VersionView>
    /** The version says that it is warm, or takes it back. */
    ready(model: string, version: string, ready: boolean): Promise<VersionView>
  }
  checks: {
    /** `added` is false where the same was told before. */
    add(model: string, version: string, check: CreateCheck, actor: Actor): Promise<{ check: CheckView; added: boolean }>
    /** The latest received first. */
    list(model: string, version: string, page: PageRequest): Promise<Page<CheckView>>
  }
  champions: {
    set(model: string, version: string, reason: string, actor: Actor): Promise<ChampionView>
    /** `seen`: the last switch that the caller knows of; 'stale' where there was another one since. */
    rollback(model: string, reason: string, actor: Actor, seen?: number): Promise<ChampionView>
    /** Answers the alerts of the watch that are left. `seen`: names of those that the caller knows of; 'stale' where there are others. */
    acknowledge(model: string, asked: AcknowledgeWatch, actor: Actor, seen?: readonly string[]): Promise<OpenAlert[]>
    history(model: string, page: PageRequest): Promise<Page<ChampionView>>
  }
  signals: {
    /** `changed` is false where an older one changed nothing. */
    tell(signal: CreateSignal, actor: Actor): Promise<SignalView & { changed: boolean }>
    /** Those of an experiment with those of its model, or those of a model alone, by name. */
    list(subject: { experiment: string } | { model: string }): Promise<SignalView[]>
  }
  metrics: {
    create(metric: MetricDefinition): Promise<MetricDefinition>
    list(page: PageRequest): Promise<Page<MetricDefinition>>
    get(key: string): Promise<MetricDefinition>
    /** Those of them that there are, in no order. */
    named(keys: readonly string[]): Promise<MetricDefinition[]>
  }
  experiments: {
    create(definition: CreateExperiment): Promise<ExperimentView>
    replace(key: string, definition: CreateExperiment): Promise<ExperimentView>
    remove(key: string): Promise<void>
    list(page: PageRequest): Promise<Page<ExperimentView>>
    get(key: string): Promise<ExperimentView>
    act(key: string, action: Action, actor: Actor): Promise<ActionResult>
    epochs(key: string, page: PageRequest): Promise<Page<EpochView>>
    /** The newest first; `moves: false` leaves moves of traffic out. */
    decisions(key: string, page: PageRequest, options?: { moves: boolean }): Promise<Page<DecisionView>>
  }
  continuity: {
    /** Everything that an experiment has learned. Rejects with not_running for a draft, and with too_large. */
    read(key: string): Promise<StateDocument>
    /** Into a draft whose definition is the same; it goes on where the other one was. */
    import(key: string, document: StateDocument, actor: Actor): Promise<Imported>
    /** Outcomes that are worth a label, the most uncertain or different first. */
    cases(key: string, asked: AskedCases, page: PageRequest): Promise<Page<Case>>
  }
  declarations: {
    /** `operates`: may it change what models serve? `expected`: the tag of the plan that was seen. */
    apply(
      declared: Declared, how: { actor: Actor; operates: boolean; expected: string | null; dryRun: boolean },
    ): Promise<{ steps: DeclaredStep[]; tag: string; applied: boolean }>
    /** What is there, or what belongs to one model. */
    exported(model: string | null): Promise<Declared>
  }
  decisions: {
    get(id: number): Promise<DecisionDetail>
    replay(id: number): Promise<Replay>
  }
  postMortems: {
    /** `open`: only those nobody has signed, or only signed ones; null: all. */
    list(page: PageRequest, open: boolean | null): Promise<Page<PostMortemItem>>
    get(decision: number): Promise<PostMortem>
  }
  drills: {
    /** The newest first. */
    list(page: PageRequest): Promise<Page<DrillView>>
    get(id: number): Promise<DrillView>
  }
  simulations: {
    create(request: SimulationRequest, actor: Actor): Promise<SimulationView>
    list(page: PageRequest): Promise<Page<SimulationView>>
    get(id: string): Promise<SimulationView>
    cancel(id: string): Promise<SimulationView>
  }
}

export type Reports = {
  /** The analysis of this moment. Rejects with experiment_not_found. */
  current(key: string): Promise<Report>
  /** The stored analysis with this id, or the latest at or before this time; null when there is none. */
  asOf(key: string, at: { analysis: number } | { time: Date }): Promise<Report | null>
  series(key: string, page: PageRequest): Promise<Page<SeriesPoint>>
  /** Where an experiment stands. Rejects with experiment_not_found. */
  latest(key: string): Promise<Latest>
  /** Experiments and models at a glance, from stored analyses. Rejects with model_not_found. */
  overview(ask: OverviewAsk): Promise<Overview>
  /** What an experiment went through until a moment, for charts: differences of one metric, chances, traffic. */
  course(key: string, request: { metric: string; until: Date; most: number }): Promise<Course>
  /** How values of a quantile metric of its current scope are spread (`metric` null: of the first); null where it is none. */
  distribution(key: string, metric: string | null): Promise<Distribution | null>
  /** Looks through its chain of the ledger; what was looked through a short while ago is not again. */
  chain(key: string): Promise<ChainCheck>
  /** How far requests get. */
  links(key: string): Promise<LinkState>
  /** What champion traffic of a model reported per version and day, newest first. Rejects with model_not_found. */
  watch(model: string, days: number): Promise<WatchDay[]>
  /** What the watch of the model's champion alarms, and what is over that nobody has acknowledged. Rejects with model_not_found. */
  watchAlerts(model: string): Promise<OpenAlert[]>
  /** When a version of the model was to be trained again, the latest first. */
  retrains(model: string): Promise<RetrainEvent[]>
  /** What the policies of experiments on the model want to be rehearsed, and how the last drills went. */
  drills(model: string): Promise<WantedDrill[]>
  /** Metrics of the watch that no detector watches for change. Rejects with model_not_found. */
  unwatched(model: string): Promise<Unwatched[]>
}

export type News = {
  /** Told when an experiment stands elsewhere than `known`, and then at each further change; answers a function that ends this. */
  subscribe(key: string, known: Latest, listener: (latest: Latest) => void): () => void
}

// Access -----------------------------------------------------------------------------------------------------------

export type Scope = 'assign' | 'outcome' | 'read' | 'define' | 'operate' | 'admin'

export type KeyView = {
  id: string
  name: string
  scopes: Scope[]
  createdAt: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

export type Keys = {
  /** The valid key with this SHA-256 (32 bytes): neither revoked nor expired. Null when there is none. */
  find(hash: Uint8Array): Promise<{ id: string; scopes: Scope[] } | null>
  create(key: { id: string; name: string; hash: Uint8Array; scopes: Scope[]; expiresAt: Date | null }): Promise<KeyView>
  list(page: PageRequest): Promise<Page<KeyView>>
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>
}

// Webhooks ---------------------------------------------------------------------------------------------------------

export type WebhookView = {
  id: string
  url: string
  description: string
  /** Names, `experiment.*`, or `*`. */
  events: string[]
  enabled: boolean
  /** `asked` by somebody; `gone`: its receiver answered 410; `failing`: nothing reached it for days. Null while enabled. */
  disabledBecause: 'asked' | 'gone' | 'failing' | null
  /** The first failure since the last success. */
  failingSince: string | null
  /** Until when the secret before this one signs, too. */
  previousSecretUntil: string | null
  createdBy: Actor
  createdAt: string
}
export type DeliveryView = {
  id: number
  /** The header `webhook-id`. */
  message: string
  type: EventType
  /** Id of the ledger's entry; null for a test. */
  decision: number | null
  state: DeliveryState
  /** When it is tried next; null when it will not be. */
  nextAt: string | null
  createdAt: string
  endedAt: string | null
  attempts: {
    number: number; at: string; result: AttemptResult; ms: number | null; status: number | null; error: string | null; response: string | null
  }[]
}

/** All reject with ServiceError: url_not_allowed, not_found, conflict. */
export type Webhooks = {
  create(webhook: { url: string; description: string; events: string[] }, actor: Actor): Promise<WebhookView & { secret: string }>
  list(page: PageRequest): Promise<Page<WebhookView>>
  get(id: string): Promise<WebhookView>
  /** `rotate` draws a new secret, and lets the old one sign beside it for so many milliseconds. */
  change(
    id: string,
    change: { url?: string; description?: string; events?: string[]; enabled?: boolean; rotate?: { keepMs: number } },
  ): Promise<WebhookView & { secret?: string }>
  remove(id: string): Promise<void>
  /** Queue a message that says it is a test. */
  test(id: string): Promise<DeliveryView>
  /** The log, the newest first. */
  deliveries(id: string, page: PageRequest, state?: DeliveryState): Promise<Page<DeliveryView>>
  /** Send it once more, under the same id. */
  replay(id: string, delivery: number): Promise<DeliveryView>
}

/** Calls of one key, or one address without a key: so many a second in the long run, `burst` of them at once. */
export type RateLimit = { perSecond: number; burst: number }

/** Routes that share a limit. */
export type LimitedGroup = 'assign' | 'outcome' | 'api' | 'pages' | 'session'

/** Null where calls are not limited. */
export type RateLimits = Record<LimitedGroup, RateLimit | null>

export type Limits = {
  rates: RateLimits
  /** Count a call of this caller, if it may be made now. Answers within 50 ms, whatever is away; never rejects. */
  allow(caller: string, limit: RateLimit): Promise<{ allowed: true } | { allowed: false; retryAfterSeconds: number }>
}

// All of it --------------------------------------------------------------------------------------------------------

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

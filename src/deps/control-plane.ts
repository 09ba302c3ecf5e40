import type { AskedCases, Case } from '../core/continuity/case-view.ts'
import type { Imported, StateDocument } from '../core/continuity/document.ts'
import type { LedgerEntry } from '../core/decide/ledger.ts'
import type { CreateSignal } from '../core/decide/signals.ts'
import type { Declared, DeclaredStep } from '../core/declare/declared.ts'
import type {
  AcknowledgeWatch, Action, CreateExperiment, CreateModel, CreateVersion, MetricDefinition, PatchModel, VersionRecord,
} from '../core/define/definitions.ts'
import type { DrillView } from '../core/drills/drill.ts'
import type { CreateCheck } from '../core/models/checks.ts'
import type { ImportVersion, ResolveRegistry } from '../core/models/registry.ts'
import type { OpenAlert } from '../core/models/watch-state.ts'
import type { SimulationRequest } from '../core/simulate/request.ts'
import type { PostMortem, PostMortemItem } from '../core/tell/post-mortem.ts'
import type {
  ActionResult, ChampionView, CheckView, DecisionDetail, DecisionView, EpochView, ExperimentView, ModelView, Replay, SignalView, SimulationView, VersionView,
} from '../core/tell/views.ts'
import type { Actor, Page, PageRequest } from './common.ts'

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

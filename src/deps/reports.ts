import type { Analysis } from '../core/analyze/analysis.ts'
import type { Report } from '../core/analyze/report.ts'
import type { WantedDrill } from '../core/drills/wanted.ts'
import type { RetrainEvent } from '../core/models/retrain.ts'
import type { OpenAlert, Unwatched } from '../core/models/watch-state.ts'
import type { WatchDay } from '../core/models/watch.ts'
import type { Overview, OverviewAsk } from '../core/tell/overview.ts'
import type { ChainCheck, Course, Distribution, Latest, LinkState, SeriesPoint } from '../core/tell/views.ts'
import type { Page, PageRequest } from './common.ts'

export type Reports = {
  /** What rules look at of this moment, as the engine does. Rejects with experiment_not_found. */
  analysis(key: string): Promise<Analysis>
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

import type { AnalysisInput, EpochData, ExperimentFacts } from '../analyze/analysis-input.ts'
import type { CreateExperiment, Frozen, MetricDefinition } from './definitions.ts'
import { requireDurationMs } from './duration.ts'

/** The name of the built-in guardrail on silence in reports; no metric can have it. */
export const completenessKey = 'completeness'
/** How many more of 100 units a variant may leave without a report than the control does. */
const tolerated = 0.02
const usualReportBy = 'PT1H'

/** Does every unit report this metric, so that silence means something? */
const isReportedByEvery = ({ kind, reports }: Pick<MetricDefinition, 'kind' | 'reports'>): boolean =>
  (reports ?? (kind === 'conversion' || kind === 'total' ? 'event' : 'every')) === 'every'

const deadlineOf = ({ window, reportBy }: Pick<CreateExperiment, 'window' | 'reportBy'>): string =>
  reportBy ?? (requireDurationMs(window) > 0 ? window : usualReportBy)

/** The guardrail on silence that an experiment gets at its start: none where no metric is reported by every unit. */
export const completenessOf = (
  definition: Pick<CreateExperiment, 'metrics' | 'window' | 'reportBy'>,
  metrics: ReadonlyMap<string, Pick<MetricDefinition, 'kind' | 'reports'>>,
): Frozen['completeness'] => {
  const every = definition.metrics.some(({ metric }) => {
    const found = metrics.get(metric)
    return found !== undefined && isReportedByEvery(found)
  })
  return every ? { margin: tolerated, reportBy: deadlineOf(definition) } : undefined
}

/** Should every unit report in this experiment? Decided at its start. */
export const reportsEvery = ({ frozen }: Pick<ExperimentFacts, 'frozen'>): boolean => frozen?.completeness !== undefined

/** Milliseconds after its exposure from which a unit without a report counts as silent. */
export const silentAfterMs = ({ definition, frozen }: Pick<ExperimentFacts, 'definition' | 'frozen'>): number =>
  requireDurationMs(frozen?.completeness?.reportBy ?? deadlineOf(definition))

/** When all units of an epoch have had their time to report, milliseconds since 1970; Infinity while it is open. */
export const reportableAt = (experiment: Pick<ExperimentFacts, 'definition' | 'frozen'>, { endedAt }: Pick<EpochData, 'endedAt'>): number =>
  endedAt === null ? Infinity : endedAt.getTime() + silentAfterMs(experiment)

/** Epochs whose units have all had their time to report, in order. */
export const reportableEpochs = ({ experiment, epochs, now }: Pick<AnalysisInput, 'experiment' | 'epochs' | 'now'>): EpochData[] => {
  const endedBefore = now.getTime() - silentAfterMs(experiment)
  return epochs.filter(({ endedAt }) => endedAt !== null && endedAt.getTime() <= endedBefore)
}

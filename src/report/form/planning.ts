import { durationMs } from '../../core/define/duration.ts'
import type { CreateExperiment, MetricDefinition } from '../../core/define/definitions.ts'
import { isBinary } from '../../core/define/metric-nature.ts'
import { coverageAt, firstPosition } from '../../core/decide/position.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { Violation } from '../../errors.ts'
import { type Fields, rowsIn } from './fields.ts'

// What a form tells of the world beside the definition: traffic, and how the metrics are now. Fields `plan.unitsPerDay`,
// and per metric `baseline` and `spread`.

type Known = ReadonlyMap<string, MetricDefinition>
type Asked<T> = { request: T; problem: null } | { request: null; problem: Violation }

const number = (fields: Fields, name: string): number | undefined => {
  const told = fields[name]?.trim()
  return told === undefined || told === '' || Number.isNaN(Number(told)) ? undefined : Number(told)
}

const missing = (path: string, message: string): { request: null; problem: Violation } => ({ request: null, problem: { path, message } })

/** The fields of a form's row that tells of this metric. */
const rowOf = (fields: Fields, metric: string): string => {
  const index = Array.from({ length: rowsIn(fields, 'metrics') }, (_, at) => at).find((at) => fields[`metrics[${at}].metric`] === metric)
  return `metrics[${index ?? 0}]`
}

/** Towards the better, as a difference of the metric. */
const gain = ({ direction }: MetricDefinition, size: number): number => (direction === 'increase' ? size : -size)

const sharesOf = ({ variants, stages: [stage] }: CreateExperiment): number[] | null => {
  if (stage?.allocation !== 'fixed' || stage.weights === undefined) return null
  const { weights } = stage
  const shares = variants.toSorted((a, b) => Number(b.control ?? false) - Number(a.control ?? false)).map(({ key }) => weights[key] ?? 0)
  return shares.every((share) => share > 0 && share < 1) ? shares : null
}

/** The question to the calculator: how long until the first decision metric's smallest effect is found, at this traffic? */
export const powerQuestion = (definition: CreateExperiment, fields: Fields, known: Known): Asked<Record<string, unknown>> => {
  const decisive = definition.metrics.find(({ role }) => role === 'decision')
  const metric = decisive && known.get(decisive.metric)
  if (!decisive || !metric) return missing('metrics[0].metric', 'name a metric that decides: its effect is what takes time to find')
  const at = rowOf(fields, decisive.metric)
  const { policy, window, variants } = definition
  if (metric.kind === 'quantile') return missing(`${at}.metric`, 'how long a quantile takes cannot be said: take a share beyond a threshold')
  const [baseline, spread, unitsPerDay] = [number(fields, `${at}.baseline`), number(fields, `${at}.spread`), number(fields, 'plan.unitsPerDay')]
  const share = isBinary(metric)
  if (unitsPerDay === undefined) return missing('plan.unitsPerDay', 'how many come on a day?')
  if (share && baseline === undefined) return missing(`${at}.baseline`, 'what is it now? 0.1 is 10 of 100')
  if (!share && spread === undefined) return missing(`${at}.spread`, 'how far do values spread? Their standard deviation')
  const { goal } = policy
  const margin = decisive.margin === undefined ? { relativeMargin: decisive.relativeMargin } : { margin: decisive.margin }
  const shares = sharesOf(definition)
  const request = {
    kind: share ? 'conversion' : metric.kind, baseline, ...(share ? {} : { variance: (spread ?? 0) ** 2 }),
    ...(decisive.smallestEffect === undefined ? {} : { effect: gain(metric, decisive.smallestEffect) }),
    duration: policy.maxDuration, unitsPerDay, window, goal, direction: metric.direction, ...(goal === 'non-inferior' ? margin : {}),
    method: policy.method === 'bayesian' ? 'sequential' : policy.method,
    alpha: policy.alpha, coverage: coverageAt(definition, firstPosition),
    ...(shares ? { weights: shares } : { variants: variants.length }),
  }
  return { request: Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)), problem: null }
}

/** How the metrics are now, as the control of an experiment that has run has it; nothing where nobody reported one. */
export const baselinesOf = ({ metrics, variants }: CreateExperiment, report: Pick<Report, 'variants'>): Fields => {
  const control = variants.find((one) => one.control)?.key
  const known = report.variants.find(({ key }) => key === control)?.metrics ?? {}
  return Object.fromEntries(metrics.flatMap(({ metric }, index) => {
    const estimate = known[metric]?.estimate ?? null
    return estimate === null ? [] : [[`metrics[${index}].baseline`, String(Number(estimate.toPrecision(3)))]]
  }))
}

/** Which field a complaint of the calculator is about. */
export const powerField = (path: string, definition: CreateExperiment, fields: Fields): string => {
  const decisive = definition.metrics.find(({ role }) => role === 'decision')
  const at = rowOf(fields, decisive?.metric ?? '')
  const names: Record<string, string> = {
    baseline: `${at}.baseline`, variance: `${at}.spread`, effect: `${at}.smallestEffect`, margin: `${at}.harm`, relativeMargin: `${at}.harm`,
    unitsPerDay: 'plan.unitsPerDay', duration: 'policy.maxDuration', method: 'policy.method', alpha: 'policy.alpha', goal: 'policy.goal',
  }
  return names[path] ?? 'plan.unitsPerDay'
}

/** Of each world: some seconds where nothing else runs. The API runs more of them. */
const runs = 60

/** The questions to the simulator: what would this policy do if nothing differed, and if the effect were as hoped? */
export const simulationQuestions = (
  definition: CreateExperiment, fields: Fields, known: Known,
): Asked<{ same: Record<string, unknown>; hoped: Record<string, unknown> }> => {
  const unitsPerDay = number(fields, 'plan.unitsPerDay')
  if (unitsPerDay === undefined) return missing('plan.unitsPerDay', 'how many come on a day?')
  const truth: Record<string, { baseline: number; spread?: number }> = {}
  for (const { metric } of definition.metrics) {
    const found = known.get(metric)
    const at = rowOf(fields, metric)
    const [baseline, spread] = [number(fields, `${at}.baseline`), number(fields, `${at}.spread`)]
    if (baseline === undefined) return missing(`${at}.baseline`, 'what is it now? The simulation needs it of every metric')
    if (found && !isBinary(found) && spread === undefined) return missing(`${at}.spread`, 'how far do values spread? Their standard deviation')
    truth[metric] = { baseline, ...(spread === undefined || (found && isBinary(found)) ? {} : { spread }) }
  }
  const decisive = definition.metrics.find(({ role }) => role === 'decision')
  const metric = decisive && known.get(decisive.metric)
  const candidates = definition.variants.filter(({ control }) => !control).map(({ key }) => key)
  const first = candidates[0] ?? ''
  const effect = metric ? gain(metric, decisive.smallestEffect ?? 0) : 0
  const hoped = Object.fromEntries(Object.entries(truth).map(([name, one]) => [name, name === decisive?.metric ? { ...one, effects: { [first]: effect } } : one]))
  const base = { experiment: definition, traffic: { unitsPerDay }, runs, seed: 1 }
  return { request: { same: { ...base, truth }, hoped: { ...base, truth: hoped } }, problem: null }
}

/** Whole days of a duration for sentences, at least its tenths. */
export const daysOf = (iso: string): number => Math.round(((durationMs(iso) ?? 0) / 86_400_000) * 10) / 10

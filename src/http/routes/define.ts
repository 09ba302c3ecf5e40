import { CreateExperiment, type MetricDefinition } from '../../core/define/definitions.ts'
import { isBinary } from '../../core/define/metric-nature.ts'
import { planPower } from '../../core/power/plan.ts'
import { PowerRequest } from '../../core/power/request.ts'
import { SimulationRequest } from '../../core/simulate/request.ts'
import type { SimulationView } from '../../core/tell/views.ts'
import type { ControlPlane, Deps } from '../../deps.ts'
import { ServiceError, type Violation } from '../../errors.ts'
import { blank, candidateOf, cloneOf, definitionOf, fieldOf, fieldsOf } from '../../report/form/definition.ts'
import { type Fields, readFields } from '../../report/form/fields.ts'
import { baselinesOf, daysOf, powerField, powerQuestion, simulationQuestions } from '../../report/form/planning.ts'
import type { Reader } from '../../report/layout.ts'
import { define, type DefinePage } from '../../report/pages/define.ts'
import { draftOf } from '../../report/pages/form-fields.ts'
import { planned, type Planned } from '../../report/pages/planned.ts'
import { checkJson } from '../json.ts'
import { complaints } from '../pages/complaints.ts'
import type { Pages, Sent, Shown } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'
import { parse } from '../violations.ts'

type DefineDeps = { pages: Pages; control: ControlPlane } & Pick<Deps, 'plan' | 'reports' | 'now'>
type Editing = DefinePage['editing']

const many = { limit: 200, cursor: null }
const nothing: Planned = { plan: null, share: false, maxDays: 0, unit: 'unit', same: null, hoped: null, open: null }

const requireDefine = ({ defines }: Reader): void => {
  if (!defines) throw new ServiceError('scope_missing', 'this key lacks the scope "define"')
}

type Made = { fields: Fields; editing: Editing; violations?: readonly Violation[]; beside?: Planned; room?: Partial<DefinePage['room']>; problem?: string; status?: number }

/** The form, with what there is to choose from. */
const formPage = async ({ control }: DefineDeps, { fields, editing, violations = [], beside = nothing, room = {}, problem, status = 200 }: Made): Promise<Shown> => {
  const [models, metrics] = await Promise.all([control.models.list(many), control.metrics.list(many)])
  const chosen = models.items.find(({ key }) => key === fields['model'])
  const versions = chosen ? (await control.versions.list(chosen.key, many)).items.map(({ version }) => version) : []
  const content = define({
    ...draftOf(fields, violations, fieldOf), editing, models: models.items, metrics: metrics.items, versions, room: { variants: 0, metrics: 0, ...room },
    beside: planned(beside), json: JSON.stringify(candidateOf(fields).definition, null, 1),
    ...(problem === undefined ? {} : { problem }),
  })
  return { title: editing ? `Edit ${editing.key}` : 'New experiment', content, status }
}

/** What the form says, judged by the schema of the API. */
const judge = (fields: Fields): { definition: CreateExperiment; violations?: never } | { definition: null; violations: readonly Violation[] } => {
  const { definition, violations } = candidateOf(fields)
  if (violations.length > 0) return { definition: null, violations }
  try {
    checkJson(definition, ['audience'])
    return { definition: parse(CreateExperiment, definition, { form: 'invalid_body', meaning: 'invalid_definition' }) }
  } catch (error) {
    return { definition: null, violations: complaints(error) }
  }
}

const metricsOf = async ({ control }: DefineDeps): Promise<Map<string, MetricDefinition>> =>
  new Map((await control.metrics.list(many)).items.map((metric) => [metric.key, metric]))

/** Equal as JSON, whatever the order of its keys. */
const same = (one: unknown, other: unknown): boolean => {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value
  return JSON.stringify(one, sorted) === JSON.stringify(other, sorted)
}

/** How long a page waits for a simulation to be done, and how often it looks. */
const patience = { ms: 2_500, everyMs: 250 }

const settled = async ({ control }: DefineDeps, ids: readonly string[]): Promise<SimulationView[]> => {
  const deadline = performance.now() + patience.ms
  for (;;) {
    const views = await Promise.all(ids.map((id) => control.simulations.get(id)))
    if (views.every(({ state }) => state !== 'queued' && state !== 'running') || performance.now() > deadline) return views
    await new Promise((resolve) => setTimeout(resolve, patience.everyMs))
  }
}

/** Simulations of just this, where some were asked for before, else new ones where they are wanted. */
const simulated = async (deps: DefineDeps, sent: Sent, definition: CreateExperiment, fields: Fields, wanted: boolean): Promise<Partial<Planned> & { violations: readonly Violation[] }> => {
  const asked = simulationQuestions(definition, fields, await metricsOf(deps))
  if (asked.request === null) return { violations: wanted ? [asked.problem] : [] }
  const { overrides: _, ...experiment } = definition
  const told = [asked.request.same, asked.request.hoped].map((one) => SimulationRequest.safeParse({ ...one, experiment }))
  const requests = told.flatMap(({ data }) => (data ? [data] : []))
  if (requests.length < 2) return { violations: wanted ? [{ path: 'plan.unitsPerDay', message: 'must lie above 0 and at most 1e9' }] : [] }
  const before = (fields['plan.simulations'] ?? '').split(' ').filter((id) => id !== '')
  const known = await Promise.all(before.map((id) => deps.control.simulations.get(id).catch(() => null)))
  const stands = known.length === 2 && known.every((one, index) => one !== null && one.state !== 'cancelled' && same(one.request, requests[index]))
  if (!stands && !wanted) return { violations: [] }
  try {
    const ids: string[] = stands ? before : []
    if (!stands) for (const request of requests) ids.push((await deps.control.simulations.create(request, sent.principal.id)).id)
    const [first = null, second = null] = await settled(deps, ids)
    return { same: first, hoped: second, violations: [] }
  } catch (error) {
    // its complaints are of `experiment.metrics[0].metric` and of `truth.win.baseline`
    return { violations: complaints(error).map(({ path, message }) => ({ path: path.startsWith('experiment.') ? path.slice(11) : 'plan.unitsPerDay', message: path.startsWith('experiment.') ? message : `${path} ${message}` })) }
  }
}

/** What the experiment of a form would take and find. */
const worked = async (deps: DefineDeps, sent: Sent, definition: CreateExperiment, fields: Fields): Promise<{ beside: Planned; violations: readonly Violation[] }> => {
  const metrics = await metricsOf(deps)
  const decisive = metrics.get(definition.metrics.find(({ role }) => role === 'decision')?.metric ?? '')
  const base = { ...nothing, share: decisive !== undefined && isBinary(decisive), maxDays: daysOf(definition.policy.maxDuration), unit: definition.unit }
  const asked = powerQuestion(definition, fields, metrics)
  const { violations, ...simulations } = await simulated(deps, sent, definition, fields, sent.form.get('do') === 'simulate')
  if (asked.request === null) return { beside: { ...base, ...simulations }, violations: [asked.problem, ...violations] }
  try {
    const request = parse(PowerRequest, asked.request, { form: 'invalid_body', meaning: 'invalid_definition' })
    return { beside: { ...base, ...simulations, plan: await (deps.plan ?? planPower)(request) }, violations }
  } catch (error) {
    const told = complaints(error).map(({ path, message }) => ({ path: powerField(path, definition, fields), message }))
    return { beside: { ...base, ...simulations }, violations: [...told, ...violations] }
  }
}

/** A form that was sent: more room, an answer beside it, or a draft that is kept. */
const submitted = async (deps: DefineDeps, sent: Sent, editing: Editing, keep: (definition: CreateExperiment) => Promise<unknown>): Promise<Shown> => {
  const wanted = sent.form.get('do')
  const { revision: seen, ...fields } = readFields(sent.form)
  if (wanted === 'add-variant' || wanted === 'add-metric') {
    const list = wanted === 'add-variant' ? 'variants' : 'metrics'
    return formPage(deps, { fields, editing, room: { [list]: 1 } })
  }
  const { definition, violations } = judge(fields)
  if (definition === null) return formPage(deps, { fields, editing, violations, status: 422 })
  if (wanted !== 'create') return formPage(deps, { fields, editing, ...(await worked(deps, sent, definition, fields)) })
  if (editing && seen !== String(editing.revision)) {
    return formPage(deps, { fields, editing, status: 409, problem: 'Somebody changed this draft while you did. What you typed is kept here; send it once more, and it replaces theirs.' })
  }
  try {
    await keep(definition)
  } catch (error) {
    return formPage(deps, { fields, editing, violations: complaints(error), status: 422 })
  }
  return seeOther(`/experiments/${definition.key}`)
}

const editable = async ({ control }: DefineDeps, key: string) => {
  const experiment = await control.experiments.get(key)
  if (experiment.state !== 'draft') throw new ServiceError('immutable', `"${key}" is ${experiment.state.replace('_', ' ')}; only a draft can be changed: clone it under another key`)
  return experiment
}

/** Pages on which experiments are drafted, changed while they are drafts, and cloned: /experiments/new?from={key}. */
export const defineRoutes = (deps: DefineDeps): Route[] => [
  deps.pages.show('/experiments/new', 'Draft an experiment', async ({ reader, query }) => {
    requireDefine(reader)
    const from = query.get('from')
    if (from === null) return formPage(deps, { fields: blank(), editing: null })
    const { items } = await deps.control.experiments.list(many)
    const clone = cloneOf(definitionOf(await deps.control.experiments.get(from)), items.map(({ key }) => key))
    const report = await deps.reports.asOf(from, { time: new Date(deps.now()) })
    return formPage(deps, { fields: { ...fieldsOf(clone), ...(report && baselinesOf(clone, report)) }, editing: null })
  }),
  deps.pages.submit('/experiments/new', 'Create a draft', 'define', (sent) => submitted(deps, sent, null, deps.control.experiments.create)),
  deps.pages.show('/experiments/{key}/edit', 'Change a draft', async ({ reader, path }) => {
    requireDefine(reader)
    const experiment = await editable(deps, path['key'] ?? '')
    return formPage(deps, { fields: fieldsOf(definitionOf(experiment)), editing: { key: experiment.key, revision: experiment.revision } })
  }),
  deps.pages.submit('/experiments/{key}/edit', 'Change a draft', 'define', async (sent) => {
    const { key, revision } = await editable(deps, sent.path['key'] ?? '')
    return submitted(deps, sent, { key, revision }, (definition) => deps.control.experiments.replace(key, definition))
  }),
]

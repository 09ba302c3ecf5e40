import { type ExperimentDefinition, type ExperimentState, type MetricDefinition, PatchModel, VersionRecord } from '../define/definitions.ts'
import type { ModelView, VersionView } from '../tell/views.ts'
import type { Declared, DeclaredModel, DeclaredStep } from './declared.ts'
import { differencesOf } from './differences.ts'

/** What is there of what a declaration names, by key; what is not there is absent. */
export type DeclaredFacts = {
  metrics: ReadonlyMap<string, MetricDefinition>
  models: ReadonlyMap<string, { model: ModelView; versions: readonly VersionView[] }>
  experiments: ReadonlyMap<string, { definition: ExperimentDefinition; state: ExperimentState }>
}

/** A declaration whose experiments are as they would be stored: salts drawn, units hashed. */
export type StorableDeclared = Omit<Declared, 'experiments'> & { experiments?: readonly ExperimentDefinition[] }

const stepOf = (place: Pick<DeclaredStep, 'kind' | 'key' | 'at'>, fields: string[] | null, why: string | null): DeclaredStep => ({
  ...place,
  does: fields === null ? 'create' : fields.length === 0 ? 'nothing' : why === null ? 'change' : 'drift',
  fields: fields ?? [],
  why: fields !== null && fields.length > 0 ? why : null,
})

const picked = (from: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([name, value]) => names.includes(name) && value !== undefined))

/** What may change of a model, by name. */
export const modelSettings: readonly string[] = Object.keys(PatchModel.shape)
const recordNames = Object.keys(VersionRecord.shape)

/** Of a version as it is shown: only what was declared of it. */
export const recordOf = (version: VersionRecord): VersionRecord => picked(version, recordNames)

/** What a declaration says of a model is compared; what it leaves out is not. */
const modelFields = (declared: DeclaredModel, model: ModelView): { settings: string[]; fixed: string[] } => {
  const said = Object.keys(picked(declared, [...modelSettings, 'description', 'unit']))
  const differ = said.flatMap((name) => differencesOf(declared[name as keyof DeclaredModel], model[name as keyof ModelView]).map((path) => `${name}${path === '' || path.startsWith('[') ? path : `.${path}`}`))
  const isSetting = (path: string): boolean => modelSettings.includes(/^\w+/.exec(path)?.[0] ?? '')
  return { settings: differ.filter(isSetting), fixed: differ.filter((path) => !isSetting(path)) }
}

const modelSteps = (declared: DeclaredModel, index: number, there: DeclaredFacts['models']): DeclaredStep[] => {
  const at = `models[${index}]`
  const found = there.get(declared.key)
  const place = { kind: 'model', key: declared.key, at } as const
  const { settings, fixed } = found ? modelFields(declared, found.model) : { settings: [], fixed: [] }
  const own = stepOf(place, found ? [...fixed, ...settings] : null, fixed.length > 0 ? 'what a model is about does not change; take another key' : null)
  const versions = (declared.versions ?? []).map(({ version, ...record }, ordinal) => {
    const known = found?.versions.find((one) => one.version === version)
    const why = known?.firstTrafficAt ? 'the version has had traffic; declare another one' : null
    return stepOf({ kind: 'version', key: `${declared.key}/${version}`, at: `${at}.versions[${ordinal}]` }, known ? differencesOf(record, recordOf(known)) : null, why)
  })
  return [own, ...versions]
}

/**
 * What it takes to make a declaration true, in the order in which it is to be done: metrics, models with their versions,
 * experiments. Nothing is ever deleted, and no experiment started.
 */
export const planDeclared = ({ metrics = [], models = [], experiments = [] }: StorableDeclared, facts: DeclaredFacts): DeclaredStep[] => [
  ...metrics.map((metric, index) => {
    const known = facts.metrics.get(metric.key)
    return stepOf({ kind: 'metric', key: metric.key, at: `metrics[${index}]` }, known ? differencesOf(metric, known) : null, 'a metric means the same for ever; define another one')
  }),
  ...models.flatMap((model, index) => modelSteps(model, index, facts.models)),
  ...experiments.map((experiment, index) => {
    const known = facts.experiments.get(experiment.key)
    const why = known && known.state !== 'draft' ? `it is ${known.state}, and only a draft can be changed; clone it under another key` : null
    return stepOf({ kind: 'experiment', key: experiment.key, at: `experiments[${index}]` }, known ? differencesOf(experiment, known.definition) : null, why)
  }),
]

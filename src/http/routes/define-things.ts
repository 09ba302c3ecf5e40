import { CreateModel, CreateVersion, MetricDefinition } from '../../core/define/definitions.ts'
import type { ControlPlane } from '../../deps.ts'
import { ServiceError, type Violation } from '../../errors.ts'
import type { Fields } from '../../report/form/fields.ts'
import { metricOf, modelOf, versionOf } from '../../report/form/things.ts'
import type { Reader } from '../../report/layout.ts'
import { draftOf } from '../../report/pages/form-fields.ts'
import { newMetric, newModel, newVersion } from '../../report/pages/new-things.ts'
import { checkJson } from '../json.ts'
import { complaints } from '../pages/complaints.ts'
import type { Pages, Sent, Shown } from '../pages/pages.ts'
import { seeOther } from '../pages/respond.ts'
import type { Route } from '../route.ts'
import { parse } from '../violations.ts'

type ThingDeps = { pages: Pages; control: Pick<ControlPlane, 'models' | 'versions' | 'metrics'> }

const requireDefine = ({ defines }: Reader): void => {
  if (!defines) throw new ServiceError('scope_missing', 'this key lacks the scope "define"')
}

const modelPage = (fields: Fields, violations: readonly Violation[] = []): Shown =>
  ({ title: 'New model', content: newModel(draftOf(fields, violations, (path) => path || 'key')), status: violations.length > 0 ? 422 : 200 })

/** Of a metric, `threshold.above` is one field with its side. */
const metricPage = (fields: Fields, violations: readonly Violation[] = []): Shown => ({
  title: 'New metric', status: violations.length > 0 ? 422 : 200,
  content: newMetric(draftOf(fields, violations, (path) => path.replace(/^threshold\..*/, 'threshold') || 'key')),
})

const codes = { form: 'invalid_body', meaning: 'invalid_definition' } as const

/** What a form says, by the schema of the API; else what is wrong with it. */
const judged = <T>(work: () => T, at = ''): { value: T | null; violations: readonly Violation[] } => {
  try {
    return { value: work(), violations: [] }
  } catch (error) {
    return { value: null, violations: complaints(error).map(({ path, message }) => ({ path: `${at}${path}`, message })) }
  }
}

const fieldsIn = ({ form }: Sent): Fields => Object.fromEntries([...form].filter(([name]) => name !== 'do'))

/** All of it is judged before the first of it is made. */
const createModel = async ({ control }: ThingDeps, sent: Sent): Promise<Shown> => {
  const fields = fieldsIn(sent)
  if (sent.form.get('do') !== 'create') return modelPage(fields)
  const asked = modelOf(fields)
  const model = judged(() => parse(CreateModel, asked.model, codes))
  const versions = asked.versions.map(({ at, body }) => judged(() => {
    checkJson(body, ['payload'])
    return parse(CreateVersion, body, codes)
  }, `${at}.`))
  const [first, second] = versions.map(({ value }) => value?.version)
  const twice: Violation[] = first !== undefined && first === second ? [{ path: 'versions[1].version', message: 'is there twice' }] : []
  const violations = [...asked.violations, ...model.violations, ...versions.flatMap((one) => one.violations), ...twice]
  if (violations.length > 0 || model.value === null) return modelPage(fields, violations)
  try {
    await control.models.create(model.value)
  } catch (error) {
    return modelPage(fields, complaints(error))
  }
  for (const { value } of versions) if (value !== null) await control.versions.create(model.value.key, value)
  return seeOther(`/models/${model.value.key}`)
}

const createMetric = async ({ control }: ThingDeps, sent: Sent): Promise<Shown> => {
  const fields = fieldsIn(sent)
  if (sent.form.get('do') !== 'create') return metricPage(fields)
  const { value, violations } = judged(() => parse(MetricDefinition, metricOf(fields), codes))
  if (value === null) return metricPage(fields, violations)
  try {
    await control.metrics.create(value)
  } catch (error) {
    return metricPage(fields, complaints(error))
  }
  return seeOther(`/experiments/new`)
}

const versionPage = (model: string, fields: Fields, violations: readonly Violation[] = []): Shown => ({
  title: `New version of ${model}`, status: violations.length > 0 ? 422 : 200,
  content: newVersion(draftOf(fields, violations, (path) => (path === 'key' || path === '' ? 'version' : path.replace(/[.[].*/, ''))), model),
})

const createVersion = async ({ control }: ThingDeps, sent: Sent): Promise<Shown> => {
  const { key } = await control.models.get(sent.path['key'] ?? '')
  const fields = fieldsIn(sent)
  if (sent.form.get('do') !== 'create') return versionPage(key, fields)
  const asked = versionOf(fields)
  const { value, violations } = judged(() => {
    checkJson(asked.body, ['payload'])
    return parse(CreateVersion, asked.body, codes)
  })
  if (value === null || asked.violations.length > 0) return versionPage(key, fields, [...asked.violations, ...violations])
  try {
    await control.versions.create(key, value)
  } catch (error) {
    return versionPage(key, fields, complaints(error))
  }
  return seeOther(`/models/${key}#version-${encodeURIComponent(value.version)}`)
}

/** Pages on which models, their versions and metrics are defined, so that an experiment can follow. */
export const defineThingRoutes = (deps: ThingDeps): Route[] => [
  deps.pages.show('/models/new', 'Define a model', ({ reader }) => {
    requireDefine(reader)
    return modelPage({})
  }),
  deps.pages.submit('/models/new', 'Create a model', 'define', (sent) => createModel(deps, sent)),
  deps.pages.show('/models/{key}/versions/new', 'Define a further version', async ({ path, reader }) => {
    requireDefine(reader)
    return versionPage((await deps.control.models.get(path['key'] ?? '')).key, {})
  }),
  deps.pages.submit('/models/{key}/versions/new', 'Add a version', 'define', (sent) => createVersion(deps, sent)),
  deps.pages.show('/metrics/new', 'Define a metric', ({ reader }) => {
    requireDefine(reader)
    return metricPage({ kind: 'conversion', direction: 'increase' })
  }),
  deps.pages.submit('/metrics/new', 'Create a metric', 'define', (sent) => createMetric(deps, sent)),
]

import { CreateExperiment, type ExperimentDefinition, type ExperimentState, type MetricDefinition, PatchModel, type VersionRecord } from '../../core/define/definitions.ts'
import type { Declared, DeclaredStep } from '../../core/declare/declared.ts'
import { type DeclaredFacts, modelSettings, planDeclared, recordOf } from '../../core/declare/plan.ts'
import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import { isReal } from '../read/drills.ts'
import { hashOf } from './canonical.ts'
import { createExperiments, storable, type Surroundings } from './experiments.ts'
import { inside } from './inside.ts'
import { createMetrics } from './metrics.ts'
import { createModels } from './models.ts'
import { createVersions } from './versions.ts'

/** How a declaration is carried out. */
export type Application = {
  actor: string
  /** May the caller change what is served: a model's switch, watch and fallbacks? */
  operates: boolean
  /** The tag of the plan that somebody has seen; anything may have happened since, unless told. */
  expected: string | null
  /** Only find out what would happen, and whether it would succeed. */
  dryRun: boolean
}

/** `tag` changes with everything that the declaration names. */
export type AppliedDeclaration = { steps: DeclaredStep[]; tag: string; applied: boolean }

const all = { limit: 1_000_000, cursor: null }

/** As the present version of this program reads it: definitions lack what was not known when they were written. */
const readAnew = (definition: ExperimentDefinition): ExperimentDefinition => ({
  ...definition, ...CreateExperiment.safeParse(definition).data, salt: definition.salt,
})

const metricsOf = async (tx: TransactionSql, keys: readonly string[] | null): Promise<MetricDefinition[]> => {
  const rows = await tx<{ definition: MetricDefinition }[]>`
    select definition from metrics where (${keys === null} and ${isReal(tx, 'key')}) or key = any(${keys ?? []}) order by key collate "C"`
  return rows.map(({ definition }) => definition)
}

type ExperimentRow = { definition: ExperimentDefinition; state: ExperimentState }

const experimentsOf = async (tx: TransactionSql, keys: readonly string[] | null, lock = false): Promise<ExperimentRow[]> => {
  const rows = await tx<ExperimentRow[]>`
    select definition, state from experiments where (${keys === null} and ${isReal(tx, 'key')}) or key = any(${keys ?? []}) order by id ${lock ? tx`for update` : tx``}`
  return rows.map(({ definition, state }) => ({ definition: readAnew(definition), state }))
}

const modelsOf = async (tx: TransactionSql, keys: readonly string[] | null, lock = false) => {
  const named = await tx<{ key: string }[]>`
    select key from models where (${keys === null} and ${isReal(tx, 'key')}) or key = any(${keys ?? []}) order by key collate "C" ${lock ? tx`for update` : tx``}`
  const pool = inside(tx)
  const [models, versions] = [createModels(pool), createVersions(pool)]
  const found: { model: Awaited<ReturnType<typeof models.get>>; versions: Awaited<ReturnType<typeof versions.get>>[] }[] = []
  for (const { key } of named) found.push({ model: await models.get(key), versions: (await versions.list(key, all)).items })
  return found
}

const keysOf = (items: readonly { key: string }[] = []): string[] => items.map(({ key }) => key)

const factsOf = async (tx: TransactionSql, declared: Declared): Promise<DeclaredFacts> => {
  const models = await modelsOf(tx, keysOf(declared.models), true)
  const metrics = await metricsOf(tx, keysOf(declared.metrics))
  const experiments = await experimentsOf(tx, keysOf(declared.experiments), true)
  return {
    metrics: new Map(metrics.map((metric) => [metric.key, metric])),
    models: new Map(models.map((one) => [one.model.key, one])),
    experiments: new Map(experiments.map((one) => [one.definition.key, one])),
  }
}

const settingsOf = (declared: object, names: readonly string[]): PatchModel =>
  PatchModel.parse(Object.fromEntries(Object.entries(declared).filter(([name, value]) => names.includes(name) && value !== undefined)))

/** Of all that a plan is made from; checks, readiness and champions may come and go. */
const tagOf = ({ metrics, models, experiments }: DeclaredFacts): string => {
  const compared = [...models.values()].map(({ model: { key, description, unit, ...model }, versions }) => ({
    key, description, unit, settings: settingsOf(model, modelSettings),
    versions: versions.map((one) => ({ version: one.version, record: recordOf(one), served: one.firstTrafficAt !== null })),
  }))
  return hashOf([[...metrics], compared, [...experiments]]).slice(0, 32)
}

/** Ends a transaction that was only to be tried. */
class OnlyTried extends Error {}

/** Tell where in the declaration it was that something is wrong. */
const within = async <T>(at: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'unavailable') throw error
    const violations = error.violations.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message }))
    throw new ServiceError(error.code, `${at}: ${error.message}`, { violations: violations.length > 0 ? violations : [{ path: at, message: error.message }] })
  }
}

const driftOf = (steps: readonly DeclaredStep[]): ServiceError | null => {
  const drifted = steps.filter(({ does }) => does === 'drift')
  if (drifted.length === 0) return null
  const violations = drifted.flatMap(({ at, fields, why }) => fields.map((field) => ({ path: `${at}.${field}`, message: `differs from what is there; ${why}` })))
  return new ServiceError('drift', `${drifted.map(({ kind, key }) => `${kind} "${key}"`).join(', ')} cannot be made as declared`, { violations })
}

/** Everything that a team keeps in files, made true at once or not at all; and as files would say it. */
export const createDeclarations = (surroundings: Surroundings) => {
  const perform = async (tx: TransactionSql, declared: Declared, steps: readonly DeclaredStep[], { actor, operates }: Application): Promise<void> => {
    const pool = inside(tx)
    const [metrics, models, versions] = [createMetrics(pool), createModels(pool), createVersions(pool)]
    const experiments = createExperiments({ ...surroundings, pool })
    const stepAt = new Map(steps.map((step) => [step.at, step.does]))
    const each = async <T>(list: string, items: readonly T[] = [], work: (item: T, does: DeclaredStep['does'], at: string) => Promise<unknown>) => {
      for (const [index, item] of items.entries()) {
        const at = `${list}[${index}]`
        const does = stepAt.get(at) ?? 'nothing'
        await within(at, () => work(item, does, at))
      }
    }
    await each('metrics', declared.metrics, async (metric, does) => does === 'create' && metrics.create(metric))
    await each('models', declared.models, async (model, does, at) => {
      const { key, description, unit, watch, versions: declaredVersions } = model
      if (does === 'create') await models.create({ key, ...(description !== undefined && { description }), ...(unit !== undefined && { unit }), ...(watch && { watch }) })
      await each(`${at}.versions`, declaredVersions, async (version, doesIt) => {
        const { version: name, ...record } = version
        if (doesIt === 'create') await versions.create(key, version)
        if (doesIt === 'change') await versions.put(key, name, record)
      })
      // a new model has its watch already, and falls back to nothing until its versions are there
      const settings = settingsOf(model, does === 'create' ? modelSettings.filter((name) => name !== 'watch') : modelSettings)
      if (does === 'nothing' || Object.keys(settings).length === 0) return
      if (!operates) throw new ServiceError('scope_missing', 'this key lacks the scope "operate", which changes what is served')
      await models.patch(key, settings, actor)
    })
    await each('experiments', declared.experiments, async (experiment, does) => {
      if (does === 'create') await experiments.create(experiment)
      if (does === 'change') await experiments.replace(experiment.key, experiment)
    })
  }

  return {
    /**
     * Plan and carry out, in one transaction. A dry run does all of it and takes it back, so that whatever is wrong is told
     * before anything happens.
     *
     * @throws {ServiceError} drift, precondition_failed when something else is there than the plan was made from, or what is wrong with a part
     */
    apply: async (declared: Declared, application: Application): Promise<AppliedDeclaration> => {
      let result: AppliedDeclaration | undefined
      await surroundings.pool.begin(async (tx) => {
        const facts = await factsOf(tx, declared)
        const wanted = (declared.experiments ?? []).map((experiment) => storable(experiment, surroundings, facts.experiments.get(experiment.key)?.definition.salt))
        const steps = planDeclared({ ...declared, experiments: wanted }, facts)
        const tag = tagOf(facts)
        if (application.expected !== null && application.expected !== tag) {
          throw new ServiceError('precondition_failed', 'what is there has changed since this plan was made; make it anew')
        }
        const drift = driftOf(steps)
        if (drift && !application.dryRun) throw drift
        if (!drift) await perform(tx, declared, steps, application)
        result = { steps, tag, applied: !application.dryRun }
        if (application.dryRun) throw new OnlyTried()
      }).catch((error: unknown) => {
        if (!(error instanceof OnlyTried)) throw error
      })
      if (!result) throw new Error('a declaration was neither applied nor refused')
      return result
    },

    /** Everything that is there, or what belongs to one model, as a declaration that changes nothing. @throws {ServiceError} model_not_found */
    exported: (model: string | null): Promise<Declared> =>
      surroundings.pool.begin(async (tx) => {
        if (model !== null) await createModels(inside(tx)).get(model)
        const models = await modelsOf(tx, model === null ? null : [model])
        const experiments = (await experimentsOf(tx, null)).map(({ definition }) => definition).filter((one) => model === null || one.model === model)
        const used = new Set([...experiments.flatMap((one) => one.metrics.map(({ metric }) => metric)), ...models.flatMap((one) => one.model.watch.metrics ?? [])])
        return {
          metrics: (await metricsOf(tx, null)).filter(({ key }) => model === null || used.has(key)),
          models: models.map((one) => ({
            key: one.model.key, description: one.model.description, unit: one.model.unit,
            ...settingsOf(one.model, modelSettings),
            versions: one.versions.map((version) => ({ version: version.version, ...(recordOf(version) satisfies VersionRecord) })),
          })),
          experiments,
        }
      }),
  }
}

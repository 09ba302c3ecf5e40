import { invalid, notFound, ServiceError } from '../../errors.ts'
import type { CreateModel, ModelWatch, PatchModel, RegistryLink, VersionRecord } from '../../core/define/definitions.ts'
import type { Retrain } from '../../core/define/retrain.ts'
import type { RegistrySync } from '../../core/models/registry.ts'
import type { Undo } from '../../core/decide/ledger.ts'
import { undoOfModel } from '../../core/decide/undo.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { isReal } from '../read/drills.ts'
import { hashOf } from './canonical.ts'
import { appendEntry } from './ledger.ts'
import { pageOf, type PageRequest } from './pages.ts'
import { publish } from './publish.ts'
import { requireWatch, reopenWatches } from './watch.ts'

export type ModelRow = {
  id: number; key: string; description: string; unit: string; enabled: boolean; watch: ModelWatch; fallbacks: string[]; requires: string[]
  registry: RegistryLink | null; registrySync: RegistrySync | null; retrain: Retrain | null; champion: string | null; checkpoint: VersionRecord['checkpoint'] | null; createdAt: Date
}

const select = (tx: TransactionSql) => tx`
  select m.id, m.key, m.description, m.unit_type as unit, m.enabled, m.watch, m.fallbacks, m.requires, m.registry,
    m.registry_sync as "registrySync", m.retrain, v.version as champion, v.record->'checkpoint' as checkpoint,
    m.created_at as "createdAt"
  from models m left join versions v on v.id = m.champion`

const view = ({ key, description, unit, enabled, watch, fallbacks, requires, registry, registrySync, retrain, champion, checkpoint, createdAt }: ModelRow) => ({
  key, description, unit, enabled, watch, fallbacks, requires, registry, registrySync, retrain, champion, checkpoint, createdAt: createdAt.toISOString(),
})

/** @throws {ServiceError} model_not_found */
export const requireModel = async (tx: TransactionSql, key: string, lock = false): Promise<ModelRow> => {
  const [row] = await tx<ModelRow[]>`${select(tx)} where m.key = ${key} ${lock ? tx`for update of m` : tx``}`
  if (!row) throw notFound('model', key)
  return row
}

const requireFallbacks = async (tx: TransactionSql, model: ModelRow, fallbacks: string[]): Promise<void> => {
  const known = await tx<{ version: string }[]>`select version from versions where model = ${model.id} and version = any(${fallbacks})`
  const missing = fallbacks.findIndex((version) => !known.some((row) => row.version === version))
  if (missing >= 0) throw invalid('invalid_definition', `fallbacks[${missing}]`, `the model has no version "${fallbacks[missing]}"`)
}

/** An entry in the model's own chain: what changed outside of any experiment. */
export const tell = async (
  tx: TransactionSql, model: ModelRow, entry: { actor: string; action: string; reason: string; evidence: Record<string, unknown>; undo: Undo; rule?: string; mode?: 'auto' | 'manual' },
): Promise<void> => {
  const [clock] = await tx<{ now: Date }[]>`select moment() as now`
  await appendEntry(tx, { experiment: null, model: model.id }, {
    actor: entry.actor, action: entry.action, reason: entry.reason, evidence: entry.evidence, mode: entry.mode ?? 'manual', experiment: null,
    model: model.key, stage: 0, variant: null, rule: entry.rule ?? 'manual', status: 'applied', epochBefore: 0, epochAfter: 0, weightsBefore: [], weightsAfter: [],
    policyHash: hashOf({}), undo: entry.undo,
  }, clock!.now)
}

/** What a watch counts of each outcome; another one is counted in scopes of its own. */
const countedBy = ({ metrics = [], drift = [] }: ModelWatch): string => hashOf({ metrics, drift })

/** Models: named decision points, and which version each serves when no experiment says otherwise. */
export const createModels = (pool: Pool) => ({
  create: (model: CreateModel) =>
    pool.begin(async (tx) => {
      const [row] = await tx<{ id: number }[]>`
        insert into models (key, description, unit_type, watch, requires, registry, retrain)
        values (${model.key}, ${model.description ?? ''}, ${model.unit ?? 'user'}, ${tx.json((model.watch ?? {}) as never)}, ${model.requires ?? []},
          ${model.registry ? tx.json(model.registry) : null}, ${model.retrain ? tx.json(model.retrain) : null})
        on conflict (key) do nothing returning id`
      if (!row) throw new ServiceError('already_exists', `there is a model "${model.key}" already`)
      if (model.watch) await requireWatch(tx, model.watch)
      if (model.fallbacks?.length) throw invalid('invalid_definition', 'fallbacks', 'a new model has no versions to fall back to; set them later')
      await publish(tx)
      return view(await requireModel(tx, model.key))
    }),
  list: ({ limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => {
      const rows = await tx<ModelRow[]>`
        ${select(tx)} where ${isReal(tx, 'm.key')} and m.key > ${cursor ?? ''} collate "C" order by m.key collate "C" limit ${limit + 1}`
      return pageOf(rows, limit, view, ({ key }) => key)
    }),
  get: (key: string) => pool.begin(async (tx) => view(await requireModel(tx, key))),
  patch: (key: string, change: PatchModel, actor: string) =>
    pool.begin(async (tx) => {
      const model = await requireModel(tx, key, true)
      if (change.fallbacks) await requireFallbacks(tx, model, change.fallbacks)
      if (change.watch) await requireWatch(tx, change.watch)
      const { enabled, watch, fallbacks, requires, registry, retrain } = model
      const settings = { enabled, watch, fallbacks, requires, registry, retrain }
      const next = {
        enabled: change.enabled ?? enabled, watch: change.watch ?? watch, fallbacks: change.fallbacks ?? fallbacks, requires: change.requires ?? requires,
        registry: change.registry === undefined ? registry : change.registry,
        retrain: change.retrain === undefined ? retrain : change.retrain,
      }
      await tx`
        update models set enabled = ${next.enabled}, watch = ${tx.json(next.watch as never)}, fallbacks = ${next.fallbacks}, requires = ${next.requires},
          registry = ${next.registry ? tx.json(next.registry) : null}, retrain = ${next.retrain ? tx.json(next.retrain) : null},
          registry_sync = case when ${hashOf(next.registry) === hashOf(registry)} then registry_sync end
        where id = ${model.id}`
      if (change.watch && countedBy(change.watch) !== countedBy(model.watch)) {
        await reopenWatches(tx, { id: model.id, watch: change.watch })
      }
      const action = change.enabled === undefined || change.enabled === model.enabled ? 'configure' : change.enabled ? 'enable' : 'disable'
      await tell(tx, model, { actor, action, reason: `${action} model`, evidence: { before: settings, after: next }, undo: undoOfModel(key, { before: settings }) })
      await publish(tx)
      return view(await requireModel(tx, key))
    }),
})

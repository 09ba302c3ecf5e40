import { invalid, notFound, ServiceError } from '../../errors.ts'
import type { CreateModel, ModelWatch, PatchModel } from '../../core/definitions.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { hashOf } from './canonical.ts'
import { previousChampion, switchChampion } from './champion.ts'
import { appendEntry } from './ledger.ts'
import { after, pageOf, type PageRequest } from './pages.ts'
import { publish } from './publish.ts'

type ModelRow = {
  id: number; key: string; description: string; unit: string; enabled: boolean; watch: ModelWatch; fallbacks: string[]
  champion: string | null; championId: number | null; createdAt: Date
}

const select = (tx: TransactionSql) => tx`
  select m.id, m.key, m.description, m.unit_type as unit, m.enabled, m.watch, m.fallbacks, v.version as champion,
    m.champion as "championId", m.created_at as "createdAt"
  from models m left join versions v on v.id = m.champion`

const view = ({ id: _, championId: __, createdAt, ...model }: ModelRow) => ({ ...model, createdAt: createdAt.toISOString() })

const requireModel = async (tx: TransactionSql, key: string, lock = false): Promise<ModelRow> => {
  const [row] = await tx<ModelRow[]>`${select(tx)} where m.key = ${key} ${lock ? tx`for update of m` : tx``}`
  if (!row) throw notFound('model', key)
  return row
}

const versionOf = async (tx: TransactionSql, model: ModelRow, version: string): Promise<number> => {
  const [row] = await tx<{ id: number }[]>`select id from versions where model = ${model.id} and version = ${version}`
  if (!row) throw notFound('version', version)
  return row.id
}

const requireFallbacks = async (tx: TransactionSql, model: ModelRow, fallbacks: string[]): Promise<void> => {
  const known = await tx<{ version: string }[]>`select version from versions where model = ${model.id} and version = any(${fallbacks})`
  const missing = fallbacks.findIndex((version) => !known.some((row) => row.version === version))
  if (missing >= 0) throw invalid('invalid_definition', `fallbacks[${missing}]`, `the model has no version "${fallbacks[missing]}"`)
}

/** An entry in the model's own chain: what changed outside of any experiment. */
const tell = async (
  tx: TransactionSql, model: ModelRow, entry: { actor: string; action: string; reason: string; evidence: Record<string, unknown>; experiment?: string },
): Promise<void> => {
  const [clock] = await tx<{ now: Date }[]>`select moment() as now`
  await appendEntry(tx, { experiment: null, model: model.id }, {
    actor: entry.actor, action: entry.action, reason: entry.reason, evidence: entry.evidence, mode: 'manual', experiment: null,
    model: model.key, stage: 0, variant: null, rule: 'manual', status: 'applied', epochBefore: 0, epochAfter: 0, weightsBefore: [], weightsAfter: [],
    policyHash: hashOf({}),
  }, clock!.now)
}

/** Models: named decision points, and which version each serves when no experiment says otherwise. */
export const createModels = (pool: Pool) => ({
  create: (model: CreateModel) =>
    pool.begin(async (tx) => {
      const [row] = await tx<{ id: number }[]>`
        insert into models (key, description, unit_type, watch)
        values (${model.key}, ${model.description ?? ''}, ${model.unit ?? 'user'}, ${tx.json((model.watch ?? {}) as never)})
        on conflict (key) do nothing returning id`
      if (!row) throw new ServiceError('already_exists', `there is a model "${model.key}" already`)
      if (model.fallbacks?.length) throw invalid('invalid_definition', 'fallbacks', 'a new model has no versions to fall back to; set them later')
      await publish(tx)
      return view(await requireModel(tx, model.key))
    }),
  list: ({ limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => pageOf(
      await tx<ModelRow[]>`${select(tx)} where m.id > ${after(cursor)} order by m.id limit ${limit + 1}`, limit, view,
    )),
  get: (key: string) => pool.begin(async (tx) => view(await requireModel(tx, key))),
  patch: (key: string, change: PatchModel, actor = 'local') =>
    pool.begin(async (tx) => {
      const model = await requireModel(tx, key, true)
      if (change.fallbacks) await requireFallbacks(tx, model, change.fallbacks)
      const next = { enabled: change.enabled ?? model.enabled, watch: change.watch ?? model.watch, fallbacks: change.fallbacks ?? model.fallbacks }
      await tx`update models set enabled = ${next.enabled}, watch = ${tx.json(next.watch as never)}, fallbacks = ${next.fallbacks} where id = ${model.id}`
      const action = change.enabled === undefined || change.enabled === model.enabled ? 'configure' : change.enabled ? 'enable' : 'disable'
      await tell(tx, model, { actor, action, reason: `${action} model`, evidence: { before: { enabled: model.enabled, watch: model.watch, fallbacks: model.fallbacks }, after: next } })
      await publish(tx)
      return view(await requireModel(tx, key))
    }),
})

type HistoryRow = { seq: number; version: string; previous: string | null; actor: string; reason: string; experiment: string | null; at: Date }

const history = (tx: TransactionSql, model: number, before: number | null, limit: number) => tx<HistoryRow[]>`
  select h.seq, v.version, p.version as previous, h.actor, h.reason, e.key as experiment, h.at
  from champion_history h join versions v on v.id = h.version left join versions p on p.id = h.previous
    left join experiments e on e.id = h.experiment
  where h.model = ${model} and (${before}::int is null or h.seq < ${before}) order by h.seq desc limit ${limit}`

const championView = ({ at, ...row }: HistoryRow) => ({ ...row, at: at.toISOString() })

/** Champions: switched by people here, by experiments in their own transaction. */
export const createChampions = (pool: Pool) => {
  const set = async (tx: TransactionSql, model: ModelRow, version: number, reason: string, actor: string, action: string) => {
    await switchChampion(tx, { model: model.id, version, actor, reason, experiment: null })
    const [now] = await history(tx, model.id, null, 1)
    await tell(tx, model, { actor, action, reason, evidence: { version: now!.version, previous: now!.previous } })
    await publish(tx)
    return championView(now!)
  }
  return {
    set: (key: string, version: string, reason: string, actor: string) =>
      pool.begin(async (tx) => {
        const model = await requireModel(tx, key, true)
        if (model.champion === version) throw new ServiceError('conflict', `version "${version}" is the champion already`)
        return set(tx, model, await versionOf(tx, model, version), reason, actor, 'champion')
      }),
    rollback: (key: string, reason: string, actor: string) =>
      pool.begin(async (tx) => {
        const model = await requireModel(tx, key, true)
        const previous = await previousChampion(tx, model.id)
        if (previous === null) throw new ServiceError('conflict', 'there is no champion to go back to')
        return set(tx, model, previous, reason, actor, 'rollback')
      }),
    history: (key: string, { limit, cursor }: PageRequest) =>
      pool.begin(async (tx) => {
        const model = await requireModel(tx, key)
        const rows = await history(tx, model.id, cursor === null ? null : after(cursor), limit + 1)
        const shown = rows.slice(0, limit)
        return { items: shown.map(championView), next: rows.length > limit ? String(shown.at(-1)!.seq) : null }
      }),
  }
}

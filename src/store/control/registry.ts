import type { VersionRecord } from '../../core/define/definitions.ts'
import { driftWords, type LinkedModel, registeredVersion, type RegistryStore, type RegistrySync, type ResolveRegistry } from '../../core/models/registry.ts'
import { undoOfModel } from '../../core/decide/undo.ts'
import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { createChampions } from './champions.ts'
import { inside } from './inside.ts'
import { requireModel, tell } from './models.ts'
import { publish } from './publish.ts'

type Row = Omit<LinkedModel, 'champion'> & { version: string | null; record: VersionRecord | null }

const linked = (tx: TransactionSql, model: number | null) => tx<Row[]>`
  select m.id, m.registry->>'mlflow' as name, m.registry_sync as sync, v.version, v.record,
    coalesce(h.seq, 0) as seq, e.key as experiment,
    (select l.id from ledger l where l.experiment = h.experiment and l.action = 'promote' and l.status = 'applied' order by l.id desc limit 1) as decision
  from models m left join versions v on v.id = m.champion
    left join lateral (select seq, experiment from champion_history where model = m.id order by seq desc limit 1) h on true
    left join experiments e on e.id = h.experiment
  where m.registry is not null and (${model}::int is null or m.id = ${model}) order by m.id`

const write = async (tx: TransactionSql, model: number, sync: Omit<RegistrySync, 'at'>): Promise<void> => {
  const [clock] = await tx<{ now: Date }[]>`select moment() as now`
  await tx`update models set registry_sync = ${tx.json({ ...sync, at: clock!.now.toISOString() })} where id = ${model}`
}

/** What the model's own chain tells of its registry: that it drifted, and that it is in line again. Nothing else is news. */
const turned = (before: RegistrySync | null, after: Omit<RegistrySync, 'at'>): string | null => {
  if (after.status === 'drift' && (before?.status !== 'drift' || before.observed !== after.observed)) return `${driftWords(after)}; nothing was overwritten.`
  return after.status === 'synced' && before?.status === 'drift' ? 'The registry is in line with the champion again.' : null
}

/** How registries elsewhere stand to the champions here. */
export const createRegistryStore = (pool: Pool): RegistryStore => ({
  linked: () =>
    pool.begin(async (tx) => {
      const rows = await linked(tx, null)
      return rows.map(({ version, record, ...row }) => ({ ...row, champion: version !== null && record ? { version, record } : null }))
    }),
  keep: (model, sync) =>
    pool.begin(async (tx) => {
      const [key] = await tx<{ key: string }[]>`select key from models where id = ${model.id}`
      if (!key) return
      const row = await requireModel(tx, key.key, true)
      const [now] = await linked(tx, model.id)
      // switched, unlinked or resolved meanwhile: what was found out was about something else
      if (!now || now.seq !== model.seq || now.name !== model.name || now.sync?.at !== model.sync?.at) return
      await write(tx, model.id, sync)
      const news = turned(model.sync, sync)
      if (news) await tell(tx, row, { actor: 'engine', action: 'registry', reason: news, evidence: { ...sync }, undo: undoOfModel(row.key, {}) })
    }),
})

/** What a person says after somebody moved the alias in the registry. */
export const resolveRegistry = (pool: Pool, key: string, { keep, reason }: ResolveRegistry, actor: string) =>
  pool.begin(async (tx) => {
    const model = await requireModel(tx, key, true)
    const [row] = await linked(tx, model.id)
    const { sync } = row ?? { sync: null }
    if (!row || sync?.status !== 'drift') throw new ServiceError('conflict', `the registry of "${key}" has not drifted`)
    const { observed } = sync
    // what it says now is known, so that ours may be written over it
    if (keep === 'ours') await write(tx, model.id, { status: 'pending', written: observed, observed, error: null })
    else {
      const versions = await tx<{ version: string; record: VersionRecord }[]>`select version, record from versions where model = ${model.id}`
      const theirs = versions.find(({ record }) => observed !== null && registeredVersion(record, row.name) === observed)
      if (!theirs) throw new ServiceError('conflict', `version ${observed ?? 'none'} of the registry is none of ours; import it first`)
      await createChampions(inside(tx)).set(key, theirs.version, reason, actor)
      await write(tx, model.id, { status: 'synced', written: observed, observed, error: null })
    }
    await tell(tx, model, { actor, action: 'registry', reason, evidence: { keep, ...sync }, undo: undoOfModel(key, {}) })
    await publish(tx)
  })

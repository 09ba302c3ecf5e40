import { notFound, ServiceError } from '../../errors.ts'
import type { VersionLock } from '../../core/models/champion.ts'
import type { CreateVersion, ModelWatch, VersionRecord } from '../../core/define/definitions.ts'
import type { VersionView } from '../../core/tell/views.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { checksOf } from '../read/gates.ts'
import { after, pageOf, type PageRequest } from './pages.ts'
import { publish } from './publish.ts'
import { openWatch } from './watch.ts'

type VersionRow = {
  id: number; version: string; model: string; record: VersionRecord; createdAt: Date; firstTrafficAt: Date | null; lock: VersionLock | null
  checks: Omit<VersionView['checks'][number], 'required'>[]; requires: string[]; continues: string | null; readyAt: Date | null
}

const select = (tx: TransactionSql) => tx`
  select v.id, v.version, m.key as model, v.record, v.created_at as "createdAt", v.first_traffic_at as "firstTrafficAt", v.lock,
    v.ready_at as "readyAt", to_json(m.requires) as requires,
    (select p.version from versions p where p.model = v.model and p.id <> v.id and p.record->'checkpoint'->>'id' = v.record->'checkpoint'->>'parent'
      order by p.id < v.id desc, p.id desc limit 1) as continues,
    ${checksOf(tx, tx`select unnest(m.requires) union all select name from version_checks where version = v.id`)} as checks
  from versions v join models m on m.id = v.model`

const view = ({ version, model, record, createdAt, firstTrafficAt, lock, checks, requires, continues, readyAt }: VersionRow): VersionView => ({
  ...record, version, model, createdAt: createdAt.toISOString(), firstTrafficAt: firstTrafficAt?.toISOString() ?? null, lock,
  checks: checks.map((one) => ({ ...one, required: requires.includes(one.name) })),
  continues, readyAt: readyAt?.toISOString() ?? null,
})

/** @throws {ServiceError} model_not_found, version_not_found */
export const requireVersion = async (tx: TransactionSql, model: string, version: string): Promise<VersionRow> => {
  const [row] = await tx<VersionRow[]>`${select(tx)} where m.key = ${model} and v.version = ${version}`
  if (row) return row
  const [known] = await tx`select 1 from models where key = ${model}`
  throw known ? notFound('version', version) : notFound('model', model)
}

/** Versions: immutable once they have had traffic. Each has a scope of its own in which champion traffic is counted. */
export const createVersions = (pool: Pool) => ({
  create: (key: string, { version, ...record }: CreateVersion) =>
    pool.begin(async (tx) => {
      const [model] = await tx<{ id: number; watch: ModelWatch }[]>`select id, watch from models where key = ${key} for update`
      if (!model) throw notFound('model', key)
      const [known] = await tx`select 1 from versions where model = ${model.id} and version = ${version}`
      if (known) throw new ServiceError('already_exists', `"${key}" has a version "${version}" already`)
      const scope = await openWatch(tx, model)
      await tx`
        with made as (
          insert into versions (model, version, record, watch_scope)
          values (${model.id}, ${version}, ${tx.json(record as never)}, ${scope}) returning id
        )
        update scopes set version = made.id from made where scopes.id = ${scope}`
      return view(await requireVersion(tx, key, version))
    }),
  put: (key: string, version: string, record: VersionRecord) =>
    pool.begin(async (tx) => {
      const row = await requireVersion(tx, key, version)
      const [written] = await tx`
        update versions set record = ${tx.json(record as never)},
          changed_at = case when record = ${tx.json(record as never)} then changed_at else moment() end where id = ${row.id} and first_traffic_at is null returning id`
      if (!written) throw new ServiceError('immutable', `version "${version}" has had traffic and cannot change; add another version`)
      await publish(tx)
      return view(await requireVersion(tx, key, version))
    }),
  list: (key: string, { limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => {
      const [model] = await tx`select 1 from models where key = ${key}`
      if (!model) throw notFound('model', key)
      const rows = await tx<VersionRow[]>`${select(tx)} where m.key = ${key} and v.id > ${after(cursor)} order by v.id limit ${limit + 1}`
      return pageOf(rows, limit, view, ({ id }) => id)
    }),
  get: (key: string, version: string) => pool.begin(async (tx) => view(await requireVersion(tx, key, version))),
  ready: (key: string, version: string, ready: boolean) =>
    pool.begin(async (tx) => {
      const { id } = await requireVersion(tx, key, version)
      await tx`update versions set ready_at = case when ${ready} then coalesce(ready_at, moment()) end where id = ${id}`
      return view(await requireVersion(tx, key, version))
    }),
})

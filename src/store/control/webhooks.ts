import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { pageOf, type PageRequest } from './pages.ts'

/** Webhooks that there may be; each costs a delivery per decision. */
const most = 100

type Row = {
  id: string; url: string; description: string; events: string[]; enabled: boolean
  disabledBecause: 'asked' | 'gone' | 'failing' | null; failingSince: Date | null; previousUntil: Date | null; createdBy: string; createdAt: Date
}

export type NewWebhook = Pick<Row, 'id' | 'url' | 'description' | 'events' | 'createdBy'> & { secret: string }

/** Absent fields stay. A new secret leaves the old one in force for `keepMs` milliseconds. */
export type WebhookChange = Partial<Pick<Row, 'url' | 'description' | 'events' | 'enabled'>> & { secret?: { sealed: string; keepMs: number } }

const columns = (sql: TransactionSql) => sql`
  id, url, description, events, enabled, disabled_because as "disabledBecause", failing_since as "failingSince",
  case when previous_until > moment() then previous_until end as "previousUntil", created_by as "createdBy", created_at as "createdAt"`

const view = ({ failingSince, previousUntil, createdAt, ...row }: Row) => ({
  ...row,
  failingSince: failingSince?.toISOString() ?? null,
  previousSecretUntil: previousUntil?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
})

const missing = (id: string): ServiceError => new ServiceError('not_found', `there is no webhook "${id}"`)

/** The webhook's row, locked: whoever changes a webhook and its deliveries locks the webhook first. */
export const lockWebhook = async (tx: TransactionSql, id: string): Promise<Row> => {
  const [row] = await tx<Row[]>`select ${columns(tx)} from webhooks where id = ${id} for no key update`
  if (!row) throw missing(id)
  return row
}

/** Nothing more is sent; what waits is cancelled, and can be replayed when the webhook is enabled again. */
export const disableWebhook = async (tx: TransactionSql, id: string, because: NonNullable<Row['disabledBecause']>): Promise<void> => {
  await tx`update webhooks set enabled = false, disabled_because = ${because} where id = ${id}`
  await tx`update webhook_deliveries set state = 'cancelled', ended_at = moment() where webhook = ${id} and state = 'waiting'`
}

/** Webhooks as their callers see them; secrets come sealed, and are never read here. */
export const createWebhooks = (pool: Pool) => ({
  create: ({ id, url, description, events, secret, createdBy }: NewWebhook) =>
    pool.begin(async (tx) => {
      const [known] = await tx<{ count: number }[]>`select count(*)::int as count from webhooks`
      if ((known?.count ?? 0) >= most) throw new ServiceError('conflict', `there are ${most} webhooks already; delete one first`)
      const [row] = await tx<Row[]>`
        insert into webhooks (id, url, description, events, secret, created_by)
        values (${id}, ${url}, ${description}, ${events}, ${secret}, ${createdBy}) returning ${columns(tx)}`
      return view(row!)
    }),
  get: (id: string) =>
    pool.begin(async (tx) => {
      const [row] = await tx<Row[]>`select ${columns(tx)} from webhooks where id = ${id}`
      if (!row) throw missing(id)
      return view(row)
    }),
  list: ({ limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => {
      const rows = await tx<Row[]>`
        select ${columns(tx)} from webhooks where id > ${cursor ?? ''} collate "C" order by id collate "C" limit ${limit + 1}`
      return pageOf(rows, limit, view, ({ id }) => id)
    }),
  change: (id: string, { url, description, events, enabled, secret }: WebhookChange) =>
    pool.begin(async (tx) => {
      const row = await lockWebhook(tx, id)
      await tx`
        update webhooks set url = ${url ?? row.url}, description = ${description ?? row.description}, events = ${events ?? row.events},
          failing_since = case when ${url ?? row.url} = url then failing_since end where id = ${id}`
      if (secret) {
        await tx`
          update webhooks set previous_secret = secret, previous_until = moment() + ${`${secret.keepMs} milliseconds`}::interval,
            secret = ${secret.sealed} where id = ${id}`
      }
      if (enabled === true && !row.enabled) {
        await tx`update webhooks set enabled = true, disabled_because = null, failing_since = null where id = ${id}`
      }
      if (enabled === false && row.enabled) await disableWebhook(tx, id, 'asked')
      const [changed] = await tx<Row[]>`select ${columns(tx)} from webhooks where id = ${id}`
      return view(changed!)
    }),
  /** False when there is no such webhook. Its deliveries go with it. */
  remove: (id: string): Promise<boolean> =>
    pool.run(async (sql) => (await sql`delete from webhooks where id = ${id} returning id`).length === 1),
  /** Seal every secret anew that `anew` has another text for; null leaves it. */
  reseal: (anew: (sealed: string) => string | null): Promise<void> =>
    pool.begin(async (tx) => {
      const rows = await tx<{ id: string; secret: string; previous: string | null }[]>`
        select id, secret, previous_secret as previous from webhooks order by id for update`
      for (const { id, secret, previous } of rows) {
        const next = { secret: anew(secret), previous: previous === null ? null : anew(previous) }
        if (next.secret === null && next.previous === null) continue
        await tx`update webhooks set secret = ${next.secret ?? secret}, previous_secret = ${next.previous ?? previous} where id = ${id}`
      }
    }),
})

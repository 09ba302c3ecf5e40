import { randomUUID } from 'node:crypto'
import { type AttemptResult, type DeliveryState, type EventType, eventTypeOf, testNotification } from '../../core/tell/notification.ts'
import type { LedgerEntry } from '../../core/decide/ledger.ts'
import { ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { before, pageOf, type PageRequest } from './pages.ts'
import { lockWebhook } from './webhooks.ts'

type AttemptRow = {
  number: number; at: string; result: AttemptResult; ms: number | null; status: number | null; error: string | null; response: string | null
}
type Row = {
  id: number; message: string; body: LedgerEntry | null; decision: number | null; state: DeliveryState; dueAt: Date
  createdAt: Date; endedAt: Date | null; attempts: AttemptRow[]
}

/** How a message is called outside: the header `webhook-id`. */
export const messageId = (message: string): string => `msg_${message.replaceAll('-', '')}`

const typeOf = (body: LedgerEntry | null): EventType => (body === null ? 'webhook.test' : eventTypeOf(body))

const view = ({ message, body, dueAt, createdAt, endedAt, attempts, ...row }: Row) => ({
  ...row,
  message: messageId(message),
  type: typeOf(body),
  nextAt: row.state === 'waiting' ? dueAt.toISOString() : null,
  createdAt: createdAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
  attempts: attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
})

/** Deliveries of one webhook, the newest first; a test's message has no entry of the ledger as its body. */
const select = (tx: TransactionSql, webhook: string, only: { id?: number; below?: number | null; state?: DeliveryState | undefined; limit: number }) => tx<Row[]>`
  select d.id, o.message, case when o.ledger is null then null else o.body end as body, o.ledger as decision, d.state,
    d.due_at as "dueAt", d.created_at as "createdAt", d.ended_at as "endedAt",
    coalesce((
      select jsonb_agg(jsonb_build_object('number', a.number, 'at', a.at, 'result', a.result, 'ms', a.ms, 'status', a.status,
        'error', a.error, 'response', a.response) order by a.number)
      from webhook_attempts a where a.delivery = d.id), '[]') as attempts
  from webhook_deliveries d join outbox o on o.id = d.outbox
  where d.webhook = ${webhook} and (${only.id ?? null}::bigint is null or d.id = ${only.id ?? null}::bigint)
    and (${only.below ?? null}::bigint is null or d.id < ${only.below ?? null}::bigint)
    and (${only.state ?? null}::text is null or d.state = ${only.state ?? null}::text)
  order by d.id desc limit ${only.limit}`

/** The log of deliveries as callers see it, and what they may ask for: a test, and sending something once more. */
export const createWebhookLog = (pool: Pool) => ({
  list: (webhook: string, { limit, cursor }: PageRequest, state?: DeliveryState) =>
    pool.begin(async (tx) => {
      const [known] = await tx`select 1 from webhooks where id = ${webhook}`
      if (!known) throw new ServiceError('not_found', `there is no webhook "${webhook}"`)
      return pageOf(await select(tx, webhook, { below: before(cursor), state, limit: limit + 1 }), limit, view, ({ id }) => id)
    }),
  /** A message for this webhook alone, whatever events it wants. */
  test: (webhook: string) =>
    pool.begin(async (tx) => {
      const { enabled } = await lockWebhook(tx, webhook)
      if (!enabled) throw new ServiceError('conflict', 'the webhook is disabled; enable it first')
      const message = randomUUID()
      const [clock] = await tx<{ now: Date }[]>`select moment() as now`
      const body = testNotification(messageId(message), clock!.now.toISOString())
      const [row] = await tx<{ id: number }[]>`
        with told as (
          insert into outbox (topic, body, message, payload, told_at)
          values ('webhook.test', ${tx.json(body as never)}, ${message}, ${JSON.stringify(body)}, moment()) returning id)
        insert into webhook_deliveries (webhook, outbox) select ${webhook}, id from told returning id`
      return view((await select(tx, webhook, { id: row!.id, limit: 1 }))[0]!)
    }),
  /** Send it again now, with all retries; one that is being sent just now stays as it is. */
  replay: (webhook: string, delivery: number) =>
    pool.begin(async (tx) => {
      const { enabled } = await lockWebhook(tx, webhook)
      if (!enabled) throw new ServiceError('conflict', 'the webhook is disabled; enable it first')
      await tx`
        update webhook_deliveries set state = 'waiting', tries = 0, due_at = moment(), ended_at = null, claim = null, claimed_until = null
        where id = ${delivery} and webhook = ${webhook} and (claimed_until is null or claimed_until < clock_timestamp())`
      const [row] = await select(tx, webhook, { id: delivery, limit: 1 })
      if (!row) throw new ServiceError('not_found', `the webhook has no delivery ${delivery}`)
      return view(row)
    }),
})

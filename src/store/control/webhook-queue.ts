import { randomUUID } from 'node:crypto'
import { type AttemptResult, eventTypeOf, notificationOf, wants } from '../../core/tell/notification.ts'
import type { LedgerEntry } from '../../core/decide/ledger.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { messageId } from './webhook-log.ts'
import { disableWebhook, lockWebhook } from './webhooks.ts'

/** Messages handed out in one transaction. */
const batch = 50
/** Deliveries of one webhook that are under way at once; one that fails gets them one by one. */
const [most, mostFailing] = [4, 1]
/** Longer than any attempt may take: afterwards its process is taken for dead. */
const claimFor = '60 seconds'
/** Without a single success for as long, a webhook is disabled. */
const patience = '5 days'
/** What was told is kept as long. */
const keepFor = '30 days'

type Hook = { id: string; events: string[]; createdAt: Date }
type Untold = {
  id: number; body: LedgerEntry; ledger: number; createdAt: Date
  analysis: { id: number; at: string; summary: Report['summary'] } | null
}

/** An entry's message, and the report that its decision cites, as it stood. */
const untold = (tx: TransactionSql) => tx<Untold[]>`
  select o.id, o.body, o.ledger, o.created_at as "createdAt",
    case when a.id is not null then jsonb_build_object('id', a.id, 'at', a.report->'asOf', 'summary', a.report->'summary') end as analysis
  from outbox o
  left join analyses a on a.id = case when jsonb_typeof(o.body->'evidence'->'analysis') = 'number' then (o.body->'evidence'->>'analysis')::bigint end
  where o.told_at is null and o.ledger is not null order by o.id limit ${batch} for update of o skip locked`

const handOut = async (tx: TransactionSql, { id, body, ledger, createdAt, analysis }: Untold, hooks: readonly Hook[]): Promise<void> => {
  const type = eventTypeOf(body)
  const receivers = hooks.filter((hook) => hook.createdAt <= createdAt && wants(hook.events, type)).map((hook) => hook.id)
  const message = randomUUID()
  const payload = receivers.length === 0 ? null : JSON.stringify(notificationOf(messageId(message), body, ledger, analysis))
  await tx`update outbox set told_at = moment(), message = ${message}, payload = ${payload} where id = ${id}`
  if (receivers.length > 0) await tx`insert into webhook_deliveries (webhook, outbox) select id, ${id}::bigint from webhooks where id = any(${receivers}) order by id`
}

/** A delivery that this process is to send, now. */
export type Claimed = {
  delivery: number; claim: string; number: number; tries: number; webhook: string; url: string
  message: string; payload: string; secret: string; previous: string | null
}

type Reported = { result: AttemptResult; ms: number; status: number | null; error: string | null; response: string | null }
type Next = { state: 'delivered' } | { state: 'failed' } | { state: 'waiting'; inMs: number }

/** What is due and nobody's, the longest due first; rows that another process has its eyes on are left to it. */
const claimDue = (tx: TransactionSql, free: number) => tx<Omit<Claimed, 'number'>[]>`
  with picked as (
    select d.id from webhooks w cross join lateral (
      select id, due_at from webhook_deliveries
      where webhook = w.id and state = 'waiting' and due_at <= moment() and (claimed_until is null or claimed_until < clock_timestamp())
      order by due_at, id
      limit greatest(0, case when w.failing_since is null then ${most}::int else ${mostFailing}::int end - (
        select count(*) from webhook_deliveries where webhook = w.id and claim is not null and claimed_until > clock_timestamp()))
      for update skip locked) d
    where w.enabled order by d.due_at, d.id limit ${free})
  update webhook_deliveries d
  set claim = gen_random_uuid(), claimed_until = clock_timestamp() + ${claimFor}::interval, tries = tries + 1
  from picked p, webhooks w, outbox o where d.id = p.id and w.id = d.webhook and o.id = d.outbox
  returning d.id as delivery, d.claim, d.tries, w.id as webhook, w.url, o.message, o.payload, w.secret,
    case when w.previous_until > moment() then w.previous_secret end as previous`

/** Webhooks as the process sees them that sends. Nothing here is held while something is sent. */
export const createWebhookQueue = (pool: Pool) => ({
  /**
   * Render what was decided and hand it out to the webhooks that want it, each message once over all processes.
   * @returns true when there may be more
   */
  handOut: (): Promise<boolean> =>
    pool.begin(async (tx) => {
      const rows = await untold(tx)
      if (rows.length === 0) return false
      const hooks = await tx<Hook[]>`select id, events, created_at as "createdAt" from webhooks where enabled order by id for key share`
      for (const row of rows) await handOut(tx, row, hooks)
      return rows.length === batch
    }),
  /** Take up to `free` deliveries that are due. The log has the attempt before anything is sent. */
  claim: (free: number): Promise<Claimed[]> =>
    pool.begin(async (tx) => {
      const rows = await claimDue(tx, free)
      if (rows.length === 0) return []
      const ids = rows.map(({ delivery }) => delivery)
      await tx`
        update webhook_attempts set result = 'unknown', error = 'the process that sent it has died' where delivery = any(${ids}) and result = 'sending'`
      const numbers = await tx<{ delivery: number; number: number }[]>`
        insert into webhook_attempts (delivery, number)
        select d, 1 + (select count(*) from webhook_attempts a where a.delivery = d) from unnest(${ids}::bigint[]) d
        returning delivery, number`
      const numberOf = new Map(numbers.map((one) => [one.delivery, one.number]))
      return rows.map((row) => ({ ...row, message: messageId(row.message), number: numberOf.get(row.delivery)! }))
    }),
  /**
   * Write down what became of an attempt, and what comes next. Whoever lost the claim meanwhile only adds to the log.
   * @returns why the webhook was disabled by it; null when it was not
   */
  settle: ({ delivery, claim, number, webhook }: Claimed, reported: Reported, next: Next): Promise<'gone' | 'failing' | null> =>
    pool.begin(async (tx) => {
      const [known] = await tx`select 1 from webhooks where id = ${webhook}`
      if (!known) return null
      const { enabled } = await lockWebhook(tx, webhook)
      const { result, ms, status, error, response } = reported
      await tx`
        update webhook_attempts set result = ${result}, ms = ${ms}, status = ${status}, error = ${error}, response = ${response}
        where delivery = ${delivery} and number = ${number}`
      const inMs = next.state === 'waiting' ? next.inMs : 0
      await tx`
        update webhook_deliveries set state = ${next.state}, claim = null, claimed_until = null,
          due_at = moment() + ${`${inMs} milliseconds`}::interval,
          tries = tries - ${result === 'interrupted' ? 1 : 0}, ended_at = case when ${next.state !== 'waiting'} then moment() end
        where id = ${delivery} and claim = ${claim} and (state = 'waiting' or ${next.state === 'delivered'})`
      if (result === 'interrupted' || !enabled) return null
      const [hook] = await tx<{ overdue: boolean }[]>`
        update webhooks set failing_since = case when ${result !== 'delivered'} then coalesce(failing_since, moment()) end
        where id = ${webhook} returning coalesce(failing_since < moment() - ${patience}::interval, false) as overdue`
      const because = status === 410 ? 'gone' : hook?.overdue ? 'failing' : null
      if (because !== null) await disableWebhook(tx, webhook, because)
      return because
    }),
  /** Seconds for which the oldest message has been waiting for all its receivers; 0 when none waits. */
  oldestSeconds: (): Promise<number> =>
    pool.run(async (sql) => {
      const [row] = await sql<{ seconds: number | null }[]>`
        select extract(epoch from moment() - least(
          (select min(created_at) from outbox where told_at is null and ledger is not null),
          (select min(created_at) from webhook_deliveries where state = 'waiting')))::float8 as seconds`
      return Math.max(0, row?.seconds ?? 0)
    }),
  /** Forget what was told long ago, with its log; what still waits stays. Answers whether there may be more. */
  tidy: (): Promise<boolean> =>
    pool.run(async (sql) => {
      const rows = await sql`
        delete from outbox where id in (
          select id from outbox o where told_at < moment() - ${keepFor}::interval
            and not exists (select from webhook_deliveries d where d.outbox = o.id and d.state = 'waiting')
          order by told_at limit 1000 for update skip locked)
        returning id`
      return rows.length === 1_000
    }),
})

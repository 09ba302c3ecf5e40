import { requireDurationMs } from '../../core/define/duration.ts'
import type { SignalDeclaration, VariantState } from '../../core/define/definitions.ts'
import { alarmKinds, type CreateSignal, type StoredAlarm } from '../../core/decide/signals.ts'
import type { SignalView } from '../../core/tell/views.ts'
import { invalid, notFound } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'

type SignalRow = Omit<SignalView, 'at' | 'expiresAt' | 'receivedAt'> & { at: Date; expiresAt: Date | null; receivedAt: Date }
type Subject = { experiment: string } | { model: string }

const select = (tx: TransactionSql) => tx`
  select e.key as experiment, m.key as model, nullif(s.variant, '') as variant, s.name, s.status, s.value, s.source, s.at,
    s.expires_at as "expiresAt", s.received_at as "receivedAt", s.actor
  from signals s left join experiments e on s.subject = 'experiment:' || e.id left join models m on s.subject = 'model:' || m.id`

const view = ({ at, expiresAt, receivedAt, ...row }: SignalRow): SignalView => ({
  ...row, at: at.toISOString(), expiresAt: expiresAt?.toISOString() ?? null, receivedAt: receivedAt.toISOString(),
})

type Found = { subject: string; model: number; variants: VariantState[] }

/** @throws {ServiceError} experiment_not_found, model_not_found */
const find = async (tx: TransactionSql, subject: Subject): Promise<Found> => {
  if ('experiment' in subject) {
    const [row] = await tx<Found[]>`select 'experiment:' || id as subject, model, variants from experiments where key = ${subject.experiment}`
    if (!row) throw notFound('experiment', subject.experiment)
    return row
  }
  const [row] = await tx<Found[]>`select 'model:' || id as subject, id as model, '[]'::jsonb as variants from models where key = ${subject.model}`
  if (!row) throw notFound('model', subject.model)
  return row
}

/** What experiments under way that the subject is about count on. */
const declaredOf = async (tx: TransactionSql, subject: string): Promise<SignalDeclaration[]> => {
  const [row] = await tx<{ signals: SignalDeclaration[] }[]>`
    select coalesce(jsonb_agg(one), '[]') as signals from experiments e, jsonb_array_elements(coalesce(e.definition->'signals', '[]')) one
    where e.state in ('running', 'paused', 'baking') and ${subject} in ('experiment:' || e.id, 'model:' || e.model)`
  return row!.signals
}

/** How far a sender's clock may be ahead of ours. */
const aheadMs = 300_000

/**
 * What other systems tell. Only the latest of each name is kept, and of alarms the last of each kind: what they led to is in
 * the ledger, where a hold begins and ends. The engine sees it at its next look, an alarm also where it was over before that.
 */
export const createSignals = (pool: Pool) => ({
  tell: (signal: CreateSignal, actor: string) =>
    pool.begin(async (tx) => {
      const { experiment, model, variant = '', name, value = null, status = 'ok', source = null, expiresIn } = signal
      const { subject, variants } = await find(tx, experiment === undefined ? { model: model ?? '' } : { experiment })
      if (variant !== '' && !variants.some(({ key }) => key === variant)) throw invalid('invalid_definition', 'variant', `there is no variant "${variant}"`)
      const [clock] = await tx<{ now: Date; received: Date }[]>`select moment() as now, clock_timestamp() as received`
      const at = signal.at === undefined ? clock!.now : new Date(signal.at)
      if (at.getTime() > clock!.now.getTime() + aheadMs) throw invalid('in_future', 'at', 'lies more than five minutes ahead')
      const expiresAt = expiresIn === undefined ? null : new Date(at.getTime() + requireDurationMs(expiresIn))
      const stored: StoredAlarm = { status, value, source, at: at.toISOString(), receivedAt: clock!.received.toISOString() }
      const kinds = alarmKinds({ name, variant: variant || null, status, value }, await declaredOf(tx, subject))
      const alarms = Object.fromEntries(kinds.map((kind) => [kind, stored]))
      const written = await tx`
        insert into signals as s (subject, variant, name, status, value, source, at, expires_at, actor, alarms)
        values (${subject}, ${variant}, ${name}, ${status}, ${value}, ${source}, ${at}, ${expiresAt}, ${actor}, ${tx.json(alarms)})
        on conflict (subject, variant, name) do update set status = excluded.status, value = excluded.value, source = excluded.source,
          at = excluded.at, expires_at = excluded.expires_at, received_at = excluded.received_at, actor = excluded.actor,
          alarms = s.alarms || excluded.alarms
        where excluded.at > s.at or excluded.at = s.at and (excluded.status, excluded.value) is distinct from (s.status, s.value)
        returning 1`
      const [row] = await tx<SignalRow[]>`${select(tx)} where s.subject = ${subject} and s.variant = ${variant} and s.name = ${name}`
      return { ...view(row!), changed: written.length > 0 }
    }),
  list: (of: Subject) =>
    pool.begin(async (tx) => {
      const { subject, model } = await find(tx, of)
      const rows = await tx<SignalRow[]>`
        ${select(tx)} where s.subject in (${subject}, ${`model:${model}`}) order by s.subject, s.name, s.variant limit 1000`
      return rows.map(view)
    }),
})

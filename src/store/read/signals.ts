import type { SignalFact, StoredAlarm } from '../../core/decide/signals.ts'
import type { TransactionSql } from '../client.ts'

/**
 * What other systems tell of this experiment and of its model, as it stands, in a fixed order; behind each the alarms that came
 * since the engine last began to look at everything: one that was over before it looks would be seen by nobody.
 */
export const readSignals = async (tx: TransactionSql, experiment: number): Promise<SignalFact[]> => {
  const rows = await tx<(SignalFact & { alarms: StoredAlarm[] })[]>`
    select name, nullif(variant, '') as variant, status, value, at, expires_at as "expiresAt", source, coalesce((
      select jsonb_agg(a.one order by a.kind) from jsonb_each(alarms) a(kind, one)
      where (a.one->>'receivedAt')::timestamptz > coalesce((select ticked_at from lease where name = 'engine'), '-infinity')), '[]') as alarms
    from signals where subject in (${`experiment:${experiment}`}, (select 'model:' || model from experiments where id = ${experiment}))
    order by subject, name, variant`
  return rows.flatMap(({ alarms, ...signal }) => [
    signal,
    ...alarms.map(({ status, value, source, at }): SignalFact =>
      ({ name: signal.name, variant: signal.variant, status, value, source, at: new Date(at), expiresAt: null, over: true })),
  ])
}

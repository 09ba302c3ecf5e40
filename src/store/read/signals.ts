import type { SignalFact } from '../../core/decide/signals.ts'
import type { TransactionSql } from '../client.ts'

/** What other systems tell of this experiment and of its model, as it stands, in a fixed order. */
export const readSignals = (tx: TransactionSql, experiment: number): Promise<SignalFact[]> =>
  tx<SignalFact[]>`
    select name, nullif(variant, '') as variant, status, value, at, expires_at as "expiresAt", source
    from signals where subject in (${`experiment:${experiment}`}, (select 'model:' || model from experiments where id = ${experiment}))
    order by subject, name, variant`

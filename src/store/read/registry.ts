import type { Alarm } from '../../core/decide/holds.ts'
import { driftWords, type RegistrySync } from '../../core/models/registry.ts'
import type { TransactionSql } from '../client.ts'

/** What the registry of an experiment's model speaks against: that somebody moved the champion there. */
export const readRegistryAlarms = async (tx: TransactionSql, experiment: number): Promise<Alarm[]> => {
  const rows = await tx<{ sync: RegistrySync }[]>`
    select m.registry_sync as sync from experiments e join models m on m.id = e.model
    where e.id = ${experiment} and m.registry_sync->>'status' = 'drift'`
  return rows.map(({ sync }) => ({ reason: 'registry_drift', variant: null, metric: null, text: driftWords(sync) }))
}

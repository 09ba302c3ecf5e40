import type { LockedVersion, SwitchKind } from '../../core/models/champion.ts'
import type { Sql, TransactionSql } from '../client.ts'

export type Switch = { model: number; version: number; actor: string; reason: string; experiment: number | null; kind: SwitchKind }

/**
 * Make a version its model's champion and write the history. The caller holds the model's row lock, which makes the
 * next `seq` its own.
 */
export const switchChampion = async (tx: TransactionSql, { model, version, actor, reason, experiment, kind }: Switch): Promise<void> => {
  await tx`
    insert into champion_history (model, seq, version, previous, actor, reason, experiment, kind)
    select ${model}, coalesce(max(h.seq), 0) + 1, ${version}, (select champion from models where id = ${model}), ${actor}, ${reason}, ${experiment}::int, ${kind}
    from champion_history h where h.model = ${model}`
  await tx`update models set champion = ${version} where id = ${model}`
  await tx`update versions set first_traffic_at = coalesce(first_traffic_at, moment()) where id = ${version}`
}

/** The versions of a model that may not become champion. */
export const lockedVersions = (sql: Sql | TransactionSql, model: number): Promise<LockedVersion[]> =>
  sql<LockedVersion[]>`
    select version, lock->>'at' as at, lock->>'actor' as actor, lock->>'reason' as reason, lock->>'experiment' as experiment
    from versions where model = ${model} and lock is not null order by id`

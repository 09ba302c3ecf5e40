import type { TransactionSql } from '../client.ts'

export type Switch = { model: number; version: number; actor: string; reason: string; experiment: number | null }

/**
 * Make a version its model's champion and write the history. The caller holds the model's row lock, which makes the
 * next `seq` its own.
 */
export const switchChampion = async (tx: TransactionSql, { model, version, actor, reason, experiment }: Switch): Promise<void> => {
  await tx`
    insert into champion_history (model, seq, version, previous, actor, reason, experiment)
    select ${model}, coalesce(max(h.seq), 0) + 1, ${version}, (select champion from models where id = ${model}), ${actor}, ${reason}, ${experiment}::int
    from champion_history h where h.model = ${model}`
  await tx`update models set champion = ${version} where id = ${model}`
  await tx`update versions set first_traffic_at = coalesce(first_traffic_at, moment()) where id = ${version}`
}

/** The version that served before the present champion; null when there was none. */
export const previousChampion = async (tx: TransactionSql, model: number): Promise<number | null> => {
  const [row] = await tx<{ previous: number | null }[]>`
    select previous from champion_history where model = ${model} order by seq desc limit 1`
  return row?.previous ?? null
}

import type { TransactionSql } from '../client.ts'

/** Something that nodes serve has changed: a greater version, told to whoever listens once this commits. */
export const publish = async (tx: TransactionSql): Promise<number> => {
  const [row] = await tx<{ version: number }[]>`update publication set version = version + 1 returning version`
  await tx`select pg_notify('contender_snapshot', ${String(row!.version)})`
  return row!.version
}

import type { LedgerEntry } from '../../core/ledger.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { hashOf } from './canonical.ts'

/** What stands before the first entry of a chain. */
const genesis = '0'.repeat(64)

export type NewEntry = Omit<LedgerEntry, 'chain' | 'seq' | 'at' | 'prevHash' | 'hash'>
export type Subject = { experiment: number | null; model: number }

const chainOf = ({ experiment, model }: Subject): string => (experiment === null ? `model:${model}` : `experiment:${experiment}`)

/**
 * Append one entry to the subject's chain. The caller holds the row lock of the subject, so that entries of one chain
 * never race. Answers the entry's global id.
 */
export const appendEntry = async (tx: TransactionSql, subject: Subject, entry: NewEntry, at: Date): Promise<number> => {
  const chain = chainOf(subject)
  const [last] = await tx<{ seq: number; hash: string }[]>`
    select seq, hash from ledger where chain = ${chain} order by seq desc limit 1`
  const body: Omit<LedgerEntry, 'hash'> = {
    ...entry, chain, seq: (last?.seq ?? 0) + 1, at: at.toISOString(), prevHash: last?.hash ?? genesis,
  }
  const hash = hashOf(body)
  const [row] = await tx<{ id: number }[]>`
    insert into ledger (experiment, model, chain, seq, at, actor, action, status, entry, prev_hash, hash)
    values (${subject.experiment}, ${subject.model}, ${chain}, ${body.seq}, ${at}, ${body.actor}, ${body.action},
      ${body.status}, ${tx.json({ ...body, hash } as never)}, ${body.prevHash}, ${hash})
    returning id`
  await tx`insert into outbox (topic, body, ledger) values (${`decision.${body.action}`}, ${tx.json({ ...body, hash } as never)}, ${row!.id})`
  return row!.id
}

export type LedgerRow = LedgerEntry & { id: number }

/** Newest first; `before` is the seq to go on from. */
export const readEntries = (pool: Pool, experiment: number, limit: number, before: number | null): Promise<LedgerRow[]> =>
  pool.run(async (sql) => {
    const rows = await sql<{ id: number; entry: LedgerEntry }[]>`
      select id, entry from ledger
      where experiment = ${experiment} and (${before}::int is null or seq < ${before}) order by seq desc limit ${limit}`
    return rows.map(({ id, entry }) => ({ ...entry, id }))
  })

export const readEntry = (pool: Pool, id: number): Promise<LedgerRow | null> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number; entry: LedgerEntry }[]>`select id, entry from ledger where id = ${id}`
    return row ? { ...row.entry, id: row.id } : null
  })

/** A place where a chain does not hold, in words. */
export type Break = { chain: string; seq: number; problem: string }

/** Recompute every hash and follow every chain. Empty when nobody has changed, removed or reordered an entry. */
export const verifyChains = (pool: Pool): Promise<{ entries: number; breaks: Break[] }> =>
  pool.run(async (sql) => {
    const rows = await sql<{ chain: string; seq: number; entry: LedgerEntry; prevHash: string; hash: string }[]>`
      select chain, seq, entry, prev_hash as "prevHash", hash from ledger order by chain, seq`
    const breaks: Break[] = []
    const heads = new Map<string, { seq: number; hash: string }>()
    for (const { chain, seq, entry, prevHash, hash } of rows) {
      const head = heads.get(chain) ?? { seq: 0, hash: genesis }
      const { hash: told, ...body } = entry
      const problem =
        seq !== head.seq + 1 ? `entry ${head.seq + 1} is missing`
          : prevHash !== head.hash || entry.prevHash !== head.hash ? 'does not follow the entry before it'
            : hashOf(body) !== hash || told !== hash ? 'was changed after it was written'
              : null
      if (problem) breaks.push({ chain, seq, problem })
      heads.set(chain, { seq, hash })
    }
    return { entries: rows.length, breaks }
  }, { deadlineMs: 600_000 })

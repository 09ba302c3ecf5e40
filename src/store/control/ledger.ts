import { drillAction } from '../../core/drills/drill.ts'
import { isRehearsal } from '../../core/drills/keys.ts'
import { type LedgerEntry, untold } from '../../core/decide/ledger.ts'
import type { Sql, TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { hashOf } from './canonical.ts'
import { damagedInputs, keepInputs, type Packed } from './inputs.ts'
import { missedByWitnesses } from './witnesses.ts'

/** What stands before the first entry of a chain. */
const genesis = '0'.repeat(64)

export type NewEntry = Omit<LedgerEntry, 'chain' | 'seq' | 'at' | 'prevHash' | 'hash' | 'form' | 'inputs'>
/** An experiment, else a model, else all of them: the daily entries. */
export type Subject = { experiment: number | null; model: number | null }

/** The chain of the daily entries. */
const days = 'days'

const chainOf = ({ experiment, model }: Subject): string => {
  if (experiment !== null) return `experiment:${experiment}`
  return model === null ? days : `model:${model}`
}

/**
 * Append one entry to the subject's chain. The caller holds the row lock of the subject, so that entries of one chain
 * never race. What was decided goes to the outbox; daily entries tell
 * nobody anything, and of drills only that one failed. Answers the entry's global id.
 *
 * @param inputs what it was decided from
 */
export const appendEntry = async (
  tx: TransactionSql, subject: Subject, entry: NewEntry, at: Date, inputs: Packed | null = null,
): Promise<number> => {
  const chain = chainOf(subject)
  const [last] = await tx<{ seq: number; hash: string }[]>`
    select seq, hash from ledger where chain = ${chain} order by seq desc limit 1`
  const body: Omit<LedgerEntry, 'hash'> = {
    ...untold, ...entry, form: 2, inputs: inputs?.hash ?? null, chain, seq: (last?.seq ?? 0) + 1, at: at.toISOString(), prevHash: last?.hash ?? genesis,
  }
  const hash = hashOf(body)
  const [row] = await tx<{ id: number }[]>`
    insert into ledger (experiment, model, chain, seq, at, actor, action, status, entry, prev_hash, hash)
    values (${subject.experiment}, ${subject.model}, ${chain}, ${body.seq}, ${at}, ${body.actor}, ${body.action},
      ${body.status}, ${tx.json({ ...body, hash } as never)}, ${body.prevHash}, ${hash})
    returning id`
  if (inputs) await keepInputs(tx, row!.id, inputs)
  if (chain === days || (isRehearsal(body.model) && !(body.action === drillAction && body.status === 'failed'))) return row!.id
  await tx`insert into outbox (topic, body, ledger) values (${`decision.${body.action}`}, ${tx.json({ ...body, hash } as never)}, ${row!.id})`
  return row!.id
}

export type LedgerRow = LedgerEntry & { id: number }

/** Newest first; `before` is the seq to go on from. Without `moves` those of traffic are left out. */
export const readEntries = (pool: Pool, experiment: number, limit: number, before: number | null, moves = true): Promise<LedgerRow[]> =>
  pool.run(async (sql) => {
    const rows = await sql<{ id: number; entry: LedgerEntry }[]>`
      select id, entry from ledger
      where experiment = ${experiment} and (${before}::int is null or seq < ${before})
        and (${moves} or action <> 'reallocate' or status <> 'applied') order by seq desc limit ${limit}`
    return rows.map(({ id, entry }) => ({ ...entry, id }))
  })

export const readEntry = (pool: Pool, id: number): Promise<LedgerRow | null> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number; entry: LedgerEntry }[]>`select id, entry from ledger where id = ${id}`
    return row ? { ...row.entry, id: row.id } : null
  })

/** A place where a chain does not hold, in words. */
export type Break = { chain: string; seq: number; problem: string }

type Kept = {
  chain: string; seq: number; at: Date; actor: string; action: string; status: string
  entry: LedgerEntry; prevHash: string; hash: string
}
type Head = { seq: number; hash: string }

/** What is wrong with a row that should follow `head`; null when it does. Columns only repeat what the entry says. */
const problemOf = ({ entry, prevHash, hash, ...row }: Kept, head: Head): string | null => {
  const { hash: told, ...body } = entry
  if (entry.form !== undefined && entry.form !== 2) return `is of form ${String(entry.form)}, which this version does not know`
  if (row.seq !== head.seq + 1) return `entry ${head.seq + 1} is missing`
  if (prevHash !== head.hash || entry.prevHash !== head.hash) return 'does not follow the entry before it'
  const repeats = entry.chain === row.chain && entry.seq === row.seq && entry.actor === row.actor && entry.action === row.action &&
    entry.status === row.status && entry.at === row.at.toISOString()
  return repeats && hashOf(body) === hash && told === hash ? null : 'was changed after it was written'
}

type Named = { chain: string; seq: number; day: string; found: boolean }

/** Entries that a daily entry names as the last of their chain, and that are not there, or not as they were. */
const missedHeads = (sql: Sql, chain: string | null): Promise<Named[]> =>
  sql<Named[]>`
    select distinct on (chain, seq) h.key as chain, (h.value->>0)::int as seq, d.entry->'evidence'->>'day' as day, l.hash is not null as found
    from ledger d
    cross join lateral jsonb_each(
      case when jsonb_typeof(d.entry->'evidence'->'heads') = 'object' then d.entry->'evidence'->'heads' else '{}' end) h
    left join ledger l on l.chain = h.key and l.seq = (h.value->>0)::int
    where d.chain = ${days} and (${chain}::text is null or h.key = ${chain}) and l.hash is distinct from h.value->>1
    order by chain, seq, d.seq`

const headBreak = ({ chain, seq, day, found }: Named): Break => ({
  chain,
  seq,
  problem: found ? `is not the entry that the daily entry of ${day} names` : `is missing, though the daily entry of ${day} names it as the last of its chain`,
})

/**
 * Recompute every hash and follow every chain, and look for what the daily entries name. Empty when nobody has changed,
 * removed or reordered an entry, nor what it was decided from, nor cut off the end of a chain that a daily entry or another
 * witness has seen.
 * @param chain only this one, `experiment:<id>`, `model:<id>` or `days`; all of them unless told
 */
export const verifyChains = (pool: Pool, chain: string | null = null): Promise<{ entries: number; breaks: Break[] }> =>
  pool.run(async (sql) => {
    const breaks: Break[] = []
    let entries = 0
    let head: Head & { chain: string | null } = { chain: null, seq: 0, hash: genesis }
    const rows = sql<Kept[]>`
      select chain, seq, at, actor, action, status, entry, prev_hash as "prevHash", hash from ledger
      where ${chain}::text is null or chain = ${chain} order by chain, seq`
    await rows.cursor(1_000, (some) => {
      for (const row of some) {
        if (row.chain !== head.chain) head = { chain: row.chain, seq: 0, hash: genesis }
        const problem = problemOf(row, head)
        if (problem) breaks.push({ chain: row.chain, seq: row.seq, problem })
        head = { chain: row.chain, seq: row.seq, hash: row.hash }
        entries += 1
      }
    })
    const missed = (await missedHeads(sql, chain)).map(headBreak)
    const told = new Set(missed.map((one) => `${one.chain} ${one.seq}`))
    const witnessed = (await missedByWitnesses(sql, chain)).filter((one) => !told.has(`${one.chain} ${one.seq}`))
    breaks.push(...(await damagedInputs(sql, chain)), ...missed, ...witnessed)
    return { entries, breaks }
  }, { deadlineMs: 600_000 })

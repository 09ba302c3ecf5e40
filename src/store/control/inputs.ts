import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { DecisionInputs } from '../../core/decide/inputs.ts'
import { fromKept, type Kept, toKept } from '../../core/analyze/kept-json.ts'
import type { Sql, TransactionSql } from '../client.ts'

/** SHA-256, 64 hex digits. */
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Parts are stored as they are: hundreds of them, each small and written once, would take longer to deflate than all the rest. */
const parsePart = (bytes: Uint8Array): Kept => JSON.parse(Buffer.from(bytes).toString()) as Kept
const expand = (bytes: Uint8Array): Kept => JSON.parse(inflateRawSync(bytes).toString()) as Kept

/**
 * A decision's inputs as they are stored: a body, and parts by their hash that other decisions of the experiment share.
 * Of a long experiment nearly all epochs are the same at the next look.
 */
export type Packed = { hash: string; body: Buffer; parts: ReadonlyMap<string, Buffer> }

/** Characters of JSON from which a member of a list is stored as a part. */
const leastPart = 256

export const packInputs = (inputs: DecisionInputs): Packed => {
  const parts = new Map<string, Buffer>()
  const cut = (kept: Kept): Kept => {
    if (kept === null || typeof kept !== 'object') return kept
    if (!Array.isArray(kept)) return Object.fromEntries(Object.entries(kept).map(([key, member]) => [key, cut(member)]))
    return kept.map((member) => {
      if (member === null || typeof member !== 'object' || Array.isArray(member)) return cut(member)
      const text = JSON.stringify(member)
      if (text.length < leastPart) return member
      const bytes = Buffer.from(text)
      const hash = sha256(bytes)
      parts.set(hash, bytes)
      return { $part: hash }
    })
  }
  const body = deflateRawSync(JSON.stringify(cut(toKept(inputs))))
  return { hash: sha256(body), body, parts }
}

/** Keep them beside the entry that names their hash, in its transaction. */
export const keepInputs = async (tx: TransactionSql, entry: number, { body, parts }: Packed): Promise<void> => {
  // in one order, so that two who store the same parts wait for each other but in one direction
  const ordered = [...parts].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const hex = (bytes: readonly (Buffer | string)[]): string => `{${bytes.map((one) => (typeof one === 'string' ? one : one.toString('hex'))).join()}}`
  await tx`
    insert into decision_parts (hash, body)
    select decode(hash, 'hex'), decode(body, 'hex')
    from unnest(${hex(ordered.map(([hash]) => hash))}::text[], ${hex(ordered.map(([, bytes]) => bytes))}::text[]) part(hash, body)
    on conflict (hash) do nothing`
  await tx`insert into decision_inputs (ledger, body) values (${entry}, ${body})`
}

/** Something that is not as it was stored: `found` is the hash of what is there, null when nothing is. */
export type Damage = { what: 'inputs' | 'part'; hash: string; found: string | null }

/** The part that stands here. What was kept never has a single member of that name: see `toKept`. */
const partOf = (kept: { [key: string]: Kept }): string | null => {
  const { $part: hash, ...others } = kept
  return typeof hash === 'string' && Object.keys(others).length === 0 ? hash : null
}

const partsIn = (kept: Kept): string[] => {
  if (kept === null || typeof kept !== 'object') return []
  if (Array.isArray(kept)) return kept.flatMap(partsIn)
  const part = partOf(kept)
  return part === null ? Object.values(kept).flatMap(partsIn) : [part]
}

const join = (kept: Kept, parts: ReadonlyMap<string, Kept>): Kept => {
  if (kept === null || typeof kept !== 'object') return kept
  if (Array.isArray(kept)) return kept.map((member) => join(member, parts))
  const part = partOf(kept)
  if (part !== null) return parts.get(part) ?? null
  return Object.fromEntries(Object.entries(kept).map(([key, member]) => [key, join(member, parts)]))
}

/** What is wrong with the stored inputs of an entry, and their parts where nothing is. */
const checkInputs = async (sql: Sql, hash: string, body: Uint8Array | null): Promise<{ damage: Damage[]; kept: Kept; parts: Map<string, Kept> }> => {
  const found = body && sha256(body)
  if (!body || found !== hash) return { damage: [{ what: 'inputs', hash, found }], kept: null, parts: new Map() }
  const kept = expand(body)
  const named = [...new Set(partsIn(kept))]
  const rows = await sql<{ hash: string; body: Uint8Array }[]>`
    select encode(hash, 'hex') as hash, body from decision_parts
    where hash in (select decode(one, 'hex') from unnest(${`{${named.join()}}`}::text[]) one)`
  const stored = new Map(rows.map((row) => [row.hash, row.body]))
  const damage = named.flatMap((name): Damage[] => {
    const bytes = stored.get(name)
    const is = bytes ? sha256(bytes) : null
    return is === name ? [] : [{ what: 'part', hash: name, found: is }]
  })
  return { damage, kept, parts: damage.length > 0 ? new Map() : new Map([...stored].map(([name, bytes]) => [name, parsePart(bytes)])) }
}

/** The inputs that an entry names, or what is not as it was stored. */
export const readInputs = async (sql: Sql, entry: number, hash: string): Promise<{ inputs: DecisionInputs } | { damage: Damage[] }> => {
  const [row] = await sql<{ body: Uint8Array }[]>`select body from decision_inputs where ledger = ${entry}`
  const { damage, kept, parts } = await checkInputs(sql, hash, row?.body ?? null)
  return damage.length > 0 ? { damage } : { inputs: fromKept(join(kept, parts)) as DecisionInputs }
}

const damageWords = ({ what, found }: Damage): string =>
  `${what === 'inputs' ? 'the stored inputs' : 'a part of the stored inputs'} ${found === null ? 'are missing' : 'were changed after they were written'}`

const atOnce = 100

/** Every entry whose stored inputs are not as they were. @param chain only of this one; of all unless told */
export const damagedInputs = async (sql: Sql, chain: string | null): Promise<{ chain: string; seq: number; problem: string }[]> => {
  const broken: { chain: string; seq: number; problem: string }[] = []
  for (let last = 0, more = true; more; ) {
    const rows = await sql<{ id: number; chain: string; seq: number; hash: string; body: Uint8Array | null }[]>`
      select l.id, l.chain, l.seq, l.entry->>'inputs' as hash, i.body from ledger l left join decision_inputs i on i.ledger = l.id
      where l.entry->>'inputs' is not null and (${chain}::text is null or l.chain = ${chain}) and l.id > ${last} order by l.id limit ${atOnce}`
    for (const row of rows) {
      const { damage: [first] } = await checkInputs(sql, row.hash, row.body)
      if (first) broken.push({ chain: row.chain, seq: row.seq, problem: damageWords(first) })
    }
    last = rows.at(-1)?.id ?? last
    more = rows.length === atOnce
  }
  return broken
}

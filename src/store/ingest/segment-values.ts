import { longestSegmentValue } from '../../core/analyze/observed.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import type { ExposureRow } from './rows.ts'

/** Values of a segment that are told apart at most; all others are one. */
export const mostSegmentValues = 20

/** Ids of a segment's values: any other one, and none at all. */
export const otherValue = 0
export const noValue = -1

type Values = Map<string, number>

/** Ids by scope and segment, as far as they are known here. An id, once given, stays. */
export type SegmentIds = Map<string, Values>

const mostKept = 10_000

type Asked = { scope: number; segment: number; value: string }

const nameOf = (scope: number, segment: number): string => `${scope}:${segment}`

/** @param index of the segment, from 0 */
export const segmentIdOf = (ids: SegmentIds, scope: number, index: number, value: string | null): number => {
  if (value === null) return noValue
  return ids.get(nameOf(scope, index + 1))?.get(value) ?? otherValue
}

/** Values without an id, where there are ids left. */
const unknownIn = (ids: SegmentIds, rows: readonly ExposureRow[]): Asked[] => {
  const asked = new Map<string, Asked>()
  for (const { scope, observed } of rows) {
    observed?.segments.forEach((value, index) => {
      if (value === null || value.length > longestSegmentValue) return
      const known = ids.get(nameOf(scope, index + 1))
      if (known && (known.has(value) || known.size >= mostSegmentValues)) return
      asked.set(`${scope}:${index}:${value}`, { scope, segment: index + 1, value })
    })
  }
  return [...asked.values()]
}

// The scope's row is locked first, so that ids are given one after the other and by everybody alike.
const lock = `select id from scopes where id in (select scope from jsonb_to_recordset($1::text::jsonb) t(scope int)) order by id for no key update`

const name = `
insert into segment_values (scope, segment, value, id)
select scope, segment, value, id from (
  select t.scope, t.segment, t.value, k.taken + row_number() over (partition by t.scope, t.segment order by t.value) id
  from jsonb_to_recordset($1::text::jsonb) t(scope int, segment smallint, value text)
  cross join lateral (select count(*) taken from segment_values where scope = t.scope and segment = t.segment) k
  where not exists (select from segment_values where scope = t.scope and segment = t.segment and value = t.value)
) fresh where id <= ${mostSegmentValues}`

const read = `
select v.scope, v.segment, v.value, v.id
from (select distinct scope, segment from jsonb_to_recordset($1::text::jsonb) t(scope int, segment smallint)) t
join segment_values v using (scope, segment)`

const keep = (ids: SegmentIds, known: readonly (Asked & { id: number })[]): void => {
  if (ids.size > mostKept) ids.clear()
  for (const { scope, segment, value, id } of known) {
    const values = ids.get(nameOf(scope, segment)) ?? new Map<string, number>()
    ids.set(nameOf(scope, segment), values.set(value, id))
  }
}

/**
 * Give the values of these exposures ids that stay the same for all nodes and for good: the first twenty of a segment
 * have their own. Asks for values that are new here, and locks only where they are new to all.
 */
export const learnSegments = async (pool: Pick<Pool, 'begin'>, rows: readonly ExposureRow[], ids: SegmentIds): Promise<void> => {
  const unknown = unknownIn(ids, rows)
  if (unknown.length === 0) return
  const reading = (tx: TransactionSql, asked: string) => tx.unsafe<(Asked & { id: number })[]>(read, [asked])
  keep(ids, await pool.begin((tx) => reading(tx, JSON.stringify(unknown))))
  const unnamed = unknownIn(ids, rows)
  if (unnamed.length === 0) return
  const asked = JSON.stringify(unnamed)
  const named = await pool.begin(async (tx) => {
    const [, , found] = await Promise.all([tx.unsafe(lock, [asked]), tx.unsafe(name, [asked]), reading(tx, asked)])
    return found
  })
  keep(ids, named)
}

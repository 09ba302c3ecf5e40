import type { Sql } from '../client.ts'
import type { Break } from './ledger.ts'

type Lost = { id: number; chain: string | null; seq: number | null; witness: string }

/** Entries that something else names by their id, and that are not there. */
const lostIds = (sql: Sql): Promise<Lost[]> => sql<Lost[]>`
  select w.ledger::int as id, min(w.chain) as chain, min(w.seq) as seq, min(w.witness) as witness
  from (
    select ledger, body->>'chain' as chain, (body->>'seq')::int as seq, '1 a message' as witness from outbox where ledger is not null
    union all select ledger, 'experiment:' || experiment, null, '2 a post-mortem' from post_mortems
    union all select signed_ledger, 'experiment:' || experiment, null, '2 a post-mortem' from post_mortems where signed_ledger is not null
    union all select ledger, null, null, '3 what it was decided from' from decision_inputs
  ) w
  where not exists (select from ledger l where l.id = w.ledger) group by w.ledger order by w.ledger`

/** Experiments whose last change of traffic has no entry. Those of the clock have none. */
const lostChanges = (sql: Sql): Promise<{ chain: string; seq: number; epoch: number }[]> => sql<{ chain: string; seq: number; epoch: number }[]>`
  select l.chain, l.seq + 1 as seq, e.epoch
  from (select experiment, max(epoch) as epoch from epochs where cause = 'action' group by experiment) e
  join (
    select experiment, min(chain) as chain, max(seq) as seq, max((entry->>'epochAfter')::int) as epoch
    from ledger where experiment is not null group by experiment
  ) l using (experiment)
  where e.epoch > l.epoch order by 1`

/** The day of the engine's last look, where the last daily entry is of an earlier one; an hour is granted around midnight. */
const lostDay = (sql: Sql): Promise<{ day: string; seq: number }[]> => sql<{ day: string; seq: number }[]>`
  select day, seq + 1 as seq
  from (select ((least(ticked_at, moment()) - interval '1 hour') at time zone 'UTC')::date::text as day from lease where name = 'engine' and ticked_at is not null) t,
    (select coalesce(max(entry->'evidence'->>'day'), '') as last, coalesce(max(seq), 0) as seq from ledger where chain = 'days') d
  where last < day`

/**
 * What was cut off the end of a chain since the last daily entry, which nothing in the chain tells: entries that messages,
 * post-mortems, stored inputs or changes of traffic still name, and daily entries that the engine must have written.
 *
 * @param chain only of this one, where the witness knows it; all unless told
 */
export const missedByWitnesses = async (sql: Sql, chain: string | null): Promise<Break[]> => {
  const ids = (await lostIds(sql)).map(({ id, chain: of, seq, witness }): Break => ({
    chain: of ?? 'unknown', seq: seq ?? 0, problem: `is missing (id ${id}), though ${witness.slice(2)} is there`,
  }))
  const named = new Set(ids.map((one) => `${one.chain} ${one.seq}`))
  const changes = (await lostChanges(sql)).map(({ chain: of, seq, epoch }): Break => ({
    chain: of, seq, problem: `is missing, though the traffic was changed by it or a later one (epoch ${epoch})`,
  }))
  const days = (await lostDay(sql)).map(({ day, seq }): Break => ({ chain: 'days', seq, problem: `is missing, though the engine looked on ${day}` }))
  const found = [...ids, ...changes.filter((one) => !named.has(`${one.chain} ${one.seq}`)), ...days]
  return chain === null ? found : found.filter((one) => one.chain === chain)
}

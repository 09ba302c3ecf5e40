import type { Pool } from '../pool.ts'
import { hashOf } from './canonical.ts'
import { appendEntry } from './ledger.ts'

type Day = { now: Date; today: string; told: boolean }

const readDay = (pool: Pool): Promise<Day | undefined> =>
  pool.run(async (sql) => {
    const [day] = await sql<Day[]>`
      with clock as (select moment() as now, (moment() at time zone 'UTC')::date::text as today)
      select now, today, coalesce(
        (select entry->'evidence'->>'day' >= today from ledger where chain = 'days' order by seq desc limit 1), false) as told
      from clock`
    return day
  })

/**
 * Once a day of UTC, by the database's clock: an entry that names the last entry of every chain there is. What was cut
 * off the end of a chain afterwards is missed there, as nothing inside the chain could tell. Answers the entry's id;
 * null when today's is written already, or when `fence` leads no more.
 */
export const chainHeads = async (pool: Pool, fence: number): Promise<number | null> => {
  const day = await readDay(pool)
  if (!day || day.told) return null
  return pool.begin(async (tx) => {
    const [leads] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
    if (!leads) return null
    const heads = await tx<{ chain: string; seq: number; hash: string }[]>`
      select c.chain, l.seq, l.hash
      from (select 'experiment:' || id as chain from experiments union all select 'model:' || id from models) c
      cross join lateral (select seq, hash from ledger where chain = c.chain order by seq desc limit 1) l order by 1`
    return appendEntry(tx, { experiment: null, model: null }, {
      actor: 'engine', mode: 'auto', experiment: null, model: null, stage: 0, action: 'heads', variant: null, rule: 'daily',
      reason: `the last entries of ${heads.length} chains on ${day.today}`, status: 'applied',
      undo: { text: 'It only names what is there.', calls: [] }, epochBefore: 0, epochAfter: 0, weightsBefore: [], weightsAfter: [], policyHash: hashOf({}),
      evidence: { day: day.today, heads: Object.fromEntries(heads.map(({ chain, seq, hash }) => [chain, [seq, hash]])) },
    }, day.now)
  })
}

import type { ChainCheck } from '../core/tell/views.ts'
import { notFound } from '../errors.ts'
import type { Pool } from '../store/connect.ts'
import { verifyChains } from '../store/control/ledger.ts'

/** As long as nothing was added, a chain is looked through again after this time. */
const trustedMs = 300_000
const mostKept = 1_000

/** Looks through the chain of one experiment. Answers are remembered until the chain grows, or some minutes have passed. */
export const createChainChecks = (pool: Pool) => {
  const kept = new Map<number, { head: string; at: number; check: ChainCheck }>()
  return async (key: string): Promise<ChainCheck> => {
    const [row] = await pool.run((sql) => sql<{ id: number; head: string | null; now: Date }[]>`
      select e.id, (select hash from ledger where chain = 'experiment:' || e.id order by seq desc limit 1) as head, moment() as now
      from experiments e where e.key = ${key}`)
    if (!row) throw notFound('experiment', key)
    const now = row.now.getTime()
    const known = kept.get(row.id)
    if (row.head === null) return { entries: 0, problems: [] }
    if (known && known.head === row.head && now - known.at < trustedMs) return known.check
    const { entries, breaks } = await verifyChains(pool, `experiment:${row.id}`)
    const check = { entries, problems: breaks.map(({ seq, problem }) => `entry ${seq} ${problem}`) }
    if (kept.size >= mostKept) kept.clear()
    kept.set(row.id, { head: row.head, at: now, check })
    return check
  }
}

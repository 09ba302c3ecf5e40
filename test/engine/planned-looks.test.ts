import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** One tick of an engine that was started just now: it remembers nothing but what is stored. */
const tickOnce = async (pool: Pool): Promise<void> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  const fence = (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
  await createTick({ store: createEngineStore(pool), log: quiet })(fence)
}

/** What was done; an entry that tells what was held back does nothing. */
const applied = async (pool: Pool, id: number) =>
  (await readEntries(pool, id, 10, null)).filter(({ status }) => status === 'applied')

const even = (units: number, better = 0) => [
  ...conversions(0, units / 2, units / 5, units / 20),
  ...conversions(1, units / 2, units / 5 + better, units / 20),
]

describeStores('planned looks', (store) => {
  it('are taken once, whichever process looks, and decide when a boundary is crossed', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'planned', { policy: { method: 'group-sequential', looks: 5 } }, [
      win,
      slow,
    ])
    const report = async () => (await createReports(pool).current('planned')).comparisons[0]
    await addCells(pool, scope, even(800))
    await tickOnce(pool)
    expect(await report()).toMatchObject({ verdict: 'INCONCLUSIVE', look: { taken: 0, planned: 5, nextAt: 1_000 } })

    await addCells(pool, scope, even(400, 20))
    await tickOnce(pool)
    const first = await report()
    expect(first).toMatchObject({ verdict: 'INCONCLUSIVE', look: { taken: 1, information: 0.24, nextAt: 2_000 } })

    await addCells(pool, scope, even(400, 190))
    await tickOnce(pool)
    await tickOnce(pool)
    expect(await report()).toEqual(first)

    await addCells(pool, scope, even(1_400, 300))
    await tickOnce(pool)
    expect(await report()).toMatchObject({ verdict: 'PASS', look: { taken: 2, information: 0.6, nextAt: null } })
    expect(await applied(pool, id)).toEqual([])

    // the guardrail passes, and new data comes: the promotion follows from the look that was taken
    await addCells(pool, scope, even(20_000))
    await tickOnce(pool)
    await addCells(pool, scope, even(20))
    await tickOnce(pool)
    expect(await applied(pool, id)).toMatchObject([{ action: 'promote', variant: 'qwen' }])
    expect(await report()).toMatchObject({ verdict: 'PASS', look: { taken: 2, information: 0.6 } })
  })

  it('refuse to call a fixed horizon before its end', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'horizon', { policy: { method: 'fixed' } }, [win, slow])
    await addCells(pool, scope, even(4_000, 400))
    await tickOnce(pool)
    const early = await createReports(pool).current('horizon')
    expect(early.comparisons[0]).toMatchObject({ verdict: 'INSUFFICIENT', pValue: null })
    expect(early.warnings).toContain('win, qwen against gemma: fixed horizon: 4,000 of 5,000 units.')
    await addCells(pool, scope, even(36_000, 3_600))
    await tickOnce(pool)
    await addCells(pool, scope, even(20))
    await tickOnce(pool)
    expect(await applied(pool, id)).toMatchObject([{ action: 'promote', variant: 'qwen' }])
  })

  it('that are planned by time are kept as they were taken, without any new data', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'timed', { policy: { method: 'fixed', plannedDuration: 'P400D', maxDuration: 'P900D' } }, [win, slow])
    const kept = async () => (await createReports(pool).series('timed', { limit: 10, cursor: null })).items
    await addCells(pool, scope, even(4_000, 400))
    await tickOnce(pool)
    await tickOnce(pool)
    expect(await kept()).toMatchObject([{ comparisons: [{ verdict: 'INSUFFICIENT', pValue: null }, {}] }])

    await pool.run((sql) => sql`update experiments set started_at = started_at - interval '400 days' where id = ${id}`)
    await tickOnce(pool)
    await tickOnce(pool)
    const items = await kept()
    expect(items).toHaveLength(2)
    expect(items.find(({ comparisons }) => comparisons[0]?.pValue !== null)).toMatchObject({ comparisons: [{ verdict: 'PASS' }, {}] })
    expect(await createReports(pool).current('timed')).toMatchObject({ analysis: expect.any(Number), comparisons: [{ verdict: 'PASS' }, {}] })
  })

  it('replays every decision of these tests to the very same entry', async () => {
    expect(await expectReplays(store.database.engine)).toBeGreaterThan(0)
  })
})

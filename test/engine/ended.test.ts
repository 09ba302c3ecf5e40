import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

/** As if somebody had stopped it at this many minutes before now, between two ticks. */
const stop = (pool: Pool, id: number, minutes = 0) =>
  pool.begin(async (tx) => {
    const ago = `${minutes} minutes`
    await tx`update epochs set ended_at = moment() - ${ago}::interval where experiment = ${id} and ended_at is null`
    await tx`update experiments set state = 'stopped', ended_at = moment() - ${ago}::interval, revision = revision + 1 where id = ${id}`
  })

/** Time passes: everything of this experiment lies further back. */
const pass = (pool: Pool, id: number, minutes: number) =>
  pool.begin(async (tx) => {
    const by = `${minutes} minutes`
    await tx`update experiments set started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval where id = ${id}`
    await tx`update epochs set started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval where experiment = ${id}`
    await tx`update analyses set at = at - ${by}::interval where experiment = ${id}`
  })

const seriesOf = async (pool: Pool, key: string) => (await createReports(pool).series(key, { limit: 50, cursor: null })).items
const latest = { time: new Date('2100-01-01') }

describeStores('an experiment that has ended', (store) => {
  it('is analysed though it was stopped before any tick saw it', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'unseen')
    await addCells(pool, scope, [...conversions(0, 100, 40, 0), ...conversions(1, 100, 50, 0)])
    await stop(pool, id)
    expect(await createReports(pool).asOf('unseen', latest)).toBeNull()
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    expect(await createReports(pool).asOf('unseen', latest)).toMatchObject({ state: 'stopped', units: 200 })
  })

  it('goes on in its series with outcomes that come until their window closes, then is left alone', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'windowed', { window: 'PT30M' })
    const engine = createEngineStore(pool)
    // rows are moved back instead of the clock: a time that the engine waits for has come as much earlier
    let ahead = 0
    const changes = async () => (await engine.changes()).map((one) => ({ ...one, now: new Date(one.now.getTime() + ahead) }))
    const tick = createTick({ store: { ...engine, changes }, log: quiet })
    const fence = await lead(pool)
    await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    await tick(fence)
    await stop(pool, id)
    await tick(fence)
    const outcome = (wins: number) => addCells(pool, scope, [{ variant: 1, metric: 1, n: 0, sx: wins, sy: 0 }])
    for (const minutes of [10, 10]) {
      await pass(pool, id, minutes)
      await outcome(5)
      await tick(fence)
      await tick(fence)
    }
    expect(await seriesOf(pool, 'windowed')).toHaveLength(4)
    const before = await createReports(pool).asOf('windowed', latest)
    expect(before).toMatchObject({ state: 'stopped', comparisons: [{ metric: 'win', verdict: 'INSUFFICIENT', immature: { units: 12_000 } }, { metric: 'slow' }] })

    // nobody reports any more: time alone brings the last numbers
    await pass(pool, id, 11)
    ahead = 11 * 60_000
    for (let count = 0; count < 3; count++) await tick(fence)
    expect(await createReports(pool).asOf('windowed', latest)).toMatchObject({ comparisons: [{ metric: 'win', verdict: 'PASS', immature: { units: 0 } }, { metric: 'slow' }] })
    expect(await seriesOf(pool, 'windowed')).toHaveLength(5)

    await pass(pool, id, 2)
    for (let count = 0; count < 4; count++) await tick(fence)
    expect((await createEngineStore(pool).changes()).map((one) => one.id)).not.toContain(id)
    expect(await seriesOf(pool, 'windowed')).toHaveLength(5)
    expect(await readEntries(pool, id, 10, null)).toEqual([])
  })

  it('without a window is read again only when an outcome comes, and an engine that comes later catches up', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'open-ended')
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    const fence = await lead(pool)
    await addCells(pool, scope, [...conversions(0, 100, 40, 0), ...conversions(1, 100, 50, 0)])
    await stop(pool, id)
    for (let count = 0; count < 4; count++) await tick(fence)
    expect((await createEngineStore(pool).changes()).map((one) => one.id)).not.toContain(id)
    await addCells(pool, scope, [{ variant: 1, metric: 1, n: 0, sx: 1, sy: 0 }])
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    const series = await seriesOf(pool, 'open-ended')
    expect(series).toHaveLength(2)
    expect(series[1]?.comparisons[0]?.difference.estimate).toBeCloseTo(0.11, 12)
    expect((await createReports(pool).current('open-ended')).analysis).toBe(series[1]?.analysis)
  })
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { seededRandom } from '../../stats/index.ts'
import type { MetricDefinition } from '../../src/core/define/definitions.ts'
import { planOf } from '../../src/core/analyze/metric-plan.ts'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { fadeEpochs } from '../../src/store/control/rest.ts'
import { connect, type Database, type Pool } from '../../src/store/connect.ts'
import { type Changeable, readChanges } from '../../src/store/read/changes.ts'
import { readExperiment } from '../../src/store/read/moments.ts'
import { ingestOn } from '../store/ingest/clients.ts'
import { play, randomHistory } from '../store/ingest/history.ts'
import type { World } from '../store/ingest/world.ts'
import { addCells, conversions, insertRunning, win } from '../support/experiment-rows.ts'
import { findDeadlocksSoon, freshDatabase } from '../support/postgres.ts'
import { until } from '../support/service.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

const engineOn = (pool: Pool) => createTick({ store: createEngineStore(pool), log: quiet })

/** The open epoch ends and the next begins, as often as told; each with units of both arms. */
const addEpochs = async (pool: Pool, { id, scope }: { id: number; scope: number }, from: number, to: number): Promise<void> => {
  await pool.begin(async (tx) => {
    await tx`update epochs set ended_at = moment() where experiment = ${id} and ended_at is null`
    await tx`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights, ended_at)
      select ${id}, n, ${scope}, 'clock', 1, '{0.5,0.5}', case when n < ${to} then moment() end from generate_series(${from}::int, ${to}) n`
    await tx`update experiments set epoch = ${to}, revision = revision + 1 where id = ${id}`
    await tx`
      insert into rollups (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
      select ${scope}, n, variant, metric, 0, 10, 5, 10, 5, 5, 10
      from generate_series(${from}::int, ${to}) n, generate_series(0, 1) variant, generate_series(0, 2) metric`
  })
}

const cellsPerEpoch = 6

/** What one look for changes finds, and how many roll-up rows the database touched for it. */
const costOf = (pool: Pool): Promise<{ changes: Changeable[]; rows: number }> =>
  pool.begin(async (tx) => {
    const touched = async (): Promise<number> => {
      const [read] = await tx<{ rows: number }[]>`
        select coalesce(seq_tup_read, 0)::int + coalesce(idx_tup_fetch, 0)::int as rows from pg_stat_xact_user_tables where relname = 'rollups'`
      return read?.rows ?? 0
    }
    const before = await touched()
    const changes = await readChanges({ run: async (work) => work(tx as never) })
    return { changes, rows: (await touched()) - before }
  })

describeStores('epochs at rest', (store) => {
  it('are not read again: without an outcome window a look costs what is open, however long the experiment ran', async () => {
    const pool = store.database.engine
    const running = await insertRunning(pool, 'long')
    await addEpochs(pool, running, 2, 201)
    const tick = engineOn(pool)
    const fence = await lead(pool)
    expect((await costOf(pool)).rows).toBeGreaterThanOrEqual(200 * cellsPerEpoch)
    for (let count = 0; count < 4; count++) await tick(fence)
    const settled = await costOf(pool)
    expect(settled.changes.find(({ id }) => id === running.id)?.awake.map(({ epoch }) => epoch)).toEqual([201])
    expect(settled.rows).toBe(cellsPerEpoch)
    expect(await tick(fence)).toMatchObject({ looked: 0, failed: 0 })

    await addCells(pool, running.scope, [{ epoch: 7, variant: 1, metric: 1, n: 1, sx: 1, sy: 1 }])
    const changed = await costOf(pool)
    expect(changed.changes.find(({ id }) => id === running.id)?.awake.map(({ epoch }) => epoch).toSorted()).toEqual([201, 7])
    expect(changed.rows).toBe(2 * cellsPerEpoch)
    expect(await tick(fence)).toMatchObject({ looked: 1 })
    for (let count = 0; count < 3; count++) expect(await tick(fence)).toMatchObject({ looked: 0 })
    expect((await costOf(pool)).rows).toBe(cellsPerEpoch)
  })

  it('wake with whatever changes, so that stored analyses and kept numbers are what a recount says', async () => {
    const pool = store.database.engine
    const running = await insertRunning(pool, 'random')
    await addEpochs(pool, running, 2, 8)
    const tick = engineOn(pool)
    const fence = await lead(pool)
    const reports = createReports(pool)
    const kept = new Map()
    const { uniform } = seededRandom(20_260_301)
    let last = 8
    for (let round = 0; round < 40; round++) {
      if (uniform() < 0.1) await addEpochs(pool, running, last + 1, ++last)
      if (uniform() < 0.5) {
        const epoch = 1 + Math.floor(uniform() * last)
        await addCells(pool, running.scope, conversions(Math.floor(uniform() * 2), 1 + Math.floor(uniform() * 5), 1, 0).map((cell) => ({ ...cell, epoch })))
      }
      await tick(fence)
      const fresh = await readExperiment(pool, running.id)
      expect((await readExperiment(pool, running.id, kept))?.epochs).toEqual(fresh?.epochs)
      const units = fresh?.epochs.reduce((sum, { arms }) => sum + arms.reduce((total, arm) => total + arm.units, 0), 0)
      expect(await reports.asOf('random', { time: new Date('2100-01-01') })).toMatchObject({ units })
    }
    expect(kept.size).toBeGreaterThan(4)
  })

  it('change as well where only a covariate, a segment or a sketch does', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'observed')
    const hashOf = async (): Promise<string | undefined> => (await readChanges(pool)).find((one) => one.id === id)?.awake[0]?.hash
    const hashes = [await hashOf()]
    const add = (table: string, columns: string, values: string) =>
      pool.run((sql) => sql.unsafe(`insert into ${table} (scope, epoch, variant, shard, ${columns}) values (${scope}, 1, 0, 0, ${values})`))
    for (const [table, columns, values] of [
      ['covariate_rollups', 'metric, n, su, suu, sxu, syu, sxv, syv', '1, 1, 2, 4, 0, 0, 0, 0'],
      ['segment_rollups', 'metric, segment, value, n, sx, sy, sxx, sxy, syy', '0, 1, 1, 1, 0, 0, 0, 0, 0'],
    ] as const) {
      await pool.run((sql) => sql`delete from awake_epochs where scope = ${scope}`)
      await add(table, columns, values)
      hashes.push(await hashOf())
    }
    await add('sketches', 'metric, bucket, count', '1, 7, 1') // never without a roll-up, which wakes
    hashes.push(await hashOf())
    expect(hashes).not.toContain(undefined)
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('are the leader’s to lay', async () => {
    const pool = store.database.engine
    const running = await insertRunning(pool, 'overtaken')
    await addEpochs(pool, running, 2, 3)
    const former = await lead(pool)
    await lead(pool)
    const tick = engineOn(pool)
    for (let count = 0; count < 4; count++) await tick(former)
    const awake = (await readChanges(pool)).find(({ id }) => id === running.id)?.awake
    expect(awake?.map(({ epoch }) => epoch).toSorted()).toEqual([1, 2, 3])
  })
})

describe('epochs that change while they fade', () => {
  let database: Database & { url: string }
  beforeAll(async () => {
    const url = await freshDatabase(inject('postgresUrl'))
    await findDeadlocksSoon(url)
    database = Object.assign(await connect({ databaseUrl: url }), { url })
  })
  afterAll(() => database.close())

  it('never rest before a transaction that began earlier has ended, and its outcomes are analysed', async () => {
    const pool = database.engine
    const running = await insertRunning(pool, 'held')
    await addEpochs(pool, running, 2, 3)
    const tick = engineOn(pool)
    const fence = await lead(pool)
    const awake = async () => (await readChanges(pool)).find(({ id }) => id === running.id)?.awake.map(({ epoch }) => epoch).toSorted()
    await database.ingest.begin(async (tx) => {
      await tx`update rollups set n = n + 1000 where scope = ${running.scope} and epoch = 2 and variant = 0 and metric = 0`
      for (let count = 0; count < 6; count++) await tick(fence)
      expect(await awake()).toEqual([1, 2, 3])
    })
    await tick(fence)
    expect(await createReports(pool).asOf('held', { time: new Date('2100-01-01') })).toMatchObject({ units: 1_040 })
    await tick(fence)
    expect(await awake()).toEqual([3])
  })

  it('wake by a transaction that sees them fading, though it commits after they would have come to rest', async () => {
    const pool = database.engine
    const running = await insertRunning(pool, 'woken')
    await addEpochs(pool, running, 2, 3)
    const tick = engineOn(pool)
    const fence = await lead(pool)
    await tick(fence)
    await fadeEpochs(pool, fence)
    await database.ingest.begin(async (tx) => {
      await tx`update rollups set n = n + 500 where scope = ${running.scope} and epoch = 2 and variant = 1 and metric = 0`
      for (let count = 0; count < 3; count++) await tick(fence)
    })
    await tick(fence)
    expect(await createReports(pool).asOf('woken', { time: new Date('2100-01-01') })).toMatchObject({ units: 540 })
  })

  it('lose nothing of what many connections report while an engine lays them to rest again and again', async () => {
    const pool = database.engine
    const latency: MetricDefinition = { key: 'latency', kind: 'mean', measure: 'latency', direction: 'decrease' }
    const { id, scope } = await insertRunning(pool, 'busy', { policy: { mode: 'observe' } }, [win, latency])
    await pool.run((sql) => sql`update epochs set ended_at = moment() where experiment = ${id}`)
    await pool.run((sql) => sql`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights, ended_at)
      select ${id}, n, ${scope}, 'clock', 1, '{0.5,0.5}', case when n < 4 then moment() end from generate_series(2, 4) n`)
    await pool.run((sql) => sql`update experiments set epoch = 4 where id = ${id}`)
    const world: World = { id: scope, experiment: id, watch: false, metrics: [win, latency].map(planOf), window: '100 years' }
    const others = await Promise.all([0, 1].map(() => connect({ databaseUrl: database.url })))
    const clients = [database, ...others].map(({ ingest }, shard) => ingestOn(ingest, { shard, most: 50, exposures: { waitMs: 1 } }))
    const tick = engineOn(pool)
    const fence = await lead(pool)
    const kept = new Map()
    const over = new AbortController()
    let rests = 0
    const engine = (async () => {
      while (!over.signal.aborted) {
        await tick(fence)
        await readExperiment(pool, id, kept)
        const awake = (await readChanges(pool)).find((one) => one.id === id)?.awake
        if (awake?.length === 1) rests += 1
      }
    })()
    try {
      for (let seed = 1; seed <= 6; seed++) {
        await play(randomHistory(seed, [world], 250), clients)
        const before = rests
        await until(async () => rests > before)
      }
      expect(await Promise.all(clients.map((client) => client.drain()))).toEqual([0, 0, 0])
    } finally {
      over.abort()
      await engine
      await Promise.all(others.map((other) => other.close()))
    }
    for (let count = 0; count < 4; count++) await tick(fence)
    const [counted] = await pool.run((sql) => sql<{ units: number; outcomes: number }[]>`
      select count(*)::int as units, sum(c)::int as outcomes from units where scope = ${scope}`)
    const last = await createReports(pool).asOf('busy', { time: new Date('2100-01-01') })
    expect(last?.units).toBe(counted?.units)
    expect(last?.variants.reduce((sum, { outcomes }) => sum + outcomes, 0)).toBe(counted?.outcomes)
    expect((await readExperiment(pool, id, kept))?.epochs).toEqual((await readExperiment(pool, id))?.epochs)
  })
})

import { expect, it } from 'vitest'
import type { MetricDefinition } from '../../src/core/define/definitions.ts'
import { createReports } from '../../src/engine/reports.ts'
import { readChanges } from '../../src/store/read/changes.ts'
import { type KeptEpochs, readExperiment } from '../../src/store/read/moments.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'

const latency: MetricDefinition = {
  key: 'latency',
  kind: 'mean',
  measure: 'latency',
  direction: 'decrease',
  center: 100,
}

describeStores('what an analysis reads', (store) => {
  it('completes conversions by the exposed units, keeps means as stored, and sums over shards', async () => {
    const pool = store.database.api
    const { id, scope } = await insertRunning(pool, 'complete', {}, [win, latency])
    await addCells(pool, scope, [
      { variant: 0, metric: 0, shard: 0, n: 300, sx: 200, sy: 250 },
      { variant: 0, metric: 0, shard: 1, n: 200, sx: 100, sy: 130 },
      { variant: 0, metric: 1, shard: 0, n: 150, sx: 90, sy: 200 },
      { variant: 0, metric: 1, shard: 1, n: 50, sx: 20, sy: 60 },
      { variant: 0, metric: 2, shard: 1, n: 280, sx: -40, sy: 310, sxx: 900, sxy: -45, syy: 400 },
    ])
    await pool.run(
      (sql) => sql`insert into ingest_health (scope, epoch, late, crossed, rebuilt) values (${scope}, 1, 3, 2, 1)`,
    )
    const reading = await readExperiment(pool, id)
    expect(reading?.experiment).toMatchObject({
      key: 'complete',
      model: 'complete',
      state: 'running',
      scope,
      revision: 1,
    })
    expect(reading?.metrics.map(({ key, center }) => [key, center])).toEqual([
      ['win', 0],
      ['latency', 100],
    ])
    expect(reading?.epochs).toMatchObject([
      { epoch: 1, coverage: 1, weights: [0.5, 0.5], sealed: false, late: 3, crossed: 2, rebuilt: 1 },
    ])
    const [first, second] = reading?.epochs[0]?.arms ?? []
    expect(first).toEqual({
      units: 500,
      reporting: 300,
      outcomes: 380,
      metrics: [
        { n: 500, sumX: 110, sumY: 500, sumXX: 110, sumXY: 110, sumYY: 500 },
        { n: 280, sumX: -40, sumY: 310, sumXX: 900, sumXY: -45, sumYY: 400 },
      ],
    })
    expect(second).toMatchObject({ units: 0, metrics: [{ n: 0 }, { n: 0 }] })
    expect(await readExperiment(pool, 'nobody')).toBeNull()
  })

  it('reads epochs at rest once, open ones every time, and one that changed again', async () => {
    const pool = store.database.api
    const { id, scope } = await insertRunning(pool, 'rested')
    await pool.run((sql) => sql`update epochs set ended_at = moment(), sealed_at = moment() where experiment = ${id}`)
    await pool.run(
      (sql) => sql`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights) values (${id}, 2, ${scope}, 'clock', 1, '{0.5,0.5}')`,
    )
    const cells = [...conversions(0, 10, 5, 1), ...conversions(1, 10, 5, 1)]
    const second = cells.map((cell) => ({ ...cell, epoch: 2 }))
    await addCells(pool, scope, [...cells, ...second])
    await pool.run((sql) => sql`delete from awake_epochs where scope = ${scope} and epoch = 1`)
    const kept: KeptEpochs = new Map()
    const units = async () => (await readExperiment(pool, id, kept))?.epochs.map(({ arms }) => arms[0]?.units)
    expect(await units()).toEqual([10, 10])
    await pool.run((sql) => sql`insert into ingest_health (scope, epoch, late, crossed, rebuilt) values (${scope}, 1, 3, 2, 1)`)
    await addCells(pool, scope, second)
    expect(await units()).toEqual([10, 20])
    expect([...kept.keys()]).toEqual([`${scope}:1`])
    expect((await readExperiment(pool, id, kept))?.epochs[0]).toMatchObject({ late: 3, crossed: 2, rebuilt: 1 })
    await addCells(pool, scope, cells)
    expect(await units()).toEqual([20, 20])
  })

  it('tells whether anything changed, down to one corrected outcome', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'changes')
    const fingerprint = async () => {
      const found = (await readChanges(pool)).find((one) => one.id === id)
      return found && JSON.stringify([found.head, found.awake.map(({ epoch, hash }) => [epoch, hash])])
    }
    const empty = await fingerprint()
    await addCells(pool, scope, conversions(0, 10, 5, 1))
    const some = await fingerprint()
    expect(await fingerprint()).toBe(some)
    await addCells(pool, scope, [{ variant: 0, metric: 1, n: 0, sx: -1, sy: 0 }])
    const corrected = await fingerprint()
    await pool.run((sql) => sql`update experiments set revision = revision + 1 where id = ${id}`)
    expect(new Set([empty, some, corrected, await fingerprint()]).size).toBe(4)
    await pool.run((sql) => sql`update experiments set state = 'stopped' where id = ${id}`)
    expect(await fingerprint()).toBeDefined()
    await pool.run((sql) => sql`delete from awake_epochs where scope = ${scope}`)
    expect(await fingerprint()).toBeUndefined()
  })

  it('answers reports of this moment and of earlier ones', async () => {
    const { api } = store.database
    const { id, key, scope } = await insertRunning(api, 'reported', {}, [win, slow])
    await addCells(api, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    const reports = createReports(api)
    const now = await reports.current(key)
    expect(now).toMatchObject({ experiment: key, state: 'running', units: 12_000, analysis: null })
    expect(now.comparisons[0]).toMatchObject({ metric: 'win', variant: 'qwen', verdict: 'PASS', significant: true })
    const ids = await Promise.all(
      [1, 2, 3].map(async (hour) => {
        const [row] = await api.run(
          (sql) => sql<{ id: number }[]>`
        insert into analyses (experiment, at, epoch, digest, report)
        values (${id}, ${`2026-01-01T0${hour}:00:00Z`}, 1, ${String(hour)}, ${JSON.stringify({ ...now, units: hour })}::text::jsonb) returning id`,
        )
        return row?.id ?? 0
      }),
    )
    const [first = 0] = ids
    expect(await reports.asOf(key, { analysis: first })).toMatchObject({ units: 1, analysis: first })
    expect(await reports.asOf(key, { time: new Date('2026-01-01T02:30:00Z') })).toMatchObject({ units: 2 })
    expect(await reports.asOf(key, { time: new Date('2025-01-01T00:00:00Z') })).toBeNull()
    const page = await reports.series(key, { limit: 2, cursor: null })
    const rest = await reports.series(key, { limit: 2, cursor: page.next })
    expect([...page.items, ...rest.items].map(({ units }) => units).sort()).toEqual([1, 2, 3])
    expect(rest.next).toBeNull()
    await expect(reports.current('nobody')).rejects.toMatchObject({ code: 'experiment_not_found' })
    await expect(reports.series('nobody', { limit: 2, cursor: null })).rejects.toMatchObject({
      code: 'experiment_not_found',
    })
  })
})

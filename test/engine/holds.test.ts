import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createExperiments } from '../../src/store/control/experiments.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { addCells, type Cell, conversions, insertRunning, win } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A fence that leads now, whoever led before. */
const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

/** One engine's ticks, each with a lease taken anew: on a busy machine a test outlasts one. */
const ticksOf = (pool: Pool) => {
  const tick = createTick({ store: createEngineStore(pool), log: quiet })
  return async () => tick(await lead(pool))
}

const experimentsOf = (pool: Pool) =>
  createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => 'salt' })

const told = async (pool: Pool, id: number) =>
  (await readEntries(pool, id, 20, null)).toReversed().map(({ action, rule, status }) => [action, rule, status])

/** Exposures rebuilt from outcomes: what ingestion counts where they got lost. */
const setRebuilt = (pool: Pool, scope: number, rebuilt: number) =>
  pool.run((sql) => sql`
    insert into ingest_health (scope, epoch, rebuilt) values (${scope}, 1, ${rebuilt})
    on conflict (scope, epoch) do update set rebuilt = excluded.rebuilt`)

/** An experiment whose every unit should report within an hour, and whose first epoch ended three hours ago. */
const insertReporting = async (pool: Pool, key: string, arms = 2) => {
  const { id, scope, model } = await insertRunning(pool, key, { epochLength: 'P1D' }, [win], 48, arms)
  await pool.begin(async (tx) => {
    await tx`update epochs set ended_at = moment() - interval '3 hours' where experiment = ${id}`
    await tx`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights, started_at)
      select experiment, 2, scope, 'clock', coverage, weights, ended_at from epochs where experiment = ${id}`
    await tx`
      update experiments set epoch = 2, frozen = frozen || '{"completeness": {"reportBy": "PT1H", "margin": 0.02}}'::jsonb where id = ${id}`
  })
  return { id, scope, model }
}

const silent = (variant: number, units: number): Cell[] => [{ variant, metric: 0, n: units, sx: 0, sy: 0, sxx: 0, sxy: 0, syy: 0 }]

describeStores('holds', (store) => {
  it('begin with a cause, keep a winner from being promoted, and are over three looks after it', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'held')
    const tick = ticksOf(pool)
    await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    await setRebuilt(pool, scope, 60)
    await tick()
    await addCells(pool, scope, conversions(1, 1, 1, 0))
    await tick()
    expect(await told(pool, id)).toEqual([['hold', 'hold', 'applied']])
    const [entry] = await readEntries(pool, id, 1, null)
    expect(entry).toMatchObject({ actor: 'engine', variant: null, evidence: { reasons: [{ reason: 'error', metric: 'exposures' }] } })
    expect(entry?.reason).toMatch(/^Nothing is promoted or moved: 60 exposures had to be rebuilt from outcomes/)
    expect((await experimentsOf(pool).get('held')).holds).toMatchObject([{ reason: 'error', metric: 'exposures', since: expect.any(String) }])
    const report = await createReports(pool).current('held')
    expect(report.comparisons.map(({ verdict }) => verdict)).toEqual(['ERROR', 'ERROR'])
    expect(report.warnings.join()).toMatch(/Nothing is promoted or moved: 60 exposures/)

    await setRebuilt(pool, scope, 0)
    for (let look = 0; look < 3; look++) await tick()
    expect((await told(pool, id)).at(-1)).toEqual(['hold', 'hold-lifted', 'applied'])
    expect((await experimentsOf(pool).get('held')).holds).toEqual([])
    for (let look = 0; look < 2; look++) {
      await addCells(pool, scope, conversions(1, 1, 1, 0))
      await tick()
    }
    const entries = await told(pool, id)
    expect(entries.at(-1)).toEqual(['promote', 'promote-superior', 'applied'])
    expect(entries.filter(([action]) => action === 'hold')).toHaveLength(2)
    expect((await verifyChains(pool)).breaks).toEqual([])
  })

  it('follow a time in which no engine looked, for a new leader as well', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'unwatched')
    await addCells(pool, scope, [...conversions(0, 1_000, 400, 100), ...conversions(1, 1_000, 410, 100)])
    await ticksOf(pool)()
    expect(await told(pool, id)).toEqual([])
    await pool.run((sql) => sql`update lease set ticked_at = clock_timestamp() - interval '20 minutes'`)
    expect((await createReports(pool).current('unwatched')).summary.next).toMatch(/^Held: the engine had not looked for 20 min\./)
    const tick = ticksOf(pool)
    for (let look = 0; look < 5; look++) await tick()
    expect(await told(pool, id)).toEqual([['hold', 'hold', 'applied'], ['hold', 'hold-lifted', 'applied']])
  })

  it('end with the experiment', async () => {
    const pool = store.database.engine
    const { scope } = await insertRunning(pool, 'ends')
    await addCells(pool, scope, [...conversions(0, 1_000, 400, 100), ...conversions(1, 1_000, 410, 100)])
    await setRebuilt(pool, scope, 60)
    await ticksOf(pool)()
    const experiments = experimentsOf(pool)
    expect((await experiments.get('ends')).holds).toHaveLength(1)
    await experiments.act('ends', { action: 'stop', reason: 'enough' }, 'somebody')
    expect(await experiments.get('ends')).toMatchObject({ state: 'stopped', holds: [] })
  })
})

describeStores('a variant that reports nothing', (store) => {
  it('is rolled back by completeness, and killed alone while another one lives', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertReporting(pool, 'mute')
    const three = await insertReporting(pool, 'mute-of-three', 3)
    await addCells(pool, scope, [...conversions(0, 400, 160), ...silent(1, 400)])
    await addCells(pool, three.scope, [...conversions(0, 400, 160), ...silent(1, 400), ...conversions(2, 400, 160)])
    await ticksOf(pool)()
    expect(await told(pool, id)).toEqual([['rollback', 'completeness', 'applied']])
    expect(await told(pool, three.id)).toEqual([['kill', 'completeness', 'applied']])
    expect(await experimentsOf(pool).get('mute')).toMatchObject({ state: 'rolled_back' })
    expect((await experimentsOf(pool).get('mute-of-three')).variants.map(({ status }) => status)).toEqual(['live', 'killed', 'live'])
    const locked = await pool.run((sql) => sql`select version, lock->>'experiment' as since from versions where model = ${three.model} and lock is not null`)
    expect([...locked]).toEqual([{ version: '2', since: 'mute-of-three' }])
    expect((await createReports(pool).current('mute')).guardrails).toMatchObject([{ metric: 'completeness', variant: 'qwen', verdict: 'FAIL', margin: 0.02 }])
  })

  it('is blamed for nothing while all are silent: that holds, and tells', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertReporting(pool, 'all-mute')
    await addCells(pool, scope, [...silent(0, 400), ...silent(1, 400)])
    const tick = ticksOf(pool)
    await tick()
    await tick()
    expect(await told(pool, id)).toEqual([['hold', 'hold', 'applied']])
    const experiment = await experimentsOf(pool).get('all-mute')
    expect(experiment).toMatchObject({ state: 'running', holds: [{ reason: 'no_outcome', variant: null, text: 'none of 800 users has reported anything' }] })
  })
})

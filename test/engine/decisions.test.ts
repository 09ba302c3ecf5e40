import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createExperiments } from '../../src/store/control/experiments.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createReports } from '../../src/engine/reports.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** A fence that leads now, whoever led before. */
const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

const rowOf = async (pool: Pool, id: number) => {
  const [row] = await pool.run(
    (sql) => sql<
      { state: string; scope: number; epoch: number; winner: string | null; statuses: string[]; champion: string }[]
    >`
      select e.state, e.scope, e.epoch, e.winner, v.version as champion,
        array(select one->>'status' from jsonb_array_elements(e.variants) one) as statuses
      from experiments e join models m on m.id = e.model join versions v on v.id = m.champion where e.id = ${id}`,
  )
  if (!row) throw new Error(`no experiment ${id}`)
  return row
}

const epochsOf = async (pool: Pool, id: number) =>
  pool.run(
    (sql) => sql<{ epoch: number; scope: number; weights: number[]; startedAt: Date; endedAt: Date | null }[]>`
    select epoch, scope, weights, started_at as "startedAt", ended_at as "endedAt" from epochs
    where experiment = ${id} order by epoch`,
  )

const better = [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)]
const one = conversions(1, 1, 1, 0)

describeStores('the engine', (store) => {
  it('promotes a clear winner at the second look with new data, exactly once', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'winner')
    await addCells(pool, scope, better)
    const [engine, fence] = [createEngineStore(pool), await lead(pool)]
    const tick = createTick({ store: engine, log: quiet })
    await tick(fence)
    await tick(fence)
    expect(await rowOf(pool, id)).toMatchObject({ state: 'running', champion: '1' })
    await addCells(pool, scope, one)
    await tick(fence)
    expect(await rowOf(pool, id)).toMatchObject({ state: 'promoted', winner: 'qwen', champion: '2' })
    await addCells(pool, scope, one)
    await tick(fence)

    const entries = await readEntries(pool, id, 10, null)
    expect(entries).toMatchObject([
      {
        action: 'promote',
        actor: 'engine',
        mode: 'auto',
        variant: 'qwen',
        rule: 'promote-superior',
        status: 'applied',
      },
    ])
    const { analysis, comparisons } = entries[0]?.evidence ?? {}
    expect(comparisons).toMatchObject([
      { metric: 'win', verdict: 'PASS' },
      { metric: 'slow', verdict: 'PASS' },
    ])
    const cited = await createReports(pool).asOf('winner', { analysis: Number(analysis) })
    expect(cited?.comparisons).toEqual(comparisons)
    const epochs = await epochsOf(pool, id)
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, index) => index + 1))
    expect(epochs.slice(1).map(({ startedAt }) => startedAt)).toEqual(epochs.slice(0, -1).map(({ endedAt }) => endedAt))
    expect((await createReports(pool).current('winner')).summary.headline).toBe(
      'qwen was promoted: win is 48 of 100 instead of 40.',
    )
    expect((await verifyChains(pool)).breaks).toEqual([])
  })

  it('leaves equal variants alone, and stores one analysis for each look with new data', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'equal')
    const [engine, fence] = [createEngineStore(pool), await lead(pool)]
    const tick = createTick({ store: engine, log: quiet })
    for (const seed of [0, 1, 2]) {
      await addCells(pool, scope, [
        ...conversions(0, 1_000, 400 + seed, 100),
        ...conversions(1, 1_000, 402 - seed, 100),
      ])
      await tick(fence)
      await tick(fence)
    }
    expect(await rowOf(pool, id)).toMatchObject({ state: 'running', champion: '1' })
    expect(await readEntries(pool, id, 10, null)).toEqual([])
    const { items } = await createReports(pool).series('equal', { limit: 10, cursor: null })
    expect(items.map(({ units }) => units)).toEqual([2_000, 4_000, 6_000])
    expect(items[2]?.comparisons[0]).toMatchObject({ metric: 'win', verdict: 'INCONCLUSIVE' })
  })

  it('kills a clear loser and starts a new scope for the others, then ends when nobody is left', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'loser', {}, [win, slow], 48, 3)
    const data = [
      ...conversions(0, 6_000, 2_900, 600),
      ...conversions(1, 6_000, 2_400, 600),
      ...conversions(2, 6_000, 2_900, 600),
    ]
    await addCells(pool, scope, data)
    const fence = await lead(pool)
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    await tick(fence)
    const after = await rowOf(pool, id)
    expect(after).toMatchObject({ state: 'running', statuses: ['live', 'killed', 'live'] })
    expect(after.scope).not.toBe(scope)
    const last = (await epochsOf(pool, id)).at(-1)
    expect(last).toMatchObject({ epoch: after.epoch, scope: after.scope, weights: [0.5, 0, 0.5], endedAt: null })

    const harmed = [...conversions(0, 6_000, 2_400, 600), ...conversions(2, 6_000, 2_400, 1_200)]
    await addCells(
      pool,
      after.scope,
      harmed.map((cell) => ({ ...cell, epoch: after.epoch })),
    )
    await tick(await lead(pool))
    expect(await rowOf(pool, id)).toMatchObject({ state: 'rolled_back', champion: '1' })
    const entries = await readEntries(pool, id, 10, null)
    expect(entries.map(({ action, variant, rule }) => [action, variant, rule])).toEqual([
      ['rollback', 'llama', 'guardrail-harm'],
      ['kill', 'qwen', 'loser'],
    ])
  })

  it('kills several losers in one tick, each with an entry and an epoch of its own', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'losers', {}, [win, slow], 48, 4)
    await addCells(pool, scope, [
      ...conversions(0, 6_000, 2_900, 600),
      ...conversions(1, 6_000, 2_300, 600),
      ...conversions(2, 6_000, 2_400, 600),
      ...conversions(3, 6_000, 2_900, 600),
    ])
    const fence = await lead(pool)
    expect(await createTick({ store: createEngineStore(pool), log: quiet })(fence)).toMatchObject({ decided: 1, failed: 0 })
    const after = await rowOf(pool, id)
    expect(after).toMatchObject({ state: 'running', epoch: 4, statuses: ['live', 'killed', 'killed', 'live'] })
    const entries = await readEntries(pool, id, 10, null)
    expect(entries.map(({ action, variant, epochBefore, epochAfter }) => [action, variant, epochBefore, epochAfter])).toEqual([
      ['kill', 'llama', 3, 4],
      ['kill', 'qwen', 2, 3],
    ])
    expect(new Set(entries.map(({ evidence }) => evidence['analysis'])).size).toBe(1)
    const [, ...turned] = await epochsOf(pool, id)
    expect(turned.map(({ weights }) => weights.map((weight) => Number(weight.toFixed(3))))).toEqual([
      [0.25, 0.25, 0.25, 0.25],
      [0.333, 0, 0.333, 0.333],
      [0.5, 0, 0, 0.5],
    ])
    expect((await verifyChains(pool, `experiment:${id}`)).breaks).toEqual([])
  })

  it('stops after the first of several kills when a person was faster with the second', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'overruled', {}, [win, slow], 48, 4)
    await addCells(pool, scope, [
      ...conversions(0, 6_000, 2_900, 600),
      ...conversions(1, 6_000, 2_300, 600),
      ...conversions(2, 6_000, 2_400, 600),
      ...conversions(3, 6_000, 2_900, 600),
    ])
    const people = createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => '' })
    const engine = createEngineStore(pool)
    let writes = 0
    const raced = {
      ...engine,
      apply: async (change: Parameters<typeof engine.apply>[0]) => {
        if (++writes === 2) await people.act('overruled', { action: 'pause', reason: 'wait' }, 'local')
        return engine.apply(change)
      },
    }
    await createTick({ store: raced, log: quiet })(await lead(pool))
    expect(await rowOf(pool, id)).toMatchObject({ state: 'paused', statuses: ['live', 'killed', 'live', 'live'] })
    expect((await readEntries(pool, id, 10, null)).map(({ action, actor }) => [action, actor])).toEqual([
      ['pause', 'local'],
      ['kill', 'engine'],
    ])
  })

  it('hands traffic on to the candidate that waits when the others do harm, and rolls back when that one does, too', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'handed-on', {
      policy: { onHarm: 'roll-through', next: 'llama' }, stages: [{ allocation: 'fixed', weights: { gemma: 0.5, qwen: 0.5, llama: 0 } }],
    }, [win, slow], 48, 3)
    await pool.run((sql) => sql`update epochs set weights = '{0.5,0.5,0}' where experiment = ${id}`)
    await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_400, 1_200)])
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    const after = await rowOf(pool, id)
    expect(after).toMatchObject({ state: 'running', champion: '1', statuses: ['live', 'killed', 'live'] })
    expect((await epochsOf(pool, id)).at(-1)).toMatchObject({ scope: after.scope, weights: [0.5, 0, 0.5] })
    expect(after.scope).not.toBe(scope)

    const harmed = [...conversions(0, 6_000, 2_400, 600), ...conversions(2, 6_000, 2_400, 1_200)]
    await addCells(pool, after.scope, harmed.map((cell) => ({ ...cell, epoch: after.epoch })))
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    expect(await rowOf(pool, id)).toMatchObject({ state: 'rolled_back', champion: '1' })
    expect((await readEntries(pool, id, 10, null)).map(({ action, variant, evidence }) => [action, variant, evidence['locked']])).toEqual([
      ['rollback', 'llama', ['3']], ['roll-through', 'qwen', ['2']],
    ])
  })

  it('writes what it holds back once, and what a person must decide', async () => {
    const pool = store.database.engine
    const early = await insertRunning(pool, 'early', {}, [win, slow], 2)
    const asked = await insertRunning(pool, 'asked', { policy: { mode: 'recommend' } })
    const fence = await lead(pool)
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    for (const cells of [better, one, one, one]) {
      await addCells(pool, early.scope, cells)
      await addCells(pool, asked.scope, cells)
      await tick(fence)
    }
    expect(await readEntries(pool, early.id, 10, null)).toMatchObject([
      { action: 'promote', status: 'held', mode: 'auto', reason: expect.stringContaining('now 2 h, needed 24 h') },
    ])
    expect(await readEntries(pool, asked.id, 10, null)).toMatchObject([
      { action: 'promote', status: 'held', mode: 'recommend', reason: expect.stringContaining('a person decides') },
    ])
    expect([await rowOf(pool, early.id), await rowOf(pool, asked.id)]).toMatchObject([
      { state: 'running' },
      { state: 'running' },
    ])
  })

  it('ends without a winner when the time is over, though no data came', async () => {
    const pool = store.database.engine
    const { id } = await insertRunning(pool, 'over', {}, [win, slow], 15 * 24)
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    expect(await rowOf(pool, id)).toMatchObject({ state: 'inconclusive', champion: '1' })
  })

  it('goes on with the others when one experiment cannot be looked at', async () => {
    const pool = store.database.engine
    const broken = await insertRunning(pool, 'broken')
    const { id, scope } = await insertRunning(pool, 'behind')
    await pool.run(
      (sql) => sql`
      update experiments set definition = jsonb_set(definition, '{window}', '"nonsense"') where id = ${broken.id}`,
    )
    await addCells(pool, scope, better)
    const fence = await lead(pool)
    const failures: string[] = []
    const log = { ...quiet, error: (fields: { experiment?: string }) => void failures.push(fields.experiment ?? '') }
    const tick = createTick({ store: createEngineStore(pool), log })
    expect(await tick(fence)).toMatchObject({ failed: 1 })
    await addCells(pool, scope, one)
    await tick(fence)
    expect(failures).toEqual(['broken', 'broken'])
    expect(await rowOf(pool, id)).toMatchObject({ state: 'promoted' })
    await pool.run((sql) => sql`update experiments set state = 'stopped' where id = ${broken.id}`)
  })

  it('plans again when a person was faster, and lets that stand', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'raced')
    await addCells(pool, scope, better)
    const fence = await lead(pool)
    const engine = createEngineStore(pool)
    const tick = createTick({ store: engine, log: quiet })
    await tick(fence)
    await addCells(pool, scope, one)
    const people = createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => '' })
    let raced = 0
    const slowly = {
      ...engine,
      apply: async (change: Parameters<typeof engine.apply>[0]) => {
        if (raced++ === 0) await people.act('raced', { action: 'stop', reason: 'enough' }, 'local')
        return engine.apply(change)
      },
    }
    await createTick({ store: slowly, log: quiet })(fence)
    expect(raced).toBe(1)
    expect(await rowOf(pool, id)).toMatchObject({ state: 'stopped', champion: '1', winner: null })
    expect((await readEntries(pool, id, 10, null)).map(({ action, actor }) => [action, actor])).toEqual([
      ['stop', 'local'],
    ])
  })

  it('of two engines with the same plan one acts, and a fence that leads no more never does', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'fenced')
    await addCells(pool, scope, better)
    const former = await lead(pool)
    const engine = createEngineStore(pool)
    await createTick({ store: engine, log: quiet })(former)
    await addCells(pool, scope, one)
    const fence = await lead(pool)
    await createTick({ store: engine, log: quiet })(former)
    expect(await rowOf(pool, id)).toMatchObject({ state: 'running' })
    await Promise.all([0, 1].map(() => createTick({ store: createEngineStore(pool), log: quiet })(fence)))
    expect(await rowOf(pool, id)).toMatchObject({ state: 'promoted' })
    expect(await readEntries(pool, id, 10, null)).toHaveLength(1)
  })

  it('replays every decision of these tests to the very same entry', async () => {
    expect(await expectReplays(store.database.engine)).toBeGreaterThan(0)
  })
})

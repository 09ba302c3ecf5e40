import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type AllocationInputs, allocateWeights } from '../../src/core/adaptive/allocation.ts'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createExperiments } from '../../src/store/control/experiments.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { addCells, conversions, insertRunning, slow, win } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }
const policy = { maxDuration: 'P2D' }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

/** Everything of this experiment happened so much earlier: as if the time had passed. */
const pass = async (pool: Pool, id: number, minutes: number): Promise<void> => {
  const by = `${minutes} minutes`
  await pool.run((sql) => sql`update experiments set started_at = started_at - ${by}::interval where id = ${id}`)
  await pool.run((sql) => sql`
    update epochs set started_at = started_at - ${by}::interval, ended_at = ended_at - ${by}::interval where experiment = ${id}`)
}

type Epoch = { epoch: number; scope: number; cause: string; weights: number[]; frozen: { means?: { x: number; y: number }[][] } }

const epochsOf = (pool: Pool, id: number): Promise<Epoch[]> =>
  pool.run((sql) => sql<Epoch[]>`select epoch, scope, cause, weights, frozen from epochs where experiment = ${id} order by epoch`)

const movesOf = async (pool: Pool, id: number) =>
  (await readEntries(pool, id, 100, null)).filter(({ action }) => action === 'reallocate')

/** Units come as they are drawn, win at these rates, and are slow at these; one in ten unless told. */
const serve = async (pool: Pool, id: number, units: number, rates: number[], slowness: number[] = []): Promise<void> => {
  const last = (await epochsOf(pool, id)).at(-1)
  if (!last) throw new Error(`experiment ${id} has no epoch`)
  const cells = last.weights.flatMap((weight, arm) => {
    const came = Math.round(units * weight)
    return conversions(arm, came, Math.round(came * (rates[arm] ?? 0)), Math.round(came * (slowness[arm] ?? 0.1)))
  })
  await addCells(pool, last.scope, cells.map((cell) => ({ ...cell, epoch: last.epoch })))
}

describeStores('a bandit', (store) => {
  it('moves traffic to the best arm, epoch by epoch in one scope, and every entry replays', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'bandit', { stages: [{ allocation: 'bandit' }], policy: { ...policy, autoKill: false } }, [win, slow], 0, 3)
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    for (let look = 0; look < 14; look++) {
      await pass(pool, id, 10)
      await serve(pool, id, 600, [0.3, 0.32, 0.45])
      // on a busy machine a test outlasts one lease
      expect(await tick(await lead(pool))).toMatchObject({ failed: 0 })
    }
    const epochs = await epochsOf(pool, id)
    const [first, second] = epochs
    expect(first?.weights).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(new Set(epochs.map((epoch) => epoch.scope))).toEqual(new Set([scope]))
    expect(second?.cause).toBe('action')
    expect(second?.frozen.means?.[0]?.map(({ x }) => Number(x.toFixed(2)))).toEqual([0.3, 0.32, 0.45])
    expect(second?.frozen.means?.[1]?.map(({ y }) => Number(y.toFixed(2)))).toEqual([1, 1, 1])
    for (const [index, { weights }] of epochs.entries()) {
      const before = epochs[index - 1]?.weights ?? weights
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.02 - 1e-9)
      expect(Math.max(...weights.map((weight, arm) => Math.abs(weight - (before[arm] ?? 0))))).toBeLessThanOrEqual(0.1 + 1e-9)
    }
    const last = epochs.at(-1)
    expect(last?.weights[2]).toBeGreaterThan(0.85)

    const entries = await movesOf(pool, id)
    expect(entries.length).toBe(epochs.filter(({ cause }) => cause === 'action').length - 1)
    for (const { action, rule, status, weightsBefore, weightsAfter, evidence } of entries) {
      expect([action, rule, status]).toEqual(['reallocate', 'bandit-thompson', 'applied'])
      const inputs = evidence['inputs'] as AllocationInputs
      expect(inputs.current).toEqual(weightsBefore)
      expect(allocateWeights(inputs)?.weights).toEqual(weightsAfter)
      const propensities = evidence['propensities'] as Record<string, number>
      expect(['gemma', 'qwen', 'llama'].map((key) => propensities[key])).toEqual(weightsAfter)
    }
    expect((await verifyChains(pool, `experiment:${id}`)).breaks).toEqual([])

    const { snapshot } = await createSnapshotSource(pool).load()
    const served = snapshot.experiments.find(({ key }) => key === 'bandit')
    expect(served).toMatchObject({ stickiness: 'first-touch', scope, epoch: last?.epoch })
    expect(served?.variants.map(({ weight }) => weight)).toEqual(last?.weights)

    const report = await createReports(pool).current('bandit')
    expect(report.sampleRatio.verdict).toBe('PASS')
    expect(report.variants[2]?.probabilityBest).toBeGreaterThan(0.99)
    expect(report.variants.map(({ weight }) => weight)).toEqual(last?.weights)
    const compared = report.comparisons.find(({ metric, variant }) => metric === 'win' && variant === 'llama')
    expect(compared?.verdict).toBe('PASS')
    expect(compared?.difference.estimate).toBeCloseTo(0.15, 2)
    const { items } = await createReports(pool).series('bandit', { limit: 100, cursor: null })
    expect(items.length).toBeGreaterThanOrEqual(14)
    expect(items[0]?.weights).toEqual({ gemma: 1 / 3, qwen: 1 / 3, llama: 1 / 3 })
    expect(items.at(-1)?.weights['llama']).toBeGreaterThan(0.75)
  })

  it('keeps equal weights until every arm has its outcomes, and while data is out of order', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'early-bandit', { stages: [{ allocation: 'bandit', minOutcomes: 500 }], policy }, [win, slow], 0, 3)
    const [fence, tick] = [await lead(pool), createTick({ store: createEngineStore(pool), log: quiet })]
    await pass(pool, id, 10)
    await serve(pool, id, 1_200, [0.3, 0.3, 0.5])
    await tick(fence)
    expect(await movesOf(pool, id)).toEqual([])
    await addCells(pool, scope, conversions(0, 3_000, 900, 300))
    await pass(pool, id, 10)
    await tick(fence)
    expect((await createReports(pool).current('early-bandit')).sampleRatio.verdict).toBe('FAIL')
    expect(await movesOf(pool, id)).toEqual([])
  })

  it('turns with the clock as well, and freezes what was known', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'hourly', { stages: [{ allocation: 'bandit', algorithm: 'uniform' }], policy }, [win, slow], 0)
    const [fence, tick] = [await lead(pool), createTick({ store: createEngineStore(pool), log: quiet })]
    await serve(pool, id, 1_000, [0.2, 0.4])
    await tick(fence)
    expect(await epochsOf(pool, id)).toHaveLength(1)
    await pass(pool, id, 61)
    await tick(fence)
    await pass(pool, id, 61)
    await tick(fence)
    const epochs = await epochsOf(pool, id)
    expect(epochs.map(({ cause, weights }) => [cause, weights])).toEqual([['action', [0.5, 0.5]], ['clock', [0.5, 0.5]]])
    expect(epochs[1]).toMatchObject({ scope, frozen: { means: [[{ x: 100 / 501, y: 1 }, { x: 200 / 501, y: 1 }], [{ y: 1 }, { y: 1 }]] } })
    expect(await movesOf(pool, id)).toEqual([])
    const [row] = await pool.run((sql) => sql<{ variances: number[] }[]>`select frozen->'variances' as variances from experiments where id = ${id}`)
    expect(row?.variances[0]).toBeCloseTo((0.16 + 0.24) / 2, 3)
  })

  it('takes a harmful arm out in the same scope, and goes on with the others', async () => {
    const pool = store.database.engine
    const { id, scope } = await insertRunning(pool, 'harmed', { stages: [{ allocation: 'bandit' }], policy }, [win, slow], 0, 3)
    const [fence, tick] = [await lead(pool), createTick({ store: createEngineStore(pool), log: quiet })]
    for (let look = 0; look < 3; look++) {
      await pass(pool, id, 10)
      await serve(pool, id, 900, [0.3, 0.3, 0.33])
      await tick(fence)
    }
    const before = (await epochsOf(pool, id)).at(-1)
    await serve(pool, id, 900, [0.3, 0.3, 0.33], [0.1, 0.6, 0.1])
    await pass(pool, id, 10)
    await tick(fence)
    const entries = await readEntries(pool, id, 10, null)
    expect(entries.find(({ status, action }) => status === 'applied' && action !== 'reallocate')).toMatchObject({ action: 'kill', variant: 'qwen', rule: 'guardrail-harm' })
    const after = (await epochsOf(pool, id)).at(-1)
    expect(after?.scope).toBe(scope)
    const [a = 0, , c = 0] = before?.weights ?? []
    expect(after?.weights).toEqual([a / (a + c), 0, c / (a + c)])
    expect(after?.frozen.means).toHaveLength(2)
    await serve(pool, id, 900, [0.3, 0, 0.33])
    await pass(pool, id, 10)
    await tick(fence)
    expect((await epochsOf(pool, id)).at(-1)?.weights[1]).toBe(0)
    expect((await createReports(pool).current('harmed')).sampleRatio.verdict).toBe('PASS')
  })

  it('only tells, once, what it would do where a person decides; and rests while paused', async () => {
    const pool = store.database.engine
    const watched = await insertRunning(pool, 'watched', { stages: [{ allocation: 'bandit' }], policy: { ...policy, mode: 'recommend' } }, [win, slow], 0)
    const paused = await insertRunning(pool, 'resting', { stages: [{ allocation: 'bandit' }], policy }, [win, slow], 0)
    const people = createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => '' })
    await people.act('resting', { action: 'pause', reason: 'wait' }, 'local')
    const [fence, tick] = [await lead(pool), createTick({ store: createEngineStore(pool), log: quiet })]
    for (let look = 0; look < 3; look++) {
      for (const { id } of [watched, paused]) {
        await pass(pool, id, 10)
        await serve(pool, id, 1_000, [0.3, 0.45])
      }
      await tick(fence)
    }
    expect(await movesOf(pool, watched.id)).toMatchObject([{ status: 'held', mode: 'recommend' }])
    expect((await epochsOf(pool, watched.id)).map(({ weights }) => weights)).toEqual([[0.5, 0.5]])
    expect((await readEntries(pool, paused.id, 10, null)).map(({ action }) => action)).toEqual(['pause'])
  })

  it('replays every decision of these tests to the very same entry', async () => {
    expect(await expectReplays(store.database.engine)).toBeGreaterThan(0)
  })
})

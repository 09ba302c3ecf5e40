import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createReports } from '../../src/engine/reports.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createChampions } from '../../src/store/control/champions.ts'
import { createExperiments } from '../../src/store/control/experiments.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries, verifyChains } from '../../src/store/control/ledger.ts'
import { createVersions } from '../../src/store/control/versions.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

/** A tick of an engine that has just started, and leads. */
const tick = async (pool: Pool) => createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))

type Row = { state: string; scope: number; kind: string; epoch: number; winner: string | null; champion: string; weights: number[]; ended: boolean }
const rowOf = async (pool: Pool, id: number): Promise<Row> => {
  const [row] = await pool.run((sql) => sql<Row[]>`
    select e.state, e.scope, s.kind, e.epoch, e.winner, v.version as champion, p.weights, e.ended_at is not null as ended
    from experiments e join models m on m.id = e.model join versions v on v.id = m.champion join scopes s on s.id = e.scope
      join epochs p on p.experiment = e.id and p.epoch = e.epoch where e.id = ${id}`)
  if (!row) throw new Error(`no experiment ${id}`)
  return row
}

const people = (pool: Pool) => createExperiments({ pool, hashUnit: () => '', validateRule: () => [], drawSalt: () => '' })

const bakes = { policy: { bake: { units: 10_000 } } }

/** An experiment that the engine has promoted: it bakes. */
const promoted = async (pool: Pool, key: string, draft: object = bakes) => {
  const { id, scope } = await insertRunning(pool, key, draft)
  await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
  const running = createTick({ store: createEngineStore(pool), log: quiet })
  const fence = await lead(pool)
  await running(fence)
  await addCells(pool, scope, conversions(1, 1, 1, 0))
  await running(fence)
  return { id, before: scope, ...(await rowOf(pool, id)) }
}

/** Units of the bake: what the control kept, the equal part of the winner, and the rest of it. */
const arrive = (pool: Pool, { scope, epoch }: { scope: number; epoch: number }, factor: number, slow = 0.1) =>
  addCells(pool, scope, [
    ...conversions(0, 50 * factor, 20 * factor, 5 * factor),
    ...conversions(1, 50 * factor, 24 * factor, 50 * factor * slow),
    ...conversions(2, 900 * factor, 432 * factor, 900 * factor * slow),
  ].map((cell) => ({ ...cell, epoch })))

describeStores('a bake', (store) => {
  it('begins with the promotion in a scope of its own, where the former champion keeps its share, and ends with its units', async () => {
    const pool = store.database.engine
    const bake = await promoted(pool, 'calm')
    expect(bake).toMatchObject({ state: 'baking', kind: 'bake', winner: 'qwen', champion: '2', weights: [0.05, 0.95], ended: false })
    expect(bake.scope).not.toBe(bake.before)
    const { snapshot } = await createSnapshotSource(pool).load()
    const served = snapshot.experiments.find(({ key }) => key === 'calm')
    expect(served?.variants.map(({ key, version, weight }) => [key, version, Number(weight.toFixed(9))])).toEqual([
      ['gemma', '1', 0.05], ['qwen', '2', 0.05], ['qwen', '2', 0.9],
    ])
    expect(snapshot.models.find(({ key }) => key === 'calm')?.champion?.version).toBe('2')

    await arrive(pool, bake, 6)
    await tick(pool)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'baking' })
    const report = await createReports(pool).current('calm')
    expect(report).toMatchObject({ state: 'baking', units: 6_000, bake: { variant: 'qwen', units: 6_000, needed: 10_000 } })
    expect(report.variants.map(({ units }) => units)).toEqual([300, 5_700])

    await arrive(pool, bake, 4)
    await tick(pool)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'promoted', champion: '2', winner: 'qwen', ended: true, epoch: bake.epoch })
    const entries = await readEntries(pool, bake.id, 10, null)
    expect(entries.map(({ action, rule, status, epochBefore, epochAfter, weightsAfter }) => ({ action, rule, status, epochs: [epochBefore, epochAfter], weightsAfter }))).toEqual([
      { action: 'promote', rule: 'bake-over', status: 'applied', epochs: [bake.epoch, bake.epoch], weightsAfter: [0.05, 0.95] },
      { action: 'promote', rule: 'promote-superior', status: 'applied', epochs: [bake.epoch - 1, bake.epoch], weightsAfter: [0.05, 0.95] },
    ])
    expect(entries[1]?.evidence['bake']).toMatchObject({ units: 0, needed: 10_000, detectable: [{ metric: 'slow', harm: expect.closeTo(0.05, 1) }] })
    expect((await createSnapshotSource(pool).load()).snapshot.dormant).toContainEqual({ key: 'calm', model: 'calm', state: 'ended' })
    expect((await verifyChains(pool, `experiment:${bake.id}`)).breaks).toEqual([])
  })

  it('is rolled back when harm shows, though no evidence of before counts: champion restored, version locked', async () => {
    const pool = store.database.engine
    const bake = await promoted(pool, 'harmful', { policy: { ...bakes.policy, onHarm: 'kill' } })
    await arrive(pool, bake, 10, 0.25)
    await tick(pool)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'rolled_back', champion: '1', ended: true })
    const [entry] = await readEntries(pool, bake.id, 1, null)
    expect(entry).toMatchObject({ action: 'rollback', variant: 'qwen', rule: 'bake-harm', evidence: { locked: ['2'], scope: bake.scope, units: { control: 500, variant: 9_500 } } })
    expect((await createVersions(pool).get('harmful', '2')).lock).toMatchObject({ experiment: 'harmful' })
    expect((await createReports(pool).current('harmful')).summary.headline).toMatch(/^qwen was stopped: slow rose by/)
  })

  it('does not end in a freeze window, but is rolled back in one', async () => {
    const pool = store.database.engine
    const freeze = [{ from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', reason: 'holidays' }]
    const frozen = (bake: { id: number }) =>
      pool.run((sql) => sql`update experiments set definition = jsonb_set(definition, '{policy,freeze}', ${sql.json(freeze)}) where id = ${bake.id}`)
    const [whole, harmed] = [await promoted(pool, 'holiday'), await promoted(pool, 'holiday-harm')]
    await Promise.all([frozen(whole), frozen(harmed)])
    await arrive(pool, whole, 11)
    await arrive(pool, harmed, 11, 0.25)
    await tick(pool)
    expect(await rowOf(pool, whole.id)).toMatchObject({ state: 'baking' })
    expect((await readEntries(pool, whole.id, 1, null))[0]).toMatchObject({ action: 'promote', status: 'held', reason: expect.stringContaining('holidays') })
    expect(await rowOf(pool, harmed.id)).toMatchObject({ state: 'rolled_back', champion: '1' })
    await pool.run((sql) => sql`update experiments set definition = definition #- '{policy,freeze}' where id = ${whole.id}`)
    await tick(pool)
    expect(await rowOf(pool, whole.id)).toMatchObject({ state: 'promoted', champion: '2' })
  })

  it('is turned by the clock like any other experiment, and one that leads no more decides nothing of it', async () => {
    const pool = store.database.engine
    const bake = await promoted(pool, 'stalled')
    await arrive(pool, bake, 1)
    await pool.run((sql) => sql`update experiments set started_at = started_at - interval '2 hours' where id = ${bake.id}`)
    await pool.run((sql) => sql`update epochs set started_at = started_at - interval '2 hours' where experiment = ${bake.id} and epoch = ${bake.epoch}`)
    await tick(pool)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'baking', scope: bake.scope, epoch: bake.epoch + 1, weights: [0.05, 0.95] })

    const former = await lead(pool)
    await arrive(pool, bake, 10, 0.3)
    const engine = createEngineStore(pool)
    let successor = 0
    const stalling = { ...engine, apply: async (change: Parameters<typeof engine.apply>[0]) => {
      // between deciding and writing the lease passed on
      if (successor === 0) successor = await lead(pool)
      return engine.apply(change)
    } }
    await createTick({ store: stalling, log: quiet })(former)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'baking', champion: '2' })
    expect(await readEntries(pool, bake.id, 10, null)).toHaveLength(1)
    await createTick({ store: engine, log: quiet })(successor)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'rolled_back', champion: '1' })
  })

  it('serves nobody once somebody made another version champion, and ends', async () => {
    const pool = store.database.engine
    const bake = await promoted(pool, 'moved')
    await createTick({ store: createEngineStore(pool), log: quiet })(await lead(pool))
    await createChampions(pool).set('moved', '1', 'I know better', 'me')
    expect((await createSnapshotSource(pool).load()).snapshot.experiments.map(({ key }) => key)).not.toContain('moved')
    await tick(pool)
    expect(await rowOf(pool, bake.id)).toMatchObject({ state: 'rolled_back', champion: '1' })
    expect((await readEntries(pool, bake.id, 1, null))[0]).toMatchObject({ action: 'rollback', rule: 'champion-changed' })
    expect((await createVersions(pool).get('moved', '2')).lock).toBeNull()
  })

  it('obeys people: ended early, rolled back, stopped at once, and nothing else', async () => {
    const pool = store.database.engine
    const act = (key: string, action: 'promote' | 'rollback' | 'emergency-stop' | 'pause' | 'stop') => people(pool).act(key, { action, reason: 'asked' }, 'me')
    const [early, back, emergency] = [await promoted(pool, 'early-end'), await promoted(pool, 'called-back'), await promoted(pool, 'emergency')]
    for (const action of ['pause', 'stop'] as const) await expect(act('early-end', action)).rejects.toMatchObject({ code: 'illegal_transition' })
    expect(await act('early-end', 'promote')).toMatchObject({ state: 'promoted' })
    expect(await act('called-back', 'rollback')).toMatchObject({ state: 'rolled_back' })
    expect(await act('emergency', 'emergency-stop')).toMatchObject({ state: 'killed' })
    expect([await rowOf(pool, early.id), await rowOf(pool, back.id), await rowOf(pool, emergency.id)].map(({ champion }) => champion)).toEqual(['2', '1', '1'])
    await expect(act('emergency', 'emergency-stop')).rejects.toMatchObject({ code: 'illegal_transition' })
    expect((await readEntries(pool, early.id, 1, null))[0]).toMatchObject({ action: 'promote', actor: 'me', rule: 'manual', reason: 'asked', evidence: { bake: { units: 0, needed: 10_000 } } })
  })

  it('replays every decision of these tests to the very same entry', async () => {
    expect(await expectReplays(store.database.engine)).toBeGreaterThan(0)
  })
})

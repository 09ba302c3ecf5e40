import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { assign } from '../../src/assign/assign.ts'
import { type CompiledExperiment, compileSnapshot } from '../../src/assign/compile.ts'
import { createThrottle } from '../../src/engine/throttle.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { cappedBy } from '../../src/entry/watched.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { startApp } from '../http/support.ts'
import { insertRunning } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { until } from '../support/service.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, epochsOf } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

const units = Array.from({ length: 4_000 }, (_, index) => `unit-${index}`)
const variantsIn = (experiment: CompiledExperiment): Map<string, number> =>
  new Map(units.map((unit) => [unit, assign(experiment, { unit, draw: unit, attributes: {}, sticky: null }).variant]))

describeStores('a cap on calls a second', (store) => {
  it('lets fewer units in, of all arms alike, and none changes its arm; when the load falls, all come back', async () => {
    const pool = store.database.engine
    const { id } = await insertRunning(pool, 'capped', { maxRps: 20, stages: [{ allocation: 'fixed', coverage: 0.8 }] })
    await pool.run((sql) => sql`update epochs set coverage = 0.8 where experiment = ${id}`)
    const snapshots = createSnapshotSource(pool)
    const compiled = async () => compileSnapshot((await snapshots.load()).snapshot, () => () => true)
    const served = async () => (await compiled()).experiments.get('capped')!
    let [now, counts, current] = [0, [0, 0], await compiled()]
    const look = createThrottle({
      store: createEngineStore(pool), log: quiet, now: () => now, served: async () => counts, capped: () => cappedBy({ current: () => current })(),
    })
    /** Ten seconds in which the candidate got so many calls a second. */
    const after = async (rate: number): Promise<number> => {
      ;[now, counts, current] = [now + 10_000, [counts[0]! + rate * 10, counts[1]! + rate * 10], await compiled()]
      return look(await lead(pool))
    }
    await after(0)
    expect(await after(20)).toBe(0)
    const before = variantsIn(await served())
    expect(await after(100)).toBe(1)
    const cut = await served()
    expect([cut.coverage, cut.cap]).toEqual([expect.closeTo(0.8 * 0.19, 9), { maxRps: 20, throttle: expect.closeTo(0.19, 9) }])
    const during = variantsIn(cut)
    const inside = units.filter((unit) => during.get(unit)! >= 0)
    expect(inside.length / units.length).toBeCloseTo(0.152, 1)
    expect(inside.filter((unit) => during.get(unit) !== before.get(unit))).toEqual([])
    const [entry] = await readEntries(pool, id, 1, null)
    expect(entry).toMatchObject({
      action: 'throttle', rule: 'max-rps', actor: 'engine', status: 'applied', evidence: { rate: 100, throttle: 1, maxRps: 20 },
      reason: 'The busiest candidate was asked for 100.0 times a second, of 20 at most: 19 % of enrolment is let in.',
    })

    for (let quietLooks = 0; quietLooks < 7; quietLooks++) await after(0)
    expect((await served()).coverage).toBe(0.8)
    expect(variantsIn(await served())).toEqual(before)
    const epochs = await epochsOf(controlOf(store.database), id)
    expect(epochs.map(({ scope }) => scope === epochs[0]!.scope)).toEqual([true, true, true])
    expect((await controlOf(store.database).experiments.epochs('capped', { limit: 3, cursor: null })).items.map(({ coverage }) => coverage)).toEqual([0.8, expect.closeTo(0.152, 9), 0.8])
    expect(await expectReplays(pool)).toBe(2)
  })
})

it('is measured by the answers that nodes give', async () => {
  const app = await startApp({ ENGINE: 'on' })
  try {
    await app.must('POST', '/api/models', { key: 'small' })
    for (const version of ['1', '2']) await app.must('POST', '/api/models/small/versions', { version })
    await app.must('POST', '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
    await app.must('POST', '/api/experiments', {
      key: 'small', model: 'small', unguarded: true, maxRps: 0.5, stages: [{ allocation: 'fixed' }],
      variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }], metrics: [{ metric: 'win', role: 'decision' }],
    })
    await app.must('POST', '/api/experiments/small/actions', { action: 'start', reason: 'test' })
    let number = 0
    await until(async () => {
      for (let call = 0; call < 20; call++) await app.must('POST', '/assign', { experiment: 'small', unit: `u${++number}` })
      const { items } = await app.must('GET', '/api/experiments/small/epochs')
      return (items as { coverage: number }[])[0]!.coverage < 1
    })
    expect((await app.must('GET', '/api/experiments/small/decisions'))['items']).toMatchObject([{ action: 'throttle', status: 'applied' }, { action: 'start' }])
  } finally {
    await app.close()
  }
})

import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createSnapshotSource } from '../../src/store/read/snapshot.ts'
import { addCells, conversions, slow } from '../support/experiment-rows.ts'
import { describeStores } from '../support/stores.ts'
import { type Control, controlOf, withModel } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: console.error }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

describeStores('a watch', (store) => {
  /** A model whose champions were 1 and then 2, and whose answers may be slow in one of ten cases. */
  const watched = async (control: Control, watch: object, fallbacks: string[] = []): Promise<string> => {
    await control.metrics.create(slow).catch(() => {})
    const model = await withModel(control)
    await control.models.patch(model, { watch: { metrics: ['win', 'slow'], limits: { slow: 0.1 }, ...watch }, fallbacks }, 'ada')
    for (const version of ['1', '2']) await control.champions.set(model, version, 'better', 'ada')
    return model
  }
  /** So many units that reported today of a version's champion traffic, and how many of them were slow. */
  const report = async (model: string, version: string, units: number, slows: number): Promise<void> => {
    const pool = store.database.engine
    const [row] = await pool.run((sql) => sql<{ scope: number; today: number }[]>`
      select v.watch_scope as scope, floor(extract(epoch from moment()) / 86400)::int as today
      from versions v join models m on m.id = v.model where m.key = ${model} and v.version = ${version}`)
    await addCells(pool, row!.scope, conversions(0, units, units / 2, slows).map((cell) => ({ ...cell, epoch: row!.today })))
  }
  const entriesOf = (model: string) => store.database.engine.run((sql) => sql<{ action: string; rule: string; reason: string; evidence: Record<string, unknown> }[]>`
    select l.action, l.entry->>'rule' as rule, l.entry->>'reason' as reason, l.entry->'evidence' as evidence
    from ledger l join models m on l.chain = 'model:' || m.id where m.key = ${model} and l.actor = 'engine' order by l.seq`)
  const tickOf = () => {
    const tick = createTick({ store: createEngineStore(store.database.engine), log: quiet })
    return async () => tick(await lead(store.database.engine))
  }

  it('goes back to the champion before when the present one breaks a limit, once', async () => {
    const control = controlOf(store.database)
    const model = await watched(control, { onHarm: 'rollback' })
    const tick = tickOf()
    await report(model, '2', 500, 45)
    await tick()
    expect(await entriesOf(model)).toEqual([])
    const { version } = (await createSnapshotSource(store.database.api).load()).snapshot
    await report(model, '2', 500, 300)
    await tick()
    expect(await control.models.get(model)).toMatchObject({ champion: '1' })
    const [entry, ...others] = await entriesOf(model)
    expect([others, entry]).toMatchObject([[], {
      action: 'rollback', rule: 'watch', evidence: { version: '2', to: '1', onHarm: 'rollback', harm: [{ metric: 'slow', limit: 0.1, estimate: 0.345, units: 1_000 }] },
      reason: expect.stringMatching(/^Version 2: slow was 34\.5 % of 1000 units on \d{4}-\d\d-\d\d, at least \d\d\.\d+ % by what is known, where at most 10 % is allowed\. Version 1 serves again\.$/),
    }])
    expect((await control.champions.history(model, { limit: 1, cursor: null })).items).toMatchObject([{ version: '1', previous: '2', kind: 'rollback', actor: 'engine' }])
    expect((await createSnapshotSource(store.database.api).load()).snapshot.version).toBeGreaterThan(version)
    // the version before breaks it as well: the cause lies elsewhere
    await report(model, '1', 500, 300)
    await tick()
    await tick()
    expect((await entriesOf(model)).slice(1)).toMatchObject([{ action: 'alert', evidence: { version: '1', why: expect.stringContaining('less than a day ago') } }])
    expect((await verifyChains(store.database.api)).breaks).toEqual([])
  })

  it('falls back where it is told to, and only tells where it is not', async () => {
    const control = controlOf(store.database)
    const [standing, telling] = [await watched(control, { onHarm: 'fallback' }, ['2', '3']), await watched(control, {})]
    const tick = tickOf()
    for (const model of [standing, telling]) await report(model, '2', 500, 300)
    await tick()
    await tick()
    expect([await control.models.get(standing), await control.models.get(telling)]).toMatchObject([{ champion: '3' }, { champion: '2' }])
    expect(await entriesOf(standing)).toMatchObject([{ action: 'rollback', evidence: { onHarm: 'fallback', to: '3' } }])
    expect(await entriesOf(telling)).toMatchObject([{ action: 'alert', rule: 'watch', evidence: { onHarm: 'alert' } }])
  })

  it('refuses a limit that nothing would judge', async () => {
    const control = controlOf(store.database)
    await control.metrics.create({ key: 'p95', kind: 'quantile', measure: 'ms', direction: 'decrease', quantile: 0.95 })
    const model = await withModel(control)
    await expect(control.models.patch(model, { watch: { metrics: ['p95'], limits: { p95: 800 } } }, 'ada')).rejects.toMatchObject({
      violations: [{ path: 'watch.limits.p95', message: expect.stringContaining('only shown') }],
    })
    await control.models.patch(model, { watch: { metrics: ['p95'] } }, 'ada')
  })
})

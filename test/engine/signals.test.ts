import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import { createSignals } from '../../src/store/control/signals.ts'
import type { Pool } from '../../src/store/connect.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

describeStores('signals', (store) => {
  it('hold the winner of an experiment while one of its model alarms, told once, and let it go after', async () => {
    const pool = store.database.engine
    const signals = createSignals(pool)
    const { id, scope } = await insertRunning(pool, 'signalled')
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    const told = async () => (await readEntries(pool, id, 20, null)).toReversed().map(({ action, rule }) => [action, rule])
    await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    await tick(await lead(pool))
    expect(await signals.tell({ model: 'signalled', name: 'gpu', status: 'alarm', value: 0.97 }, 'ops')).toMatchObject({ status: 'alarm', changed: true })
    await tick(await lead(pool))
    await addCells(pool, scope, conversions(1, 1, 1, 0))
    await tick(await lead(pool))
    expect(await told()).toEqual([['hold', 'hold']])
    const [hold] = await readEntries(pool, id, 1, null)
    expect(hold?.evidence).toMatchObject({ reasons: [{ reason: 'signal', metric: 'signal:gpu', variant: null }] })
    await signals.tell({ model: 'signalled', name: 'gpu', status: 'ok' }, 'ops')
    for (let look = 0; look < 6; look++) {
      await addCells(pool, scope, conversions(1, 1, 1, 0))
      await tick(await lead(pool))
    }
    expect(await told()).toEqual([['hold', 'hold'], ['hold', 'hold-lifted'], ['promote', 'promote-superior']])
    expect(await expectReplays(pool)).toBe(3)
  })

  it.each([
    ['alarm', { status: 'alarm' }, {}, /raised an alarm at .*which is over/],
    ['excess over a limit', { value: 0.97 }, { signals: [{ name: 'gpu', limit: { above: 0.9 } }] }, /was above 0.9 at .*which is over/],
  ] as const)('tell of what came and went between two looks, an %s, and what was to be promoted waits', async (kind, sounds, draft, told) => {
    const pool = store.database.engine
    const { tell } = createSignals(pool)
    const key = `passed-${kind.replaceAll(' ', '-')}`
    const { id, scope } = await insertRunning(pool, key, draft)
    const tick = createTick({ store: createEngineStore(pool), log: quiet })
    await tell({ experiment: key, name: 'gpu', value: 0.1 }, 'ops')
    await addCells(pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    await tick(await lead(pool))
    await addCells(pool, scope, conversions(1, 1, 1, 0))
    await tell({ experiment: key, name: 'gpu', ...sounds }, 'ops')
    await tell({ experiment: key, name: 'gpu', value: 0.1, status: 'ok' }, 'ops')
    await tick(await lead(pool))
    expect(await readEntries(pool, id, 20, null)).toMatchObject([{ action: 'hold', rule: 'hold', reason: expect.stringMatching(told) }])
    for (let look = 0; look < 6; look++) {
      await addCells(pool, scope, conversions(1, 1, 1, 0))
      await tick(await lead(pool))
    }
    expect((await readEntries(pool, id, 20, null)).toReversed().map(({ rule }) => rule)).toEqual(['hold', 'hold-lifted', 'promote-superior'])
    await expectReplays(pool)
  })

  it('keep the latest of each name, and say what they are about', async () => {
    const pool = store.database.engine
    const { tell, list } = createSignals(pool)
    await insertRunning(pool, 'noted')
    const first = { experiment: 'noted', variant: 'qwen', name: 'drift', value: 0.1, at: '2026-01-02T00:00:00Z', expiresIn: 'PT1H', source: 'evidently' }
    expect(await tell(first, 'ops')).toEqual({
      experiment: 'noted', model: null, variant: 'qwen', name: 'drift', status: 'ok', value: 0.1, source: 'evidently', at: '2026-01-02T00:00:00.000Z',
      expiresAt: '2026-01-02T01:00:00.000Z', receivedAt: expect.any(String), actor: 'ops', changed: true,
    })
    expect(await tell(first, 'ops')).toMatchObject({ changed: false })
    expect(await tell({ ...first, value: 9, at: '2026-01-01T00:00:00Z' }, 'ops')).toMatchObject({ changed: false, value: 0.1 })
    expect(await tell({ ...first, value: 0.2, at: '2026-01-03T00:00:00Z' }, 'ops')).toMatchObject({ changed: true, value: 0.2 })
    await tell({ model: 'noted', name: 'gpu', status: 'alarm' }, 'ops')
    expect((await list({ experiment: 'noted' })).map(({ name, model }) => [name, model])).toEqual([['drift', null], ['gpu', 'noted']])
    expect(await list({ model: 'noted' })).toMatchObject([{ name: 'gpu', variant: null }])
    await expect(tell({ ...first, variant: 'nobody' }, 'ops')).rejects.toMatchObject({ violations: [{ path: 'variant' }] })
    await expect(tell({ ...first, at: '2999-01-01T00:00:00Z' }, 'ops')).rejects.toMatchObject({ code: 'in_future' })
    await expect(tell({ experiment: 'nobody', name: 'gpu', value: 1 }, 'ops')).rejects.toMatchObject({ code: 'experiment_not_found' })
    await expect(tell({ model: 'nobody', name: 'gpu', value: 1 }, 'ops')).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

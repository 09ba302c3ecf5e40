import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { postMortemOf } from '../../src/core/tell/post-mortem.ts'
import { createTick } from '../../src/engine/tick.ts'
import { createEngineStore } from '../../src/entry/engine.ts'
import type { Pool } from '../../src/store/connect.ts'
import { createLease } from '../../src/store/control/lease.ts'
import { readEntries } from '../../src/store/control/ledger.ts'
import { openScope } from '../../src/store/control/scopes.ts'
import { listPostMortems, readPostMortem } from '../../src/store/read/post-mortems.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { expectReplays } from '../support/replays.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, started } from '../store/control/setup.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }
const page = { limit: 100, cursor: null }

/** A fence that leads now, whoever led before. */
const lead = async (pool: Pool): Promise<number> => {
  await pool.run((sql) => sql`update lease set expires_at = clock_timestamp()`)
  return (await createLease(pool, randomUUID()).acquire())?.fence ?? 0
}

describeStores('post-mortems', (store) => {
  const pool = (): Pool => store.database.engine
  const openOf = async (key: string) => (await listPostMortems(pool(), page, true)).items.filter(({ experiment }) => experiment === key)
  const lockOf = async (model: string, version: string) => (await controlOf(store.database).versions.get(model, version)).lock

  it('are opened by the engine’s rollback with what happened, and the version stays locked until it is signed', async () => {
    const { id, scope, model } = await insertRunning(pool(), 'harmful')
    const tick = createTick({ store: createEngineStore(pool()), log: quiet })
    const fence = await lead(pool())
    await addCells(pool(), scope, [...conversions(0, 300, 120, 30), ...conversions(1, 300, 120, 36)])
    await tick(fence)
    await addCells(pool(), scope, [...conversions(0, 3_000, 1_200, 300), ...conversions(1, 3_000, 1_200, 650)])
    await tick(fence)
    const [entry] = await readEntries(pool(), id, 1, null)
    expect(entry).toMatchObject({ action: 'rollback', variant: 'qwen', status: 'applied' })

    // the same units once more, day by day: nobody was exposed twice
    const daily = await pool().begin((tx) => openScope(tx, { kind: 'generation', experiment: id, model, stage: 0, metrics: [], windowMs: 0, parent: scope, strata: null }))
    await addCells(pool(), daily, [...conversions(0, 3_300), ...conversions(1, 3_300)])
    const [open] = await openOf('harmful')
    expect(open).toMatchObject({ decision: entry!.id, action: 'rollback', variant: 'qwen', locked: ['2'], actor: 'engine', signature: null, openedAt: entry!.at })
    const facts = await readPostMortem(pool(), entry!.id)
    const told = postMortemOf(facts!)
    expect(told.units).toEqual({ gemma: { atDecision: 3_300, exposed: 3_300 }, qwen: { atDecision: 3_300, exposed: 3_300 } })
    expect(facts!.harm).toMatchObject([{ metric: 'slow', variant: 'qwen', points: [{ verdict: expect.not.stringMatching('FAIL') }, { verdict: 'FAIL' }] }])
    expect(told.harm).toEqual([{ metric: 'slow', name: 'slow', variant: 'qwen', began: facts!.harm[0]!.points[1]!.at, failed: facts!.harm[0]!.points[1]!.at }])
    expect(told).toMatchObject({ stillLocked: ['2'], evidence: entry!.evidence, servedSince: [{ text: 'version 1 as champion' }] })

    const control = controlOf(store.database)
    await expect(control.champions.set('harmful', '2', 'again', 'me')).rejects.toMatchObject({ code: 'version_locked' })
    const { decision } = await control.experiments.act('harmful', { action: 'acknowledge', reason: 'a slow tokenizer' }, 'me')
    expect(await openOf('harmful')).toEqual([])
    expect(await lockOf('harmful', '2')).toBeNull()
    const signed = postMortemOf((await readPostMortem(pool(), entry!.id))!)
    expect(signed).toMatchObject({ signature: { by: 'me', note: 'a slow tokenizer', decision }, stillLocked: [], sign: null })
    expect(signed.timeline.at(-1)).toMatchObject({ kind: 'signed' })
    await expect(control.experiments.act('harmful', { action: 'acknowledge', reason: 'again' }, 'me')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('of a kill lock nothing, and are signed one variant at a time', async () => {
    const control = controlOf(store.database)
    const { key } = await started(control)
    const kill = async (variant: string) => (await control.experiments.act(key, { action: 'kill', variant, reason: 'rude' }, 'me')).decision
    const [b, c] = [await kill('b'), await kill('c')]
    expect((await openOf(key)).map(({ decision, variant, locked }) => [decision, variant, locked])).toEqual([[c, 'c', []], [b, 'b', []]])
    await control.experiments.act(key, { action: 'acknowledge', variant: 'c', reason: 'a prompt' }, 'you')
    expect((await openOf(key)).map(({ decision }) => decision)).toEqual([b])
    expect((await listPostMortems(pool(), page, false)).items.find(({ decision }) => decision === c)?.signature).toMatchObject({ by: 'you', note: 'a prompt' })
    await expect(control.experiments.act(key, { action: 'acknowledge', variant: 'c', reason: 'again' }, 'you')).rejects.toMatchObject({ code: 'conflict' })
    expect(postMortemOf((await readPostMortem(pool(), b!))!).questions).toContain('No rule had failed for b: what was seen, and should a rule watch it?')
  })

  it('of several versions wait for the last of them', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await control.experiments.act(key, { action: 'rollback', reason: 'both slow' }, 'me')
    expect(await openOf(key)).toMatchObject([{ variant: null, locked: ['2', '3'] }])
    await control.experiments.act(key, { action: 'acknowledge', variant: 'b', reason: 'b is mended' }, 'me')
    expect([await lockOf(model, '2'), (await lockOf(model, '3'))?.experiment, (await openOf(key)).length]).toEqual([null, key, 1])
    await control.experiments.act(key, { action: 'acknowledge', reason: 'c is mended' }, 'me')
    expect([await lockOf(model, '3'), (await openOf(key)).length]).toEqual([null, 0])
  })

  it('are neither opened by what was only held back, nor by actions that blame nobody', async () => {
    const control = controlOf(store.database)
    const { key } = await started(control)
    for (const action of ['pause', 'resume', 'stop', 'archive'] as const) await control.experiments.act(key, { action, reason: 'over' }, 'me')
    const { scope } = await insertRunning(pool(), 'observed', { policy: { mode: 'observe' } })
    await addCells(pool(), scope, [...conversions(0, 3_000, 1_200, 300), ...conversions(1, 3_000, 1_200, 650)])
    await createTick({ store: createEngineStore(pool()), log: quiet })(await lead(pool()))
    expect([...(await openOf(key)), ...(await openOf('observed'))]).toEqual([])
  })

  it('leave every decision replayable', async () => {
    expect(await expectReplays(pool())).toBeGreaterThan(10)
  })
})

import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTick } from '../../../src/engine/tick.ts'
import { createEngineStore } from '../../../src/entry/engine.ts'
import { applyChange } from '../../../src/store/control/apply.ts'
import { addCells, conversions, insertRunning } from '../../support/experiment-rows.ts'
import { describeStores } from '../../support/stores.ts'
import { bare, type Control, controlOf, definitionOn, leading, started } from './setup.ts'

const act = ({ experiments }: Control, key: string, action: string, variant?: string) =>
  experiments.act(key, { action: action as 'start', reason: 'because', ...(variant ? { variant } : {}) }, 'tester')

const lockOf = async ({ versions }: Control, model: string, version: string) => (await versions.get(model, version)).lock

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

describeStores('a version that was rolled back', (store) => {
  it('is locked with the promotion undone: nobody makes it champion before somebody acknowledges', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await act(control, key, 'promote', 'b')
    await act(control, key, 'rollback')
    expect(await lockOf(control, model, '2')).toEqual({ at: expect.any(String), actor: 'tester', reason: 'because', experiment: key })
    expect(await lockOf(control, model, '1')).toBeNull()
    await expect(control.champions.set(model, '2', 'again', 'tester')).rejects.toMatchObject({
      code: 'version_locked', message: expect.stringContaining(`send the action acknowledge to the experiment "${key}"`),
    })

    const { key: next } = await control.experiments.create(definitionOn(model))
    await act(control, next, 'start')
    await expect(act(control, next, 'promote', 'b')).rejects.toMatchObject({
      code: 'version_locked', message: expect.stringContaining(`send the action acknowledge to the experiment "${key}"`),
    })
    expect((await control.models.get(model)).champion).toBe('1')
    expect(await act(control, key, 'acknowledge')).toMatchObject({ state: 'rolled_back', decision: expect.any(Number) })
    expect(await lockOf(control, model, '2')).toBeNull()
    await act(control, next, 'promote', 'b')
    expect((await control.models.get(model)).champion).toBe('2')

    const { items } = await control.experiments.decisions(key, { limit: 10, cursor: null })
    expect(items.map(({ action, evidence }) => [action, evidence['locked'] ?? evidence['acknowledged']])).toEqual([
      ['acknowledge', [{ version: '2', at: expect.any(String), actor: 'tester', reason: 'because', experiment: key }]],
      ['rollback', ['2']], ['promote', undefined], ['start', undefined],
    ])
    await expect(act(control, key, 'acknowledge')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is every candidate of a running experiment, or the one that was named; never the control’s or a killed one', async () => {
    const control = controlOf(store.database)
    const all = await started(control)
    await act(control, all.key, 'rollback')
    expect(await Promise.all(['1', '2', '3'].map(async (version) => (await lockOf(control, all.model, version)) !== null))).toEqual([false, true, true])
    await act(control, all.key, 'acknowledge', 'c')
    expect(await Promise.all(['2', '3'].map(async (version) => (await lockOf(control, all.model, version)) !== null))).toEqual([true, false])

    const named = await started(control)
    await expect(act(control, named.key, 'rollback', 'a')).rejects.toMatchObject({ code: 'conflict' })
    await act(control, named.key, 'rollback', 'c')
    expect(await Promise.all(['2', '3'].map(async (version) => (await lockOf(control, named.model, version)) !== null))).toEqual([false, true])

    const one = await started(control)
    await act(control, one.key, 'kill', 'b')
    await act(control, one.key, 'rollback')
    expect(await Promise.all(['2', '3'].map(async (version) => (await lockOf(control, one.model, version)) !== null))).toEqual([false, true])
  })

  it('refuses a promotion that was planned before it was locked', async () => {
    const control = controlOf(store.database)
    const { key, id, model } = await started(control)
    const { revision } = await control.experiments.get(key)
    await control.pool.run((sql) => sql`
      update versions set lock = '{"at":"2026-01-01T00:00:00Z","actor":"x","reason":"harm","experiment":"other"}' where version = '2'
        and model = (select id from models where key = ${model})`)
    const change = bare(id, revision, { state: 'promoted', champion: '2', championBefore: '1', winner: 'b' })
    expect(await applyChange(control.pool, change)).toEqual({ status: 'stale' })
    await expect(act(control, key, 'promote', 'b')).rejects.toMatchObject({ code: 'version_locked' })
    expect((await control.models.get(model)).champion).toBe('1')
  })

  it('is held back by the engine with an entry that says why, once, and promoted after two looks since the acknowledgement', async () => {
    const control = controlOf(store.database)
    const key = `locked-${randomUUID().slice(0, 8)}`
    const { scope, model } = await insertRunning(control.pool, key)
    await control.pool.run((sql) => sql`
      update versions set lock = ${sql.json({ at: '2026-01-01T00:00:00Z', actor: 'x', reason: 'harm', experiment: key })}
      where version = '2' and model = ${model}`)
    const { fence } = await leading(control)
    const tick = createTick({ store: createEngineStore(control.pool), log: quiet })
    await addCells(control.pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_900, 600)])
    for (let look = 0; look < 4; look++) {
      await tick(fence)
      await addCells(control.pool, scope, conversions(1, 1, 1, 0))
    }
    expect((await control.experiments.decisions(key, { limit: 10, cursor: null })).items).toMatchObject([
      { action: 'promote', variant: 'qwen', status: 'held', reason: expect.stringContaining(`locked since ${key} took it out of service`) },
    ])
    expect((await control.models.get(key)).champion).toBe('1')

    await act(control, key, 'acknowledge')
    for (let look = 0; look < 2; look++) {
      expect((await control.models.get(key)).champion).toBe('1')
      await addCells(control.pool, scope, conversions(1, 1, 1, 0))
      await tick(fence)
    }
    expect((await control.models.get(key)).champion).toBe('2')
  })

  it('is locked by the engine’s own rollback, too', async () => {
    const control = controlOf(store.database)
    const key = `harmed-${randomUUID().slice(0, 8)}`
    const { scope } = await insertRunning(control.pool, key)
    const { fence } = await leading(control)
    await addCells(control.pool, scope, [...conversions(0, 6_000, 2_400, 600), ...conversions(1, 6_000, 2_400, 1_200)])
    await createTick({ store: createEngineStore(control.pool), log: quiet })(fence)
    expect(await lockOf(control, key, '2')).toMatchObject({ actor: 'engine', experiment: key, reason: expect.stringContaining('qwen is worse than gemma on slow') })
  })
})

describeStores('rolling back a model', (store) => {
  it('walks back through its history and says so when it is at an end', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await act(control, key, 'stop')
    for (const version of ['2', '3']) await control.champions.set(model, version, 'newer', 'tester')
    expect(await control.champions.rollback(model, 'bad', 'tester')).toMatchObject({ version: '2', previous: '3', kind: 'rollback' })
    expect(await control.champions.rollback(model, 'bad, too', 'tester')).toMatchObject({ version: '1', previous: '2' })
    await expect(control.champions.rollback(model, 'more', 'tester')).rejects.toMatchObject({
      code: 'conflict', message: expect.stringMatching(/no earlier champion.*"2" was rolled back, version "3" was rolled back/),
    })
    const { items } = await control.champions.history(model, { limit: 10, cursor: null })
    expect(items.map(({ seq, version, previous, kind }) => [seq, version, previous, kind])).toEqual([
      [5, '1', '2', 'rollback'], [4, '2', '3', 'rollback'], [3, '3', '2', 'set'], [2, '2', '1', 'set'], [1, '1', null, 'start'],
    ])
    await control.champions.set(model, '3', 'on purpose', 'tester')
    expect(await control.champions.rollback(model, 'back', 'tester')).toMatchObject({ version: '1' })
  })

  it('passes over a version that an experiment’s rollback has locked', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await act(control, key, 'promote', 'b')
    await control.champions.set(model, '3', 'newer', 'tester')
    await control.pool.run((sql) => sql`
      update versions set lock = ${sql.json({ at: '2026-01-01T00:00:00Z', actor: 'x', reason: 'harm', experiment: key })}
      where version = '2' and model = (select id from models where key = ${model})`)
    expect(await control.champions.rollback(model, 'bad', 'tester')).toMatchObject({ version: '1' })
  })
})

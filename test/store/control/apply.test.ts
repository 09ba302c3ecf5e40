import { expect, it } from 'vitest'
import { applyChange } from '../../../src/store/control/apply.ts'
import { readAnalysis } from '../../../src/store/read/history.ts'
import { readExperiment } from '../../../src/store/read/moments.ts'
import { createSnapshotSource } from '../../../src/store/read/snapshot.ts'
import { describeStores } from '../../support/stores.ts'
import { bare, contiguous, controlOf, definitionOn, epochsOf, freshKey, idOf, leading, started, withModel } from './setup.ts'

const act = (control: ReturnType<typeof controlOf>, key: string, action: string, variant?: string) =>
  control.experiments.act(key, { action: action as 'start', reason: 'because', ...(variant ? { variant } : {}) }, 'tester')

describeStores('actions', (store) => {
  it('start opens scope and epoch, freezes, gives the model a champion, and nodes see it', async () => {
    const control = controlOf(store.database)
    const source = createSnapshotSource(control.pool)
    const model = await withModel(control)
    const definition = definitionOn(model, { overrides: { anna: 'b' }, stages: [{ allocation: 'fixed', coverage: 0.5, weights: { a: 0.5, b: 0.3, c: 0.2 } }] })
    await control.experiments.create(definition)
    expect((await source.load()).snapshot.dormant).toContainEqual({ key: definition.key, model, state: 'draft' })

    const before = await source.version()
    expect(await act(control, definition.key, 'start')).toMatchObject({ state: 'running', epoch: 1, decision: expect.any(Number) })
    expect(await source.version()).toBe(before + 1)

    const { snapshot } = await source.load()
    const served = snapshot.experiments.find(({ key }) => key === definition.key)
    expect(served).toMatchObject({
      model, unitType: 'user', stickiness: 'hash', salt: 'drawn', epoch: 1, coverage: 0.5, layer: null, audience: null,
      overrides: { [Buffer.from('user:anna').toString('hex').padEnd(32, '0')]: 1 },
      variants: [
        { key: 'a', version: '1', payload: { version: '1' }, weight: 0.5, control: true, status: 'live' },
        { key: 'b', version: '2', weight: 0.3 }, { key: 'c', version: '3', weight: 0.2 },
      ],
    })
    expect(served?.scope).toBeGreaterThan(0)
    expect(snapshot.models.find(({ key }) => key === model)?.champion).toMatchObject({ version: '1', watch: served?.variants[0]?.watch })
    expect(await control.experiments.get(definition.key)).toMatchObject({ state: 'running', epoch: 1, startedAt: expect.any(String), endedAt: null })
    await expect(act(control, definition.key, 'start')).rejects.toMatchObject({ code: 'illegal_transition' })
  })

  it('every scope of an experiment in which everybody should report says by when, and who did is read', async () => {
    const control = controlOf(store.database)
    const metric = freshKey()
    await control.metrics.create({ key: metric, kind: 'mean', measure: 'ms', direction: 'decrease' })
    const of = async (more: object) => {
      const { key, id } = await started(control, more)
      await act(control, key, 'kill', 'c')
      const scopes = await control.pool.run((sql) => sql`
        select extract(epoch from report_by)::int seconds from scopes where experiment = ${id} and kind = 'stage' order by id`)
      const reading = await readExperiment(control.pool, key)
      return { seconds: scopes.map((row) => row['seconds']), arms: reading?.epochs.at(-1)?.arms.map(({ timely }) => timely) }
    }
    const metrics = [{ metric: 'win', role: 'decision' }, { metric, role: 'diagnostic' }]
    expect(await of({ metrics, reportBy: 'PT30M' })).toEqual({ seconds: [1_800, 1_800], arms: [0, 0, 0] })
    expect(await of({})).toEqual({ seconds: [null, null], arms: [undefined, undefined, undefined] })
  })

  it('kill opens a new scope without the variant, and the last one ends the experiment', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    await act(control, key, 'kill', 'b')
    const [first, second] = await epochsOf(control, id)
    expect(second?.weights).toEqual([0.5, 0, 0.5])
    expect(second?.scope).not.toBe(first?.scope)
    expect(await act(control, key, 'kill', 'c')).toMatchObject({ state: 'killed', epoch: 2 })
    const epochs = await epochsOf(control, id)
    expect(epochs.map(({ endedAt }) => endedAt !== null)).toEqual([true, true])
    expect(contiguous(epochs)).toBe(true)
    const { snapshot } = await createSnapshotSource(control.pool).load()
    expect(snapshot.experiments.some((one) => one.key === key)).toBe(false)
    expect(snapshot.dormant).toContainEqual({ key, model: expect.any(String), state: 'ended' })
  })

  it('a person acting leaves what could be seen: the numbers in the entry, and the analysis they come from', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    const scope = (await epochsOf(control, id))[0]!.scope
    await control.pool.run((sql) => sql`
      insert into rollups (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
      values (${scope}, 1, 1, 0, 0, 40, 30, 35, 0, 0, 0), (${scope}, 1, 1, 1, 0, 30, 20, 30, 20, 20, 30)`)
    await act(control, key, 'kill', 'b')
    const [entry] = (await control.experiments.decisions(key, { limit: 1, cursor: null })).items
    expect(entry?.evidence).toMatchObject({ analysis: expect.any(Number), units: { b: { units: 40, outcomes: 35 } } })
    const kept = await readAnalysis(control.pool, key, { analysis: entry?.evidence['analysis'] as number })
    expect(kept?.variants.find((variant) => variant.key === 'b')).toMatchObject({ units: 40, outcomes: 35 })
  })

  it('pause and resume move nobody: no epoch, no scope, but two entries', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    await act(control, key, 'pause')
    await act(control, key, 'resume')
    expect(await epochsOf(control, id)).toHaveLength(1)
    const { items } = await control.experiments.decisions(key, { limit: 10, cursor: null })
    expect(items.map(({ action, seq }) => [action, seq])).toEqual([['resume', 3], ['pause', 2], ['start', 1]])
  })

  it('promote makes the version champion, rollback brings the one before back', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await act(control, key, 'promote', 'b')
    expect(await control.experiments.get(key)).toMatchObject({ state: 'promoted', winner: 'b', endedAt: expect.any(String) })
    expect((await control.models.get(model)).champion).toBe('2')
    await act(control, key, 'rollback')
    expect((await control.models.get(model)).champion).toBe('1')
    const { items } = await control.champions.history(model, { limit: 10, cursor: null })
    expect(items.map(({ seq, version, previous, experiment }) => [seq, version, previous, experiment]))
      .toEqual([[3, '1', '2', key], [2, '2', '1', key], [1, '1', null, key]])
    expect((await act(control, key, 'archive')).state).toBe('archived')
  })

  it('refuses to roll a promotion back over a champion that somebody else has set', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await act(control, key, 'promote', 'b')
    await control.champions.set(model, '3', 'newer', 'tester')
    await expect(act(control, key, 'rollback')).rejects.toMatchObject({ code: 'conflict' })
    expect((await control.models.get(model)).champion).toBe('3')
  })

  it('refuses a second experiment on the model, unless both have their own range of a layer', async () => {
    const control = controlOf(store.database)
    const layer = freshKey()
    const model = await withModel(control)
    const ranges = [[0, 0.5], [0.5, 1], [0.4, 0.6]] as const
    const keys: string[] = []
    for (const [from, to] of ranges) keys.push((await control.experiments.create(definitionOn(model, { layer: { key: layer, from, to } }))).key)
    await act(control, keys[0]!, 'start')
    await act(control, keys[1]!, 'start')
    await expect(act(control, keys[2]!, 'start')).rejects.toMatchObject({ code: 'layer_overlap' })
    const { key: bare } = await control.experiments.create(definitionOn(model))
    await expect(act(control, bare, 'start')).rejects.toMatchObject({ code: 'layer_overlap' })
    expect(await control.experiments.get(bare)).toMatchObject({ state: 'draft', epoch: 0 })
    for (const key of keys.slice(0, 2)) await act(control, key, 'stop')
    expect((await act(control, bare, 'start')).state).toBe('running')
  })

  it('refuses overlapping ranges of a layer on two models as well: a unit is in one experiment of a layer', async () => {
    const control = controlOf(store.database)
    const layer = { key: freshKey(), from: 0, to: 0.5 }
    await started(control, { layer })
    await expect(started(control, { layer: { ...layer, from: 0.4, to: 1 } })).rejects.toMatchObject({ code: 'layer_overlap' })
    await started(control, { layer: { ...layer, from: 0.5, to: 1 } })
  })

  it('answers stale, and writes nothing, to a change planned from an older row', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    const { revision } = await control.experiments.get(key)
    expect(await applyChange(control.pool, bare(id, revision))).toMatchObject({ status: 'applied' })
    expect(await applyChange(control.pool, bare(id, revision))).toEqual({ status: 'stale' })
    expect((await control.experiments.decisions(key, { limit: 10, cursor: null })).items).toHaveLength(2)
  })

  it('answers stale to a change planned from another champion', async () => {
    const control = controlOf(store.database)
    const { key, id, model } = await started(control)
    const { revision } = await control.experiments.get(key)
    await control.champions.set(model, '3', 'meanwhile', 'tester')
    const change = bare(id, revision, { state: 'promoted', champion: '2', championBefore: '1', winner: 'b' })
    expect(await applyChange(control.pool, change)).toEqual({ status: 'stale' })
    expect((await control.models.get(model)).champion).toBe('3')
    expect((await control.experiments.get(key)).state).toBe('running')
  })

  it('refuses the write of an engine that was overtaken, or whose lease has run out', async () => {
    const control = controlOf(store.database)
    const { key, id } = await started(control)
    const { revision } = await control.experiments.get(key)
    const { fence: old, lease: oldLease } = await leading(control)
    const { fence, lease } = await leading(control)
    expect(fence).toBe(old + 1)
    expect(await oldLease.renew(old)).toBe(false)
    expect(await applyChange(control.pool, bare(id, revision, { fence: old }))).toEqual({ status: 'stale' })
    await control.pool.run((sql) => sql`update lease set expires_at = clock_timestamp() - interval '1 millisecond'`)
    expect(await applyChange(control.pool, bare(id, revision, { fence }))).toEqual({ status: 'stale' })
    expect(await lease.renew(fence)).toBe(true)
    expect(await applyChange(control.pool, bare(id, revision, { fence }))).toMatchObject({ status: 'applied' })
    expect(await oldLease.acquire()).toBeNull()
    await lease.release(fence)
    expect(await oldLease.acquire()).toEqual({ fence: fence + 1 })
  })

  it('of two promotions at once one wins, the other is stale', async () => {
    const control = controlOf(store.database)
    const { key, id, model } = await started(control)
    const results = await Promise.allSettled([act(control, key, 'promote', 'b'), act(control, key, 'promote', 'c')])
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost).toHaveLength(1)
    expect(['stale', 'illegal_transition']).toContain(lost[0]?.reason.code)
    const { winner } = await control.experiments.get(key)
    expect((await control.models.get(model)).champion).toBe(winner === 'b' ? '2' : '3')
    expect((await control.champions.history(model, { limit: 10, cursor: null })).items).toHaveLength(2)
    expect(await idOf(control, key)).toBe(id)
  })
})

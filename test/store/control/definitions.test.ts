import { expect, it } from 'vitest'
import { describeStores } from '../../support/stores.ts'
import { type Control, controlOf, definitionOn, freshKey, idOf, started, withModel } from './setup.ts'

const watchScope = async ({ pool }: Control, model: string, version: string) => {
  const [row] = await pool.run((sql) => sql<{ id: number; kind: string; metrics: { key: string }[]; ceilings: number[]; late: string }[]>`
    select s.id, s.kind, s.metrics, s.ceilings, s.late_after::text as late
    from versions v join models m on m.id = v.model join scopes s on s.id = v.watch_scope where m.key = ${model} and v.version = ${version}`)
  return row
}

describeStores('definitions', (store) => {
  it('keeps models, and says what is wrong with a watch or a fallback', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    expect(await control.models.get(model)).toMatchObject({ key: model, unit: 'user', enabled: true, champion: null, fallbacks: [], watch: {} })
    await expect(control.models.create({ key: model })).rejects.toMatchObject({ code: 'already_exists' })
    await expect(control.models.get('nobody')).rejects.toMatchObject({ code: 'model_not_found' })
    expect(await control.models.patch(model, { enabled: false, fallbacks: ['2'] }, 'tester')).toMatchObject({ enabled: false, fallbacks: ['2'] })
    await expect(control.models.patch(model, { fallbacks: ['9'] }, 'tester')).rejects.toMatchObject({ violations: [{ path: 'fallbacks[0]' }] })
    await expect(control.models.patch(model, { watch: { metrics: ['win', 'wni'], limits: { win: 1, cost: 2 } } }, 'tester')).rejects.toMatchObject({
      code: 'invalid_definition', violations: [{ path: 'watch.metrics[1]' }, { path: 'watch.limits.cost' }],
    })
  })

  it('counts each version in a scope of its own, and in a new one when the watch changes', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    const [one, two] = [await watchScope(control, model, '1'), await watchScope(control, model, '2')]
    expect(one).toMatchObject({ kind: 'watch', metrics: [], ceilings: [], late: '100 years' })
    expect(one?.id).not.toBe(two?.id)
    const total = freshKey()
    await control.metrics.create({ key: total, kind: 'total', measure: 'cost', direction: 'decrease' })
    await control.models.patch(model, { watch: { metrics: ['win', total] } }, 'tester')
    const later = await watchScope(control, model, '1')
    expect(later?.id).toBeGreaterThan(two!.id)
    expect(later).toMatchObject({ metrics: [{ key: 'win' }, { key: total }], ceilings: [1, Infinity] })
    await control.models.patch(model, { watch: { metrics: ['win', total], onHarm: 'alert' } }, 'tester')
    expect((await watchScope(control, model, '1'))?.id).toBe(later?.id)
  })

  it('lets a version change until its first traffic, and never after', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    await expect(control.versions.create(model, { version: '1' })).rejects.toMatchObject({ code: 'already_exists' })
    expect(await control.versions.put(model, '2', { owner: 'anna' })).toMatchObject({ version: '2', model, owner: 'anna', firstTrafficAt: null })
    await control.champions.set(model, '3', 'first', 'tester')
    await expect(control.versions.put(model, '3', {})).rejects.toMatchObject({ code: 'immutable' })
    const { key } = await control.experiments.create(definitionOn(model))
    await control.versions.put(model, '2', { owner: 'bob' })
    await control.experiments.act(key, { action: 'start', reason: 'test' }, 'tester')
    for (const version of ['1', '2']) await expect(control.versions.put(model, version, {})).rejects.toMatchObject({ code: 'immutable' })
    expect(await control.versions.get(model, '2')).toMatchObject({ owner: 'bob', firstTrafficAt: expect.any(String) })
    await expect(control.versions.get(model, '9')).rejects.toMatchObject({ code: 'version_not_found' })
  })

  it('switches champions with a history, and does nothing when asked twice', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    await expect(control.champions.rollback(model, 'why', 'tester')).rejects.toMatchObject({ code: 'conflict' })
    await control.champions.set(model, '1', 'first', 'tester')
    await control.champions.set(model, '2', 'better', 'tester')
    expect(await control.champions.set(model, '2', 'again', 'tester')).toMatchObject({ seq: 2, reason: 'better', previous: '1' })
    await expect(control.champions.set(model, '9', 'why', 'tester')).rejects.toMatchObject({ code: 'version_not_found' })
    expect(await control.champions.rollback(model, 'worse', 'tester')).toMatchObject({ seq: 3, version: '1', previous: '2' })
    const first = await control.champions.history(model, { limit: 2, cursor: null })
    const second = await control.champions.history(model, { limit: 2, cursor: first.next })
    expect([...first.items, ...second.items].map(({ seq, version }) => [seq, version])).toEqual([[3, '1'], [2, '2'], [1, '1']])
    expect(second.next).toBeNull()
  })

  it('keeps drafts: changeable and deletable until they start, units only as keyed hashes', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    const definition = definitionOn(model, { overrides: { anna: 'b' } })
    const created = await control.experiments.create(definition)
    expect(created).toMatchObject({ state: 'draft', epoch: 0, revision: 1, salt: 'drawn', startedAt: null, variants: [{ key: 'a', status: 'live' }, {}, {}] })
    expect(Object.keys(created.overrides ?? {})).toEqual([expect.stringMatching(/^hash:[0-9a-f]{32}$/)])
    const [row] = await control.pool.run((sql) => sql<{ text: string }[]>`select definition::text as text from experiments where key = ${definition.key}`)
    expect(row?.text).not.toContain('anna')
    await expect(control.experiments.create(definition)).rejects.toMatchObject({ code: 'already_exists' })

    const replaced = await control.experiments.replace(definition.key, { ...definition, hypothesis: 'b wins', overrides: created.overrides })
    expect(replaced).toMatchObject({ hypothesis: 'b wins', overrides: created.overrides, salt: 'drawn', revision: 2 })
    await expect(control.experiments.replace(definition.key, { ...definition, unguarded: false })).rejects.toMatchObject({ code: 'invalid_definition' })
    await control.experiments.act(definition.key, { action: 'start', reason: 'test' }, 'tester')
    await expect(control.experiments.replace(definition.key, definition)).rejects.toMatchObject({ code: 'immutable' })
    await expect(control.experiments.remove(definition.key)).rejects.toMatchObject({ code: 'immutable' })

    const { key } = await control.experiments.create(definitionOn(model))
    await control.experiments.remove(key)
    await expect(control.experiments.get(key)).rejects.toMatchObject({ code: 'experiment_not_found' })
  })

  it('names everything that is wrong with a definition', async () => {
    const control = controlOf(store.database)
    const definition = definitionOn(await withModel(control), { unguarded: false, metrics: [{ metric: 'wim', role: 'decision' }] })
    await expect(control.experiments.create(definition)).rejects.toMatchObject({
      code: 'invalid_definition',
      violations: [{ path: 'metrics[0].metric', message: expect.stringContaining('did you mean "win"') }, { path: 'metrics' }],
    })
    await expect(control.experiments.create(definitionOn('nobody'))).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it('lists everything once, page by page: models by key, experiments and epochs from the newest', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await control.experiments.act(key, { action: 'kill', variant: 'b', reason: 'test' }, 'tester')
    await control.experiments.create(definitionOn(model))
    const all = async <T>(list: (page: { limit: number; cursor: string | null }) => Promise<{ items: T[]; next: string | null }>) => {
      const items: T[] = []
      let cursor: string | null = null
      do {
        const page: { items: T[]; next: string | null } = await list({ limit: 2, cursor })
        expect(page.items.length).toBeLessThanOrEqual(2)
        items.push(...page.items)
        cursor = page.next
      } while (cursor !== null)
      return items
    }
    const models = (await all(control.models.list)).map((one) => one.key)
    expect(models).toEqual([...new Set(models)].toSorted())
    expect(models).toContain(model)
    const metrics = (await all(control.metrics.list)).map((one) => one.key)
    expect(metrics).toEqual([...new Set(metrics)].toSorted())
    const experiments = await all(control.experiments.list)
    const ids = await Promise.all(experiments.map((one) => idOf(control, one.key)))
    expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => other - one))
    const epochs = await all((page) => control.experiments.epochs(key, page))
    expect(epochs.map(({ epoch, weights }) => [epoch, weights])).toEqual([[2, { a: 0.5, b: 0, c: 0.5 }], [1, { a: 1 / 3, b: 1 / 3, c: 1 / 3 }]])
    expect((await all((page) => control.versions.list(model, page))).map(({ version }) => version)).toEqual(['1', '2', '3'])
  })
})

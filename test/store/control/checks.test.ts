import { expect, it } from 'vitest'
import type { CreateCheck } from '../../../src/core/models/checks.ts'
import { expectReplays } from '../../support/replays.ts'
import { describeStores } from '../../support/stores.ts'
import { type Control, controlOf, definitionOn, withModel } from './setup.ts'

describeStores('checks', (store) => {
  const told = (control: Control, model: string, version: string, check: CreateCheck) => control.checks.add(model, version, check, 'ci')
  const act = (control: Control, key: string, action: 'start' | 'promote', variant?: string) =>
    control.experiments.act(key, { action, reason: 'test', ...(variant && { variant }) }, 'ada')

  it('keep what was told, in order, and the same that is told again only once', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    const first = { name: 'safety', status: 'pass', evidence: { toxic: 0.01 }, at: '2026-01-01T00:00:00Z' } as const
    const { check, added } = await told(control, model, '2', first)
    expect([added, check]).toEqual([true, { ...first, id: check.id, digest: null, at: '2026-01-01T00:00:00.000Z', receivedAt: expect.any(String), actor: 'ci' }])
    expect(await told(control, model, '2', { name: 'safety', status: 'fail' })).toMatchObject({ added: true })
    // sent once more by somebody who had no answer: it says when it was, and so stays before the failure
    expect(await told(control, model, '2', first)).toEqual({ check, added: false })
    expect(await told(control, model, '2', { name: 'safety', status: 'fail' })).toMatchObject({ added: false })
    expect(await control.versions.get(model, '2')).toMatchObject({ checks: [{ name: 'safety', status: 'fail', required: false }] })
    // without a time of its own the same text may be news again
    for (const status of ['pass', 'fail', 'pass'] as const) expect(await told(control, model, '2', { name: 'load', status })).toMatchObject({ added: true })
    const page = await control.checks.list(model, '2', { limit: 4, cursor: null })
    expect(page.items.map(({ name, status }) => `${name} ${status}`)).toEqual(['load pass', 'load fail', 'load pass', 'safety fail'])
    expect((await control.checks.list(model, '2', { limit: 4, cursor: page.next })).items.map(({ id }) => id)).toEqual([check.id])
    await expect(told(control, model, '2', { name: 'load', status: 'pass', at: '2999-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'in_future' })
    await expect(told(control, model, '9', { name: 'load', status: 'pass' })).rejects.toMatchObject({ code: 'version_not_found' })
    await expect(control.pool.run((sql) => sql`update version_checks set status = 'pass'`)).rejects.toThrow(/append-only/)
  })

  it('keep a version from starting, winning and serving until it has passed them all; nobody overrides that', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    await control.champions.set(model, '1', 'first', 'ada')
    await control.models.patch(model, { requires: ['safety'] }, 'ada')
    const { key, missing } = await control.experiments.create(definitionOn(model, { requires: ['load'] }))
    const lacks = [{ name: 'load', status: null }, { name: 'safety', status: null }]
    // the champion serves already
    expect(missing).toMatchObject([{ variant: 'b', version: '2', checks: lacks, warming: false }, { variant: 'c', version: '3', checks: lacks }])
    await expect(act(control, key, 'start')).rejects.toMatchObject({
      code: 'checks_missing', violations: [
        { path: 'variants[1].version', message: 'version "2" has not passed required checks: load is missing, safety is missing' },
        { path: 'variants[2].version' },
      ],
    })
    for (const version of ['2', '3']) await told(control, model, version, { name: 'safety', status: 'pass' })
    await told(control, model, '2', { name: 'load', status: 'fail' })
    await told(control, model, '3', { name: 'load', status: 'pass' })
    await expect(act(control, key, 'start')).rejects.toMatchObject({
      code: 'checks_missing', violations: [{ path: 'variants[1].version', message: 'version "2" has not passed a required check: load failed' }],
    })
    await told(control, model, '2', { name: 'load', status: 'pass' })
    expect((await control.experiments.get(key)).missing).toEqual([])
    await act(control, key, 'start')
    expect(await control.experiments.get(key)).not.toHaveProperty('missing')

    await told(control, model, '2', { name: 'safety', status: 'fail' })
    await expect(act(control, key, 'promote', 'b')).rejects.toMatchObject({ code: 'checks_missing' })
    await expect(control.champions.set(model, '2', 'I know better', 'ada')).rejects.toMatchObject({
      code: 'checks_missing', violations: [{ path: 'version', message: 'safety failed' }],
    })
    // a person's own champion needs what the model requires, not what this experiment does
    await told(control, model, '3', { name: 'load', status: 'fail' })
    expect(await control.champions.set(model, '3', 'better', 'ada')).toMatchObject({ version: '3' })
    await told(control, model, '1', { name: 'safety', status: 'fail' })
    expect(await control.champions.rollback(model, 'worse', 'ada')).toMatchObject({ version: '1', kind: 'rollback' })
    expect(await expectReplays(control.pool)).toBeGreaterThan(0)
  })

  it('do not count for another artifact, nor for a record that was replaced since', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    await control.models.patch(model, { requires: ['safety'] }, 'ada')
    await control.versions.put(model, '2', { digest: 'sha256:aa' })
    const standing = async () => (await control.versions.get(model, '2')).checks.map(({ status, required }) => [status, required])
    expect(await standing()).toEqual([[null, true]])
    await told(control, model, '2', { name: 'safety', status: 'pass', digest: 'sha256:bb' })
    expect(await standing()).toEqual([['outdated', true]])
    await expect(control.champions.set(model, '2', 'first', 'ada')).rejects.toMatchObject({ code: 'checks_missing' })
    await told(control, model, '2', { name: 'safety', status: 'pass', digest: 'sha256:aa' })
    await control.versions.put(model, '2', { digest: 'sha256:aa' })
    expect(await standing()).toEqual([['pass', true]])
    await control.versions.put(model, '2', { digest: 'sha256:aa', payload: 'another' })
    expect(await standing()).toEqual([['outdated', true]])
  })

  it('let nobody have a variant that warms, before its version says that it is ready', async () => {
    const control = controlOf(store.database)
    const model = await withModel(control)
    const variants = [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2', warm: true }]
    const { key, missing } = await control.experiments.create(definitionOn(model, { variants }))
    expect(missing).toEqual([{ variant: 'b', version: '2', checks: [], warming: true }])
    await control.versions.ready(model, '2', true)
    await control.versions.ready(model, '2', false)
    await expect(act(control, key, 'start')).rejects.toMatchObject({
      code: 'not_ready', violations: [{ path: 'variants[1].version', message: 'version "2" has not reported that it is ready' }],
    })
    const { readyAt } = await control.versions.ready(model, '2', true)
    expect((await control.versions.ready(model, '2', true)).readyAt).toBe(readyAt)
    expect(await act(control, key, 'start')).toMatchObject({ state: 'running' })
  })
})

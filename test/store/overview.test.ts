import { expect, it } from 'vitest'
import { needsOf, type OverviewAsk } from '../../src/core/tell/overview.ts'
import type { Pool } from '../../src/store/connect.ts'
import { readOverview } from '../../src/store/read/overview.ts'
import { addCells, conversions, insertRunning } from '../support/experiment-rows.ts'
import { look } from '../support/look.ts'
import { describeStores } from '../support/stores.ts'
import { controlOf, started } from './control/setup.ts'

const ask = (more: Partial<OverviewAsk> = {}): OverviewAsk => ({ show: 'all', model: null, limit: 200, before: null, ...more })

describeStores('overview', (store) => {
  const pool = (): Pool => store.database.api
  const read = (more: Partial<OverviewAsk> = {}) => readOverview(pool(), ask(more))
  const one = async (key: string) => (await read()).experiments.find((experiment) => experiment.key === key)!

  it('tells what the latest stored analysis says, the traffic in force and the last decision', async () => {
    const { scope } = await insertRunning(pool(), 'read')
    await addCells(pool(), scope, [...conversions(0, 3_000, 1_200, 300), ...conversions(1, 3_000, 1_230, 300)])
    await look(pool())
    const found = await one('read')
    expect(found).toMatchObject({ state: 'running', coverage: 1, weights: [0.5, 0.5], maxDuration: 'P14D', waiting: null, postMortems: [], locked: [] })
    expect(found.analysis).toMatchObject({ units: 6_000, sampleRatio: 'PASS', headline: expect.stringContaining('qwen') })
    expect(found.analysis!.checks).toContainEqual({ check: 'split', verdict: 'PASS' })
    expect(found.analysis!.comparisons).toContainEqual({ metric: 'win', role: 'decision', variant: 'qwen', verdict: expect.any(String) })
    expect(needsOf(found)).toEqual([])
  })

  it('says who is needed: for what is recommended, what was stopped and what stays locked; not for what is only observed', async () => {
    const harmful = [...conversions(0, 3_000, 1_200, 300), ...conversions(1, 3_000, 1_200, 650)]
    for (const [key, mode] of [['proposed', 'recommend'], ['watched', 'observe'], ['stopped', 'auto']] as const) {
      const { scope } = await insertRunning(pool(), key, { policy: { mode } })
      await addCells(pool(), scope, harmful)
    }
    await look(pool())
    const { attention, counts } = await read()
    expect(attention.map(({ key }) => key).toSorted()).toEqual(['proposed', 'stopped'])
    expect(counts.attention).toBe(2)
    const proposed = await one('proposed')
    expect(proposed.waiting).toMatchObject({ action: 'rollback', variant: 'qwen', status: 'held', actor: 'engine' })
    expect(needsOf(proposed)).toMatchObject([{ kind: 'harm', decision: proposed.waiting!.id }])
    const stopped = await one('stopped')
    expect(stopped).toMatchObject({ state: 'rolled_back', locked: ['2'], postMortems: [{ action: 'rollback', variant: 'qwen', decision: stopped.latest!.id }] })
    expect(needsOf(stopped)).toMatchObject([{ kind: 'post-mortem', decision: stopped.latest!.id }])
    expect(await one('watched')).toMatchObject({ waiting: null })

    await controlOf(store.database).experiments.act('stopped', { action: 'acknowledge', reason: 'found' }, 'me')
    expect((await read({ show: 'attention' })).experiments.map(({ key }) => key)).toEqual(['proposed'])
  })

  it('counts and filters by state and model, pages, and refuses a model that is not there', async () => {
    const control = controlOf(store.database)
    const { key, model } = await started(control)
    await control.experiments.act(key, { action: 'stop', reason: 'over' }, 'me')
    const before = await read()
    expect(before.counts.all).toBe(before.experiments.length)
    expect((await read({ show: 'ended', model })).experiments).toMatchObject([{ key, state: 'stopped', analysis: expect.any(Object) }])
    expect((await read({ model })).models).toMatchObject([{ key: model, champion: '1', since: expect.any(String), running: 0 }])
    await control.experiments.act(key, { action: 'archive', reason: 'over' }, 'me')
    expect((await read({ model })).counts).toMatchObject({ all: 0, ended: 0, archived: 1 })
    const first = await read({ limit: 2 })
    const second = await read({ limit: 2, before: first.next })
    expect(first.experiments).toHaveLength(2)
    expect([...first.experiments, ...second.experiments].map(({ id }) => id)).toEqual(
      before.experiments.filter((experiment) => experiment.key !== key).slice(0, 4).map(({ id }) => id))
    await expect(read({ model: 'nobody' })).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

import { expect, it } from 'vitest'
import type { Report } from '../../../src/core/analyze/report.ts'
import { appendAnalysis, thinAnalyses } from '../../../src/store/control/analyses.ts'
import { applyChange } from '../../../src/store/control/apply.ts'
import { readAnalysis, readSeries } from '../../../src/store/read/history.ts'
import { describeStores } from '../../support/stores.ts'
import { bare, controlOf, started } from './setup.ts'

const day = 86_400_000
const variant = (key: string, weight: number, probabilityBest: number | null): Report['variants'][number] =>
  ({ key, version: '1', weight, units: 1, outcomes: 1, reportRate: 1, probabilityBest, expectedLoss: null, metrics: {} })
const report = (epoch: number, asOf: number): Report => ({
  experiment: 'e', state: 'running', epoch, asOf: new Date(asOf).toISOString(), analysis: null, units: epoch, method: 'sequential', alpha: 0.05,
  summary: { headline: '', sub: '', next: '', conditions: [] },
  variants: [variant('a', 0.4, 0.9), variant('b', 0.6, null)], comparisons: [],
  sampleRatio: { observed: [], expected: [], pValue: null, verdict: 'NO_TRAFFIC' }, guardrails: [], health: [], segments: [], warnings: [],
  latestDecision: null,
})

describeStores('analyses', (store) => {
  it('are found by id and by time, and thinned to one an epoch after a week, the cited ones kept', async () => {
    const control = controlOf(store.database)
    const { pool } = control
    const { key, id } = await started(control)
    const { revision } = await control.experiments.get(key)
    const now = Date.now()
    const at = [[1, 10], [1, 9.5], [1, 9], [2, 8.5], [2, 8], [2, 1], [2, 0.5]] as const
    const ids: number[] = []
    for (const [epoch, days] of at) ids.push(await appendAnalysis(pool, id, report(epoch, now - days * day), `digest ${ids.length}`))
    await applyChange(pool, bare(id, revision, { account: { ...bare(id, revision).account!, evidence: { analysis: ids[0] } } }))

    expect(await readAnalysis(pool, key, { time: new Date(now - 9.2 * day) })).toMatchObject({ analysis: ids[1], epoch: 1 })
    expect(await readAnalysis(pool, key, { time: new Date(now - 11 * day) })).toBeNull()
    expect(await thinAnalyses(pool)).toBe(3)
    expect((await readSeries(pool, key, { limit: 10, cursor: null })).items.map(({ analysis }) => analysis))
      .toEqual([ids[0], ids[2], ids[5], ids[6]])
    const { items } = await readSeries(pool, key, { limit: 1, cursor: String(ids[5]) })
    expect(items).toMatchObject([{ analysis: ids[6], weights: { a: 0.4, b: 0.6 }, probabilityBest: { a: 0.9, b: null } }])
    expect(await readAnalysis(pool, key, { analysis: ids[0]! })).toMatchObject({ analysis: ids[0], units: 1 })
    expect(await thinAnalyses(pool)).toBe(0)
  })
})

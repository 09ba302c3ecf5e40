import { describe, expect, it } from 'vitest'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { CreateExperiment, MetricDefinition } from '../define/definitions.ts'
import type { ScheduledInputs } from './inputs.ts'
import { scheduledStart } from './scheduled.ts'
import { plan } from './transition.ts'
import type { Context } from './wish.ts'

const startAt = '2026-12-01T09:00:00+01:00'
const now = new Date('2026-12-01T08:00:00Z')
const metrics = new Map([['win', MetricDefinition.parse({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })]])
const context: Context = { champion: '1', beforePromotion: null, metrics }

const draft = (more: object = {}, state: ExperimentFacts['state'] = 'draft'): ExperimentFacts => {
  const definition = CreateExperiment.parse({
    key: 'e', model: 'm', unguarded: true, startAt, metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2', warm: true }], ...more,
  })
  return {
    id: 7, key: 'e', model: 'm', state, definition: { ...definition, salt: 's' }, frozen: null, stage: 0, scope: null, epoch: 0, revision: 3,
    winner: null, looks: {}, startedAt: null, endedAt: null,
    variants: definition.variants.map(({ key, version, control }) => ({ key, version, control: control === true, status: 'live' as const })),
  }
}
const warm: Context = { ...context, gates: ['1', '2'].map((version) => ({ version, ready: true, checks: [] })) }
const inputs = (facts = draft(), more: Partial<ScheduledInputs> = {}): ScheduledInputs => ({ kind: 'scheduled', facts, now, context: warm, ...more })

describe('the start of a draft at its time', () => {
  it('is what somebody would have sent', () => {
    const sent = plan(draft(), { action: 'start', reason: 'now', actor: 'ada' }, warm)
    const change = scheduledStart(inputs())
    const account = { actor: 'engine', mode: 'auto', rule: 'schedule', status: 'applied', reason: 'As scheduled for 2026-12-01 08:00 UTC.' }
    expect(change).toMatchObject({ state: 'running', account })
    expect({ ...change, account: null }).toEqual({ ...sent, account: null })
  })

  it('comes neither before its time, nor without one, nor twice', () => {
    expect(scheduledStart(inputs(draft(), { now: new Date(now.getTime() - 1) }))).toBeNull()
    expect(scheduledStart(inputs(draft({ startAt: undefined })))).toBeNull()
    expect(scheduledStart(inputs(draft({}, 'running')))).toBeNull()
  })

  it.each([
    ['what is not ready', inputs(draft(), { context: { ...context, gates: [] } }), 'not_ready', '1 variant may not serve anybody yet; version "2" has not reported that it is ready.'],
    ['a freeze window', inputs(draft({ policy: { freeze: [{ from: startAt, to: '2026-12-02T00:00:00Z', reason: 'sale' }] } })), 'conflict', 'a freeze window is on until 2026-12-02 00:00 UTC: sale.'],
    ['what the database knows', inputs(draft(), { failure: { refused: 'layer_overlap', message: '"other" is running' } }), 'layer_overlap', '"other" is running.'],
  ])('is held back by %s, in its words', (_, given, refused, words) => {
    const change = scheduledStart(given)
    expect(change).toMatchObject({ state: 'draft', account: { action: 'start', status: 'held', evidence: { startAt, refused } } })
    expect(change?.account?.reason).toBe(`Not started as scheduled for 2026-12-01 08:00 UTC: ${words}`)
    expect(change).not.toHaveProperty('next')
  })
})

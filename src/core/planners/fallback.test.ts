import { describe, expect, it } from 'vitest'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { afterChange } from '../decide/carry-out.ts'
import { alarmsOf } from '../decide/holds.ts'
import { plan } from '../decide/transition.ts'
import type { Context, Wish } from '../decide/wish.ts'
import { CreateExperiment, type VariantState } from '../define/definitions.ts'
import { breakerHealth, fallbackView } from '../breaker/view.ts'

const now = new Date('2026-03-01T00:00:00Z')

/** An experiment without any breaker. */
const facts = (state: ExperimentFacts['state'] = 'running', more: object = {}, variants: Partial<VariantState>[] = []): ExperimentFacts => {
  const definition = CreateExperiment.parse({
    key: 'e', model: 'm', unguarded: true, metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }], ...more,
  })
  return {
    id: 7, key: 'e', model: 'm', state, definition: { ...definition, salt: 's' }, frozen: null, stage: 0, scope: 1, epoch: 3, revision: 3,
    winner: state === 'baking' ? 'b' : null, scopeKind: state === 'baking' ? 'bake' : 'stage', looks: {}, startedAt: now, endedAt: null,
    weights: state === 'baking' ? [0.05, 0.95, 0] : [1 / 3, 1 / 3, 1 / 3],
    variants: definition.variants.map(({ key, version, control = false }, arm) => ({ key, version, control, status: 'live', ...variants[arm] })),
  }
}

const context = (versions: string[] = ['0'], more: Partial<Context> = {}): Context =>
  ({ champion: '1', beforePromotion: null, metrics: new Map(), standIns: { versions, now }, ...more })
const wish = (action: Wish['action'], variant: string | null = null, more: Partial<Wish> = {}): Wish => ({ action, variant, reason: 'rude', actor: 'ada', ...more })

/** The experiment after an action that is not refused. */
const after = (experiment: ExperimentFacts, action: Wish, seen: Context): ExperimentFacts => {
  const change = plan(experiment, action, seen)
  if ('refused' in change) throw new Error(change.message)
  return afterChange(experiment, change, experiment.epoch + (change.next ? 1 : 0))
}
const fallenBack = (experiment = facts()): ExperimentFacts => after(experiment, wish('fallback'), context())

describe('a fallback that a person asks for', () => {
  it('takes the control out in the same scope, names it in the entry, and is taken back by enable alone', () => {
    expect(plan(facts(), wish('fallback'), context(['1', '0', '9']))).toMatchObject({
      state: 'running', next: { scope: 'same', weights: [0, 1 / 3, 1 / 3] },
      variants: [{ status: 'quarantined', breaker: { state: 'open', from: 4, probes: 0, weight: 1 / 3, standIn: { version: '0', since: now.toISOString(), manual: true } } }, {}, {}],
      account: {
        action: 'fallback', variant: 'a', rule: 'manual', mode: 'manual', status: 'applied', evidence: { fallback: { from: '1', to: '0' } },
        undo: { calls: [{ path: '/api/experiments/e/actions', body: { action: 'enable', variant: 'a' } }] },
      },
    })
  })

  it.each(['running', 'paused', 'baking'] as const)('and its end leave the weights of an experiment that is %s as they were', (state) => {
    const before = facts(state, state === 'baking' ? { policy: { bake: { units: 100, keep: 0.05 } } } : {})
    const out = fallenBack(before)
    expect([out.state, out.variants[0]?.status, out.weights?.[0]]).toEqual([state, 'quarantined', 0])
    const back = after(out, wish('enable', 'a'), context())
    expect([back.weights, back.variants.map(({ status }) => status)]).toEqual([before.weights, ['live', 'live', 'live']])
    expect(fallbackView(back.variants)).toBeNull()
  })

  it('gives all units of a paused experiment that sends them to the control to what stands in', () => {
    const paused = after(facts('running', { policy: { onPause: 'control' } }), wish('pause'), context())
    const out = fallenBack(paused)
    expect([out.weights, out.variants[0]?.breaker?.weight]).toEqual([[0, 0, 0], 1])
    expect(after(out, wish('enable', 'a'), context()).weights).toEqual([1, 0, 0])
  })

  it('passes over the control’s version and those of variants that are out, and says what would help where nothing is left', () => {
    const killed = facts('running', {}, [{}, { status: 'killed' }])
    expect(fallbackView(after(killed, wish('fallback'), context(['1', '2', '3'])).variants)).toMatchObject({ version: '3', manual: true })
    expect(plan(killed, wish('fallback'), context(['1', '2'], { fallbacks: ['1', '2'] })))
      .toMatchObject({ refused: 'conflict', message: expect.stringContaining('all in fallbacks of the model m (1, 2) are locked') })
    expect(plan(facts(), wish('fallback'), context([]))).toMatchObject({ refused: 'conflict', message: expect.stringContaining('name versions in fallbacks of the model m') })
    expect(plan(facts(), wish('fallback', 'b'), context())).toMatchObject({ refused: 'invalid_definition', path: 'variant' })
    expect(plan(facts(), wish('fallback', 'a'), context())).not.toHaveProperty('refused')
  })

  it('is in force once, and holds gains with a word of its own', () => {
    const out = fallenBack()
    expect(plan(out, wish('fallback'), context())).toMatchObject({ refused: 'conflict', message: expect.stringContaining('enable with the variant "a" ends it') })
    const text = 'person took a out, and version 0 serves instead until somebody lets a back in'
    expect(breakerHealth(out.variants, false, 'user')).toEqual([{ check: 'fallback', verdict: 'FAIL', text: `A ${text}.` }])
    expect(breakerHealth(out.variants, true, 'user')).toMatchObject([{ check: 'breaker', verdict: 'PASS' }, { check: 'fallback' }])
    const looked = { input: { experiment: out, epochs: [], metrics: [], now }, report: { sampleRatio: {}, health: [] } }
    const empty = { contrasts: [], guardrails: [], daily: [], windowed: [], degradations: [], drifting: [] }
    expect(alarmsOf({ ...looked, ...empty } as never)).toContainEqual({ reason: 'breaker', variant: 'a', metric: null, text: `a ${text}` })
  })

  it('is undone by nobody but a person: not by a promotion that bakes, nor by the end of the experiment', () => {
    const out = fallenBack(facts('running', { policy: { bake: { units: 100, keep: 0.05 } } }))
    const baking = after(out, wish('promote', 'b'), context())
    expect(baking).toMatchObject({ state: 'baking', weights: [0, 0.95, 0], variants: [{ status: 'quarantined', breaker: { weight: 0.05, standIn: { manual: true } } }, {}, {}] })
    for (const action of ['stop', 'conclude', 'rollback', 'emergency-stop'] as const) {
      const change = plan(out, wish(action, null, action === 'conclude' ? { mode: 'auto', rule: 'max-duration' } : {}), context())
      expect(change).toMatchObject({ champion: '0', championBefore: '1', account: { evidence: { fallback: { from: '1', to: '0' } } } })
    }
    expect(plan({ ...baking, winner: 'b' }, wish('rollback'), context([], { champion: '2', beforePromotion: '1' }))).toMatchObject({ state: 'rolled_back', champion: '0', championBefore: '2', lock: ['2'] })
    // somebody else is champion, or what stands in may not be
    expect(plan(out, wish('stop'), context([], { champion: '9' }))).not.toHaveProperty('champion')
    const lock = { version: '0', at: '', actor: 'engine', reason: 'harm', experiment: 'earlier' }
    expect(plan(out, wish('stop'), context([], { locks: [lock] }))).not.toHaveProperty('champion')
    expect(plan(out, wish('kill', 'b'), context())).not.toHaveProperty('champion')
  })
})

describe('a control that is enabled', () => {
  it('was out; else it is refused as what the others are compared with, and so is disabling it', () => {
    expect(plan(facts(), wish('enable', 'a'), context())).toMatchObject({ refused: 'conflict', message: expect.stringContaining('the control') })
    expect(plan(fallenBack(), wish('disable', 'a'), context())).toMatchObject({ refused: 'conflict' })
    expect(plan(fallenBack(), wish('enable', 'a'), context())).toMatchObject({ account: { action: 'enable', variant: 'a', undo: { calls: [{ body: { action: 'fallback' } }] } } })
  })
})

import { describe, expect, it } from 'vitest'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { LockedVersion } from '../models/champion.ts'
import { CreateExperiment, type VariantBreaker, type VariantState } from '../define/definitions.ts'
import { runbookOf } from '../tell/runbook.ts'
import { plan } from '../decide/transition.ts'
import type { Context } from '../decide/wish.ts'

const definition = CreateExperiment.parse({
  key: 'e', model: 'm', unguarded: true, policy: { bake: { units: 100 } },
  variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
  metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
})
const open: VariantBreaker = { state: 'open', since: '2026-03-01T00:00:00Z', opened: [], series: 1, from: 1 }

const facts = (state: ExperimentFacts['state'], control: Partial<VariantState> = {}): ExperimentFacts => ({
  id: 7, key: 'e', model: 'm', state, definition: { ...definition, salt: 's' }, frozen: null, stage: 0, scope: 1, epoch: 3, revision: 3,
  winner: state === 'running' ? null : 'b', looks: {}, startedAt: null, endedAt: null, weights: [0.5, 0.5, 0],
  variants: definition.variants.map(({ key, version, control: own }) => ({ key, version, control: own === true, status: 'live', ...(own && control) })),
})
const failing = (failed: string[] = []): Partial<VariantState> =>
  ({ status: 'quarantined', breaker: { ...open, standIn: { version: '0', since: '2026-03-01T00:00:00Z', failed } } })
const locked = (version: string): LockedVersion => ({ version, at: '2026-03-01T00:00:00Z', actor: 'engine', reason: 'harm', experiment: 'earlier' })

const context = (more: Partial<Context> = {}): Context => ({ champion: '2', beforePromotion: '1', metrics: new Map(), fallbacks: ['2', '0', '9'], ...more })
const rollback = (experiment: ExperimentFacts, more: Partial<Context> = {}) =>
  plan(experiment, { action: 'rollback', variant: null, reason: 'because', actor: 'me' }, context(more))

describe('a rollback', () => {
  it('goes back to the champion before while that is well, whatever could stand in', () => {
    expect(rollback(facts('promoted'))).toMatchObject({ champion: '1', lock: ['2'], account: { evidence: { locked: ['2'] } } })
    expect(rollback(facts('running'), { champion: '1' })).not.toHaveProperty('champion')
  })

  it('becomes a fallback where that is locked, or its calls fail', () => {
    expect(rollback(facts('promoted'), { locks: [locked('1')] })).toMatchObject({
      state: 'rolled_back', champion: '0', championBefore: '2', lock: ['2'], account: { action: 'rollback', evidence: { fallback: { from: '1', to: '0', why: 'it is locked' } } },
    })
    expect(rollback(facts('baking', failing()))).toMatchObject({
      state: 'rolled_back', champion: '0', account: { evidence: { fallback: { from: '1', to: '0', why: 'its calls fail' } } },
    })
    // before any promotion, too: everybody would get the champion that fails
    expect(rollback(facts('running', failing()), { champion: '1' })).toMatchObject({ champion: '0', championBefore: '1', lock: ['2', '3'] })
  })

  it('passes over what is locked, was left behind, or failed as well', () => {
    expect(rollback(facts('baking', failing(['0'])))).toMatchObject({ champion: '9' })
    expect(rollback(facts('promoted'), { locks: [locked('1'), locked('0')] })).toMatchObject({ champion: '9' })
  })

  it('of a promotion to a locked version is refused where nothing can stand in; to a failing one it goes all the same', () => {
    expect(rollback(facts('promoted'), { locks: [locked('1')], fallbacks: ['2'] })).toMatchObject({ refused: 'version_locked' })
    expect(rollback(facts('baking', failing()), { fallbacks: [] })).toMatchObject({ champion: '1' })
    const step = rollback(facts('running', failing()), { champion: '1', fallbacks: [] })
    expect([step, 'champion' in step]).toMatchObject([{ state: 'rolled_back' }, false])
  })
})

describe('the runbook of an entry', () => {
  it('says what was done, what is kept and how it is undone; of what takes nothing out of service there is none', () => {
    const undo = { text: 'acknowledge unlocks it.', calls: [] }
    expect(runbookOf({ action: 'rollback', status: 'applied', rule: 'manual', undo })).toMatchObject({ does: expect.stringContaining('locked'), keeps: expect.any(String), undo: undo.text })
    for (const action of ['fallback', 'roll-through']) expect(runbookOf({ action, status: 'applied', rule: 'breaker', undo })).toMatchObject({ does: expect.any(String) })
    expect(runbookOf({ action: 'fallback', status: 'applied', rule: 'breaker-control', undo })?.next).toContain('ends by itself')
    expect(runbookOf({ action: 'fallback', status: 'applied', rule: 'manual', undo })?.next).toContain('enable with the key of the control')
    expect([runbookOf({ action: 'rollback', status: 'held', rule: 'manual', undo }), runbookOf({ action: 'pause', status: 'applied', rule: 'manual', undo })]).toEqual([null, null])
  })
})

import { describe, expect, it } from 'vitest'
import { assign } from '../../assign/assign.ts'
import { compileSnapshot } from '../../assign/compile.ts'
import type { Json, Snapshot } from '../../assign/snapshot.ts'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import { afterChange } from './carry-out.ts'
import { decideAll } from './decide-all.ts'
import { dueAt } from './due.ts'
import { accountsOf } from '../analyze/levels.ts'
import { audienceAt, bothRules, gatesHere, nextPosition, positionOf, positionWords, stageReportOf } from './position.ts'
import { plan } from './transition.ts'
import type { Context, Wish } from './wish.ts'

const context: Context = { champion: '1', beforePromotion: null, metrics: new Map([win, slow].map((metric) => [metric.key, metric])) }
const wish = (action: Wish['action'], more: Partial<Wish> = {}): Wish => ({ action, reason: 'because', actor: 'me', ...more })
const steps = (...given: object[]) => [{ allocation: 'steps' as const, steps: given }]
const since = { stage: hours(0).toISOString(), step: hours(0).toISOString() }
const drafted = (stages: object[], facts: Partial<ExperimentFacts> = {}, more: object = {}): ExperimentFacts =>
  experimentAfter(1, [win, slow], [{ arms: [{ units: 0, metrics: [0, 0] }, { units: 0, metrics: [0, 0] }] }], { stages: stages as never, ...more }, facts).experiment
const after = (experiment: ExperimentFacts, action: Wish['action'], more: Partial<Wish> = {}): ExperimentFacts => {
  const change = plan(experiment, wish(action, more), context)
  if ('refused' in change) throw new Error(change.message)
  return { ...afterChange(experiment, change, experiment.epoch + (change.next ? 1 : 0)), scope: change.next?.scope === 'new' ? (experiment.scope ?? 0) + 1 : experiment.scope }
}

describe('a million units along a canary', () => {
  const canary = steps(...[0.02, 0.04, 0.1, 0.2, 0.5, 1].map((coverage) => ({ coverage })))

  const served = (experiment: ExperimentFacts, coverage: number): Snapshot => ({
    format: 1, version: 1, dormant: [],
    models: [{ id: 1, key: 'm', enabled: true, unitType: 'user', champion: null, fallbacks: [] }],
    experiments: [{
      id: 1, key: 'canary', model: 'm', unitType: 'user', stickiness: 'hash', salt: 'salt', scope: experiment.scope ?? 0, epoch: experiment.epoch, coverage, layer: null,
      audience: null, overrides: {},
      variants: experiment.variants.map((variant, arm) => ({ ...variant, payload: null, watch: arm, weight: experiment.weights?.[arm] ?? 0 })),
    }],
  })

  it('none changes its arm from 1 to 50 % of the candidate, nor on hold, pause and resume; each share is what was asked for', () => {
    const units = 1_000_000
    const arms = new Int8Array(units).fill(-1)
    const draws = Array.from({ length: units }, (_, unit) => `user-${unit}`)
    const look = (experiment: ExperimentFacts, coverage: number): { moved: number; candidates: number; controls: number } => {
      const compiled = compileSnapshot(served(experiment, coverage), () => () => true).experiments.get('canary')!
      const seen = { moved: 0, candidates: 0, controls: 0 }
      draws.forEach((draw, unit) => {
        const { variant } = assign(compiled, { unit: draw, draw, attributes: {}, sticky: null })
        if (arms[unit] !== -1 && arms[unit] !== variant) seen.moved += 1
        arms[unit] = variant
        if (variant === 1) seen.candidates += 1
        if (variant === 0) seen.controls += 1
      })
      return seen
    }
    let facts = after(drafted(canary, { state: 'draft', scope: null, epoch: 0 }), 'start')
    const scope = facts.scope
    for (const share of [0.01, 0.02, 0.05, 0.1, 0.25, 0.5]) {
      const { moved, candidates, controls } = look(facts, 2 * share)
      expect(moved).toBe(0)
      expect(Math.abs(candidates / units - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / units))
      expect(Math.abs(controls / units - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / units))
      expect(facts.scope).toBe(scope)
      if (share === 0.05) {
        const held = after(facts, 'hold', { holds: [] })
        const resumed = after(after(held, 'pause'), 'resume')
        expect(resumed.weights).toEqual(facts.weights)
        facts = resumed
      }
      if (share < 0.5) facts = after(facts, 'ramp')
    }
    expect(plan(facts, wish('ramp'), context)).toMatchObject({ refused: 'conflict' })
  })
})

describe('where an experiment is', () => {
  const stages = [...steps({ coverage: 0.1 }, { coverage: 1, gate: 'go' }), { allocation: 'bandit' }, { allocation: 'switch', gate: 'sign' }]
  const facts = drafted(stages)

  it('goes from step to step, then from stage to stage; a switch is how the stage before it promotes', () => {
    const { definition } = facts
    expect(nextPosition(definition, { stage: 0, step: 0 })).toEqual({ stage: 0, step: 1 })
    expect(nextPosition(definition, { stage: 0, step: 1 })).toEqual({ stage: 1, step: 0 })
    expect(nextPosition(definition, { stage: 1, step: 0 })).toBeNull()
    expect(positionWords(definition, { stage: 0, step: 1 })).toBe('step 2 of 2 in stage 1 of 2')
    expect(positionWords(definition, { stage: 1, step: 0 })).toBe('stage 2 of 2')
    expect(gatesHere(facts)).toEqual([])
    expect(gatesHere({ ...facts, progress: { step: 1, from: 2, since: null, gates: { '0.1': 'approved' } } })).toMatchObject([{ name: 'go', state: 'approved' }])
    expect(gatesHere({ ...facts, stage: 1 })).toMatchObject([{ name: 'sign', state: 'open' }])
    expect(stageReportOf(drafted([{ allocation: 'fixed' }]))).toBeNull()
  })

  it('a step stays in its scope and keeps the weights; a stage begins with its own in another one', () => {
    const second = plan(facts, wish('ramp'), context)
    expect(second).toMatchObject({ position: { stage: 0, step: 1 }, next: { scope: 'same', coverage: 1, weights: [0.5, 0.5] } })
    const there = { ...facts, progress: { step: 1, from: 2, since, gates: { '0.1': 'approved' as const } } }
    expect(plan({ ...there, progress: { ...there.progress, gates: {} } }, wish('ramp'), context)).toMatchObject({ refused: 'conflict' })
    expect(plan(there, wish('ramp'), context)).toMatchObject({ position: { stage: 1, step: 0 }, next: { scope: 'new', coverage: 1, weights: [0.5, 0.5] } })
  })

  it('a locked version gets no more traffic, whoever asks', () => {
    const locks = [{ version: '2', at: '', actor: 'engine', reason: 'harm', experiment: 'other' }]
    expect(plan(facts, wish('ramp'), { ...context, locks })).toMatchObject({ refused: 'version_locked' })
  })

  it('takes whomever an earlier step took, beside the audience of the experiment', () => {
    const [one, other]: [Json, Json] = [{ '==': [{ var: 'site' }, 'a'] }, { '==': [{ var: 'site' }, 'b'] }]
    const { definition } = drafted(steps({ audience: one }, { audience: other }, { audience: null }))
    expect(audienceAt(definition, { stage: 0, step: 0 })).toEqual(one)
    expect(audienceAt(definition, { stage: 0, step: 1 })).toEqual({ or: [one, other] })
    expect(audienceAt(definition, { stage: 0, step: 2 })).toBeNull()
    expect(bothRules(other, { or: [one, other] })).toEqual({ and: [other, { or: [one, other] }] })
    expect([bothRules(null, one), bothRules(one, null), bothRules(null, null)]).toEqual([one, one, null])
  })

  it('divides the levels by the stages that act: all steps of one are one test, and a switch is its bake', () => {
    const promote = (given: object[]): number => accountsOf(drafted(given).definition).promote
    const single = promote([{ allocation: 'fixed' }])
    expect(promote(steps({ coverage: 0.1 }, { coverage: 1 }))).toBe(single)
    expect(promote([{ allocation: 'switch' }])).toBe(single)
    expect(promote(stages)).toBeCloseTo(single / 3, 12)
  })
})

describe('when the engine goes on', () => {
  const given = (units: number, age: number, facts: Partial<ExperimentFacts> = {}, step: object = {}, draft: object = {}): AnalysisInput => {
    const arms = [units, units].map((each) => ({ units: each, metrics: [Math.round(each * 0.4), Math.round(each * 0.1)] }))
    return experimentAfter(age, [win, slow], [{ arms }], {
      stages: steps({ coverage: 0.1, hold: 'PT6H', minUnits: 100, ...step }, { coverage: 1 }) as never, ...draft,
    }, { progress: { step: 0, from: 1, since, gates: {} }, ...facts })
  }
  const done = (input: AnalysisInput): string[] => decideAll(analyze(input)).decisions.map(({ action, status }) => `${action} ${status}`)

  it('waits for its time and for units that came new, of both variants', () => {
    expect(done(given(100, 7))).toEqual(['ramp applied'])
    expect(done(given(100, 5))).toEqual([])
    expect(done(given(99, 7))).toEqual([])
    expect(done(given(100, 7, { progress: { step: 0, from: 2, since, gates: {} } }))).toEqual([])
    expect(done(given(0, 7, {}, { minUnits: 0 }))).toEqual([])
    expect(dueAt(given(100, 5))).toBe(hours(6).getTime())
    expect(analyze(given(100, 5)).conditions.find(({ kind }) => kind === 'dwell')).toMatchObject({ met: false, current: '5 h', needed: '6 h', waitMs: 3_600_000 })
  })

  it('counts matured units alone', () => {
    expect(done(given(200, 7, {}, {}, { window: 'PT12H' }))).toEqual([])
  })

  it('goes nowhere while something holds, in a freeze window, at a gate or past a lock; a person decides where the policy says so', () => {
    const hold = { reason: 'drift' as const, variant: null, metric: null, text: 'the world has changed', since: since.step, clean: 0 }
    expect(done({ ...given(100, 7), alarms: [hold] })).toEqual(['hold applied'])
    expect(done(given(100, 7, {}, {}, { policy: { freeze: [{ from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }] } }))).toEqual(['ramp held'])
    expect(done(given(100, 7, {}, { gate: 'go' }))).toEqual(['ramp held'])
    expect(done(given(100, 7, { progress: { step: 0, from: 1, since, gates: { '0.0': 'approved' } } }, { gate: 'go' }))).toEqual(['ramp applied'])
    expect(done({ ...given(100, 7), locks: [{ version: '2', at: '', actor: '', reason: '', experiment: 'e' }] })).toEqual(['ramp held'])
    expect(done(given(100, 7, {}, {}, { policy: { mode: 'recommend' } }))).toEqual(['ramp held'])
    expect(done(given(100, 7, { state: 'paused' }))).toEqual([])
  })

  it('never promotes before the last step, whatever the evidence says', () => {
    const better = (facts: Partial<ExperimentFacts>): AnalysisInput => experimentAfter(48, [win, slow], [{
      arms: [{ units: 6_000, metrics: [2_400, 600] }, { units: 6_000, metrics: [3_600, 600] }],
    }], { stages: steps({ coverage: 0.1, hold: 'P3D' }, { coverage: 1, hold: 'PT1H' }) as never }, { looks: { 'promote:qwen': { count: 2, digest: 'before' } }, ...facts })
    expect(done(better({ progress: { step: 0, from: 1, since, gates: {} } }))).toEqual([])
    const proven = better({ progress: { step: 1, from: 1, since, gates: {} } })
    const digest = analyze(proven).digest
    expect(done({ ...proven, experiment: { ...proven.experiment, looks: { 'promote:qwen': { count: 2, digest } } } })).toEqual(['promote applied'])
  })

  it('stops what does harm instead of going on, and ends when the time is over', () => {
    const harmful = experimentAfter(7, [win, slow], [{ arms: [{ units: 2_000, metrics: [800, 200] }, { units: 2_000, metrics: [800, 600] }] }], {
      stages: steps({ coverage: 0.1, hold: 'PT1H' }, { coverage: 1 }) as never,
    }, { progress: { step: 0, from: 1, since, gates: {} } })
    expect(done(harmful)).toEqual(['rollback applied'])
    expect(done(given(200, 24 * 15))).toEqual(['conclude applied'])
    const told = { ...harmful, experiment: { ...harmful.experiment, definition: { ...harmful.experiment.definition, policy: { ...harmful.experiment.definition.policy, autoKill: false } } } }
    expect(done(told)).toEqual(['rollback held'])
  })

  it('says where it is and what comes next', () => {
    const { report } = analyze(given(100, 5))
    expect(report.stage).toEqual({
      number: 1, of: 1, allocation: 'steps', step: { number: 1, of: 2 }, coverage: 0.1, since: since.step, words: 'step 1 of 2', next: 'step 2 of 2',
    })
    expect(report.summary.next).toBe(
      'It is at step 1 of 2: 10 % of the users take part. It goes on by itself once the open condition is met: to step 2 of 2, with 100 % of the users. ' +
      'Without that it ends in 13.7 days, and the champion stays.',
    )
    expect(positionOf(drafted([{ allocation: 'fixed' }]))).toEqual({ stage: 0, step: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import { analyze } from '../analyze/analyze.ts'
import type { CheckStatus, VersionGate } from '../models/checks.ts'
import { decideAll } from './decide-all.ts'
import { gateOf } from './gate.ts'
import { servedIn } from './stage-checks.ts'
import { plan } from './transition.ts'
import type { Context, Wish } from './wish.ts'

const since = { stage: hours(0).toISOString(), step: hours(0).toISOString() }
const progress = { step: 0, from: 1, since, gates: {} }
const steps = { allocation: 'steps', steps: [{ coverage: 0.1, hold: 'PT1H', minUnits: 50 }] }

/** What is known of version 2, and of those after it the same; the champion was never checked. */
const known = (checks: Record<string, CheckStatus | 'outdated'>): VersionGate[] => ['1', '2', '3'].map((version) => ({
  version, ready: true, checks: [], stageChecks: version === '1' ? [] : Object.entries(checks).map(([name, status]) => ({ name, status })),
}))

const given = (stages: object[], gates?: VersionGate[], facts: Partial<ExperimentFacts> = {}, more: object = {}, wins = [0.4, 0.4], units = 100): AnalysisInput => ({
  ...experimentAfter(48, [win, slow], [{ arms: wins.map((share) => ({ units, metrics: [units * share, units * 0.1] })) }], { stages: stages as never, ...more }, { progress, ...facts }),
  champion: '1', ...(gates && { gates }),
})
const done = (input: AnalysisInput): string[] => decideAll(analyze(input)).decisions.map(({ action, status }) => `${action} ${status}`)
const asked = ({ experiment, gates }: AnalysisInput, action: Wish['action'], variant: string | null = null) => {
  const context: Context = { champion: '1', beforePromotion: null, metrics: new Map([[win.key, win], [slow.key, slow]]), ...(gates && { gates }) }
  return plan(experiment, { action, variant, reason: 'I know better', actor: 'ada' }, context)
}
const refusedAt = (path: string, message: string) => ({ refused: 'checks_missing', violations: [{ path, message: expect.stringContaining(message) }] })

describe('checks that a stage requires', () => {
  it('are needed of the first stage at the start, and of no later one', () => {
    const stages = [{ allocation: 'fixed', requires: ['smoke'] }, { allocation: 'fixed', requires: ['load'] }]
    const draft = (checks: Parameters<typeof known>[0]) => asked(given(stages, known(checks), { state: 'draft', scope: null, epoch: 0, startedAt: null }), 'start')
    expect(draft({})).toMatchObject(refusedAt('stages[0].requires', 'version "2" has not passed a required check: smoke is missing'))
    expect(draft({ smoke: 'outdated' })).toMatchObject(refusedAt('stages[0].requires', 'smoke was of another record'))
    expect(draft({ smoke: 'pass' })).toMatchObject({ state: 'running' })
  })

  it('keep everybody from a later stage until they pass, and say so; the next step of the same stage needs none', () => {
    const stages = [steps, { allocation: 'fixed', requires: ['load', 'bias'] }]
    const waiting = given(stages, known({ load: 'pass', bias: 'running' }))
    expect(done(waiting)).toEqual(['ramp held'])
    expect(decideAll(analyze(waiting)).decisions[0]?.reason).toContain('stage 2 may begin: checks load, bias (now version "2": bias is running, needed passed)')
    expect(analyze(waiting).report.summary.conditions.find(({ text }) => text.startsWith('stage 2'))).toMatchObject({ met: false, current: 'version "2": bias is running' })
    expect(asked(waiting, 'ramp')).toMatchObject(refusedAt('stages[1].requires', 'bias is running'))
    expect(asked(waiting, 'promote', 'qwen')).toMatchObject({ refused: 'checks_missing' })

    const passed = given(stages, known({ load: 'pass', bias: 'pass' }))
    expect(done(passed)).toEqual(['ramp applied'])
    expect(asked(passed, 'ramp')).toMatchObject({ position: { stage: 1, step: 0 } })
    const within = given([{ ...steps, steps: [...steps.steps, { coverage: 1 }], requires: ['load'] }, { allocation: 'fixed', requires: ['bias'] }], known({}))
    expect(done(within)).toEqual(['ramp applied'])
  })

  it('keep the switch from promoting', () => {
    const stages = [{ allocation: 'fixed' }, { allocation: 'switch', requires: ['sign-off'] }]
    const proven = (checks: Parameters<typeof known>[0]): AnalysisInput => {
      const input = given(stages, known(checks), {}, {}, [0.4, 0.6], 6_000)
      return { ...input, experiment: { ...input.experiment, looks: { 'promote:qwen': { count: 2, digest: analyze(input).digest } } } }
    }
    expect(done(proven({ 'sign-off': 'fail' }))).toEqual(['promote held'])
    expect(asked(proven({ 'sign-off': 'fail' }), 'promote', 'qwen')).toMatchObject(refusedAt('stages[1].requires', 'sign-off failed'))
    expect(done(proven({ 'sign-off': 'pass' }))).toEqual(['promote applied'])
  })

  it('are asked of every version with traffic there, and of who comes back to it', () => {
    const weights = { gemma: 0.5, qwen: 0.5, llama: 0 }
    const stages = [steps, { allocation: 'fixed', weights }]
    expect(servedIn(given(stages, [], {}, {}, [0.4, 0.4, 0.4]).experiment, 1).keys).toEqual(['gemma', 'qwen'])
    const next = { policy: { onHarm: 'roll-through', next: 'llama' } }
    expect(servedIn(given(stages, [], {}, next, [0.4, 0.4, 0.4]).experiment, 1).keys).toEqual(['gemma', 'qwen', 'llama'])

    const { experiment } = given([steps], known({}), {}, {}, [0.4, 0.4, 0.4])
    const out = experiment.variants.map((one) => (one.key === 'llama' ? { ...one, status: 'disabled' as const } : one))
    const back = (checks: Parameters<typeof known>[0]) => asked(given([{ ...steps, requires: ['load'] }], known(checks), { variants: out }, {}, [0.4, 0.4, 0.4]), 'enable', 'llama')
    expect(back({})).toMatchObject(refusedAt('stages[0].requires', 'version "3"'))
    expect(back({ load: 'pass' })).toMatchObject({ variants: [{}, {}, { key: 'llama', status: 'live' }] })
  })

  it('hold the stage in force once one of them fails, told once by its name, and until it passes again', () => {
    const stages = [{ ...steps, requires: ['load', 'bias'] }, { allocation: 'fixed', requires: ['smoke'] }]
    const at = (load: CheckStatus, facts: Partial<ExperimentFacts> = {}) => given(stages, known({ load, bias: 'pass', smoke: 'pass' }), facts)
    expect(done(at('pass'))).toEqual(['ramp applied'])
    const { decisions, holds = [] } = decideAll(analyze(at('fail')))
    expect(decisions.map(({ action, status, reason }) => [action, status, reason])).toEqual(
      [['hold', 'applied', 'Nothing is promoted or moved: version "2" no longer passes a check that its stage requires: load failed.']])
    expect(holds).toMatchObject([{ reason: 'check', variant: 'qwen', metric: 'check:load' }])
    // done again, but not yet passed; then passed at some looks
    expect(done(at('fail', { holds }))).toEqual([])
    expect(done(at('running', { holds }))).toEqual([])
    expect(decideAll(analyze(at('running', { holds }))).holds).toMatchObject([{ clean: 0 }])
    expect(decideAll(analyze(at('pass', { holds }))).holds).toMatchObject([{ clean: 1 }])
    expect(decideAll(analyze(at('pass', { holds: holds.map((one) => ({ ...one, clean: 2 })) }))).decisions[0]?.reason).toContain('No longer held: check (load of qwen).')
  })

  it('hold nothing that only waits for a result, has no traffic, or is the champion', () => {
    const stages = [{ ...steps, requires: ['load'] }, { allocation: 'fixed', weights: { gemma: 1, qwen: 0 }, requires: ['load'] }]
    const holdsOf = (input: AnalysisInput) => analyze(input).holds
    for (const status of ['running', 'skipped', 'outdated'] as const) expect(holdsOf(given(stages, known({ load: status })))).toEqual([])
    expect(holdsOf(given(stages, known({ load: 'fail' }), { stage: 1 }))).toEqual([])
    expect(holdsOf({ ...given(stages, known({ load: 'fail' })), champion: '2' })).toEqual([])
  })

  it('are not looked at where nothing was told of them, as in a simulation', () => {
    expect(done(given([steps, { allocation: 'fixed', requires: ['load'] }]))).toEqual(['ramp applied'])
  })

  it('let a gate that other controllers ask wait, for the variant that lacks them', () => {
    const gates = known({}).map((one) => (one.version === '3' ? { ...one, stageChecks: [{ name: 'load', status: 'pass' as const }] } : one))
    const analysis = analyze(given([steps, { allocation: 'fixed', requires: ['load'] }], gates, {}, {}, [0.4, 0.4, 0.4]))
    expect(gateOf(analysis, 'safe', 'qwen')).toMatchObject({ variant: 'qwen', result: 'wait', reason: expect.stringContaining('version "2": load is missing') })
    expect(gateOf(analysis, 'safe', 'llama')).toMatchObject({ result: 'pass' })
  })
})

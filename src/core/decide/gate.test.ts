import { describe, expect, it } from 'vitest'
import { type ArmDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { Analysis } from '../analyze/analysis.ts'
import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import { decide } from './decide.ts'
import { gateOf, type GateQuestion } from './gate.ts'

type More = { arms?: ArmDraft[]; draft?: object; facts?: Partial<ExperimentFacts>; input?: Partial<AnalysisInput>; age?: number }

const arm = (units: number, wins: number, slows = units / 10): ArmDraft => ({ units, metrics: [wins, slows] })
const better = [arm(6_000, 2_400), arm(6_000, 2_900)]
const harmful = [arm(6_000, 2_400, 300), arm(6_000, 2_400, 1_800)]
/** The third may be better, and nobody knows yet. */
const three = [...better, arm(6_000, 2_410)]
const seenTwice = { 'promote:qwen': { count: 2, digest: 'before' }, 'promote:llama': { count: 2, digest: 'before' } }

/** As an experiment stands that has all that a promotion needs, unless told. */
const analysed = ({ arms = better, draft = {}, facts = {}, input = {}, age = 48 }: More = {}): Analysis =>
  analyze({ ...experimentAfter(age, [win, slow], [{ arms }], draft, { looks: seenTwice, ...facts }), ...input })
const answered = (more: More, question: GateQuestion = 'promote', variant: string | null = 'qwen') => gateOf(analysed(more), question, variant)
const said = (more: More, question: GateQuestion, variant: string | null = 'qwen') => answered(more, question, variant).result
const promotes = (more: More): boolean => decide(analysed(more)).decisions.some(({ action, status }) => action === 'promote' && status === 'applied')

const hold = { reason: 'signal', variant: null, metric: 'signal:gpu', text: 'the gpu is hot', since: hours(47).toISOString(), clean: 0 } as const
const lock = { version: '2', at: hours(1).toISOString(), actor: 'ada', reason: 'it failed', experiment: 'before' }
const freeze = [{ from: hours(47).toISOString(), to: hours(50).toISOString(), reason: 'holidays' }]
const steps = { allocation: 'steps', steps: [{ coverage: 0.1 }, { coverage: 1 }] }

describe('the gate of a promotion', () => {
  it('is open where the engine would promote', () => {
    expect(answered({})).toEqual({ variant: 'qwen', result: 'pass', reason: 'qwen has passed everything' })
    expect(promotes({})).toBe(true)
  })

  it.each<[string, More, string]>([
    ['too few units', { draft: { policy: { minUnits: 10_000 } } }, 'now 6,000, needed 10,000'],
    ['too little time', { age: 12 }, 'now 12 h, needed 24 h'],
    ['an open question', { arms: [arm(6_000, 2_400), arm(6_000, 2_405)] }, 'qwen is better than gemma on win'],
    ['a guardrail that has not passed', { arms: [arm(3_000, 1_200, 300), arm(3_000, 1_500, 345)] }, 'slow is no worse than allowed'],
    ['nobody', { arms: [arm(0, 0), arm(0, 0)] }, 'arrive in the planned shares'],
    ['one look only', { facts: { looks: {} } }, 'now 0 looks, needed 2 looks'],
    ['a hold', { facts: { holds: [hold] } }, 'the gpu is hot'],
    ['a locked version', { input: { locks: [lock] } }, 'version 2 may become champion (now locked since before'],
    ['a freeze window', { draft: { policy: { freeze } } }, 'holidays'],
    ['steps that remain', { draft: { stages: [steps] } }, 'all steps are taken (now step 1 of 2'],
    ['a manual gate', { draft: { stages: [{ allocation: 'fixed' }, { allocation: 'switch', gate: 'legal' }] } }, 'the gate "legal" is approved'],
    ['a drill that is required', { draft: { policy: { drills: { every: 'P30D', types: ['rollback'], required: true } } } }, 'the last rollback drill passed (now never'],
    ['a pause', { facts: { state: 'paused' } }, 'the experiment is paused'],
    ['a quarantine', { facts: { variants: analysed().input.experiment.variants.map((one) => (one.control ? one : { ...one, status: 'quarantined' })) } }, 'qwen is quarantined'],
    ['nothing that could speak for it', { draft: { metrics: [{ metric: 'win', role: 'diagnostic' }, { metric: 'slow', role: 'diagnostic' }] } }, 'no metric'],
  ])('waits for %s, as the engine does', (_, more, reason) => {
    expect(answered(more)).toMatchObject({ variant: 'qwen', result: 'wait', reason: expect.stringContaining(reason) })
    expect(promotes(more)).toBe(false)
  })

  it('asks for drills only where the policy requires them', () => {
    expect(said({ draft: { policy: { drills: { every: 'P30D', types: ['rollback'], required: false } } } }, 'promote')).toBe('pass')
  })

  it('opens for the surest of several', () => {
    const arms = [arm(6_000, 2_400), arm(6_000, 2_900), arm(6_000, 3_100)]
    expect(answered({ arms })).toMatchObject({ result: 'wait', reason: 'llama is ahead of it' })
    expect(answered({ arms }, 'promote', null)).toMatchObject({ result: 'pass', variant: 'llama' })
  })

  it('takes only known harm for a failure, never what is not known', () => {
    expect([said({ arms: [arm(0, 0), arm(0, 0)] }, 'promote'), said({ arms: [arm(0, 0), arm(0, 0)] }, 'rollback')]).toEqual(['wait', 'wait'])
    expect(answered({ arms: harmful })).toMatchObject({ result: 'fail', reason: 'qwen fails slow' })
    expect(said({ facts: { state: 'inconclusive' } }, 'promote')).toBe('wait')
    expect(said({ facts: { state: 'rolled_back' } }, 'promote')).toBe('fail')
  })

  it('follows a promotion to its end', () => {
    const of = (state: ExperimentFacts['state'], winner: string) => said({ facts: { state, winner } }, 'promote')
    expect([of('baking', 'qwen'), of('promoted', 'qwen'), of('archived', 'qwen'), of('promoted', 'llama')]).toEqual(['wait', 'pass', 'pass', 'fail'])
  })

  it('waits at a switch for what the switch waits for', () => {
    const draft = { stages: [{ allocation: 'shadow' }, { allocation: 'switch', gate: 'legal' }] }
    expect(answered({ draft, facts: { stage: 1 } })).toMatchObject({ result: 'wait', reason: expect.stringContaining('the gate "legal" is approved') })
  })
})

describe('the other questions', () => {
  it.each([
    ['on a day', 'daily', { day: '2026-03-02' }, 'qwen fails slow on 2026-03-02'],
    ['in its last windows', 'windowed', { windows: [] }, 'qwen fails slow in its last windows'],
  ] as const)('know a harm that shows only %s', (_, where, more, reason) => {
    const plain = analysed()
    const shown: Analysis = { ...plain, [where]: [{ ...plain.guardrails[0], verdict: 'FAIL', ...more }] }
    const answers = (['promote', 'safe', 'rollback'] as const).map((question) => gateOf(shown, question, 'qwen'))
    expect(answers).toEqual(['fail', 'fail', 'pass'].map((result) => ({ variant: 'qwen', result, reason })))
  })

  it('safe is what nothing speaks against, proven or not', () => {
    const early: More = { arms: [arm(100, 40), arm(100, 40)], age: 1, facts: { looks: {} }, draft: { stages: [steps] } }
    expect(answered(early, 'safe')).toEqual({ variant: 'qwen', result: 'pass', reason: 'nothing speaks against qwen' })
    expect([said({ arms: harmful }, 'safe'), said({ facts: { state: 'draft' } }, 'safe')]).toEqual(['fail', 'wait'])
    expect(said({ arms: [arm(3_000, 1_200), arm(3_600, 1_500)] }, 'safe')).toBe('wait')
    expect(answered({ input: { locks: [lock] } }, 'safe')).toMatchObject({ result: 'wait', reason: expect.stringContaining('version 2') })
    expect(answered({ draft: { policy: { freeze } } }, 'safe')).toMatchObject({ result: 'wait', reason: expect.stringContaining('holidays') })
  })

  it('a rollback needs known harm', () => {
    expect([said({}, 'rollback'), said({ arms: harmful }, 'rollback')]).toEqual(['wait', 'pass'])
  })

  it('of an experiment as a whole: one that may win is enough, and harm is where all do it', () => {
    expect(answered({ arms: three }, 'promote', null)).toMatchObject({ result: 'pass', variant: 'qwen' })
    expect(said({ arms: [arm(6_000, 2_400), arm(6_000, 2_405), arm(6_000, 2_410)] }, 'promote', null)).toBe('wait')
    const one = [arm(6_000, 2_400, 300), arm(6_000, 2_400, 1_800), arm(6_000, 2_400, 300)]
    const all = [arm(6_000, 2_400, 300), arm(6_000, 2_400, 1_800), arm(6_000, 2_400, 1_800)]
    const asked = (question: GateQuestion) => [said({ arms: one }, question, null), said({ arms: all }, question, null)]
    expect([asked('promote'), asked('rollback'), asked('safe')]).toEqual([['wait', 'fail'], ['wait', 'pass'], ['pass', 'fail']])
  })
})

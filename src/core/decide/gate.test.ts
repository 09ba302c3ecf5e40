import { describe, expect, it } from 'vitest'
import { type GateFacts, gateOf, type GateQuestion } from './gate.ts'
import type { Verdict } from '../analyze/report.ts'

type More = { experiment?: object; decision?: Verdict; guardrail?: Verdict; other?: Verdict; split?: Verdict; units?: number }

const facts = ({ experiment = {}, decision = 'PASS', guardrail = 'PASS', other = 'INCONCLUSIVE', split = 'PASS', units = 5_000 }: More = {}): GateFacts => ({
  experiment: {
    state: 'running', winner: null, startedAt: '2026-03-01T00:00:00Z', holds: [], policy: { minUnits: 1_000, minDuration: 'PT24H' },
    variants: [{ key: 'a', control: true, status: 'live' }, { key: 'b', status: 'live' }, { key: 'c', status: 'live' }], ...experiment,
  },
  report: {
    asOf: '2026-03-03T00:00:00Z', health: [],
    comparisons: [{ metric: 'win', role: 'decision', variant: 'b', verdict: decision }, { metric: 'win', role: 'decision', variant: 'c', verdict: other }],
    guardrails: [{ metric: 'slow', variant: 'b', verdict: guardrail }, { metric: 'slow', variant: 'c', verdict: other }],
    sampleRatio: { verdict: split }, variants: ['a', 'b', 'c'].map((key) => ({ key, units })),
  } as unknown as GateFacts['report'],
})
const said = (more: More, question: GateQuestion, variant: string | null = 'b') => gateOf(facts(more), question, variant).result

describe('the gate of a promotion', () => {
  it('is open where everything has passed, and says why it is not', () => {
    expect(gateOf(facts(), 'promote', 'b')).toEqual({ variant: 'b', result: 'pass', reason: 'b has passed everything' })
    expect(gateOf(facts({ decision: 'INSUFFICIENT' }), 'promote', 'b')).toMatchObject({ result: 'wait', reason: 'win is INSUFFICIENT' })
    expect(said({ split: 'NO_TRAFFIC' }, 'promote')).toBe('wait')
    expect(said({ units: 999 }, 'promote')).toBe('wait')
    expect(said({ experiment: { startedAt: '2026-03-02T12:00:00Z' } }, 'promote')).toBe('wait')
    expect(gateOf(facts({ experiment: { holds: [{ reason: 'signal', variant: null, metric: 'signal:gpu', text: 'the gpu is hot' }] } }), 'promote', 'b'))
      .toMatchObject({ result: 'wait', reason: 'the gpu is hot' })
  })

  it('waits for the drills that the policy requires, and for no others', () => {
    const old = { check: 'drills', verdict: 'INSUFFICIENT', text: 'The rollback drill was never done.' } as const
    const asked = (required: boolean) => {
      const { experiment, report } = facts()
      const policy = { ...experiment.policy, drills: { every: 'P30D', types: ['rollback' as const], required } }
      return gateOf({ experiment: { ...experiment, policy }, report: { ...report, health: [old] } }, 'promote', 'b')
    }
    expect([asked(true), asked(false)]).toMatchObject([{ result: 'wait', reason: old.text }, { result: 'pass' }])
  })

  it('takes only known harm for a failure, never what is not known', () => {
    for (const verdict of ['INCONCLUSIVE', 'INSUFFICIENT', 'NO_TRAFFIC', 'NO_OUTCOME', 'ERROR'] as const) {
      expect([said({ guardrail: verdict }, 'promote'), said({ guardrail: verdict }, 'rollback')]).toEqual(['wait', 'wait'])
    }
    expect(gateOf(facts({ guardrail: 'FAIL' }), 'promote', 'b')).toMatchObject({ result: 'fail', reason: 'b fails slow' })
    expect(said({ experiment: { state: 'inconclusive' } }, 'promote')).toBe('wait')
    expect(said({ experiment: { state: 'rolled_back' } }, 'promote')).toBe('fail')
  })

  it('follows a promotion to its end', () => {
    expect(said({ experiment: { state: 'baking', winner: 'b' } }, 'promote')).toBe('wait')
    expect(said({ experiment: { state: 'promoted', winner: 'b' } }, 'promote')).toBe('pass')
    expect(said({ experiment: { state: 'archived', winner: 'b' } }, 'promote')).toBe('pass')
    expect(said({ experiment: { state: 'promoted', winner: 'c' } }, 'promote')).toBe('fail')
  })
})

describe('the other questions', () => {
  it.each([
    ['on a day', { generation: { day: '2026-03-02', verdict: 'FAIL' } }, 'b fails slow on 2026-03-02'],
    ['in its last windows', { windows: { verdict: 'FAIL', last: [] } }, 'b fails slow in its last windows'],
  ])('know a harm that shows only %s', (_, more, reason) => {
    const { experiment, report } = facts()
    const shown = { experiment, report: { ...report, guardrails: [{ ...report.guardrails[0], ...more }] } } as unknown as GateFacts
    const answers = (['promote', 'safe', 'rollback'] as const).map((question) => gateOf(shown, question, 'b'))
    expect(answers).toEqual(['fail', 'fail', 'pass'].map((result) => ({ variant: 'b', result, reason })))
  })

  it('safe is what nothing speaks against; a rollback needs known harm', () => {
    const harmful: More = { guardrail: 'FAIL' }
    expect([said({}, 'safe'), said(harmful, 'safe'), said({ split: 'FAIL' }, 'safe'), said({ experiment: { state: 'draft' } }, 'safe')]).toEqual(['pass', 'fail', 'wait', 'wait'])
    expect([said({}, 'rollback'), said(harmful, 'rollback')]).toEqual(['wait', 'pass'])
  })

  it('of an experiment as a whole: one that may win is enough, and harm is where all do it', () => {
    expect(gateOf(facts(), 'promote', null)).toMatchObject({ result: 'pass', variant: 'b' })
    expect(said({ decision: 'INCONCLUSIVE' }, 'promote', null)).toBe('wait')
    expect([said({ guardrail: 'FAIL' }, 'promote', null), said({ guardrail: 'FAIL', other: 'FAIL' }, 'promote', null)]).toEqual(['wait', 'fail'])
    expect([said({ guardrail: 'FAIL' }, 'rollback', null), said({ guardrail: 'FAIL', other: 'FAIL' }, 'rollback', null)]).toEqual(['wait', 'pass'])
    expect([said({ guardrail: 'FAIL' }, 'safe', null), said({ guardrail: 'FAIL', other: 'FAIL' }, 'safe', null)]).toEqual(['pass', 'fail'])
  })
})

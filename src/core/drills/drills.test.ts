import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { analyze } from '../analyze/analyze.ts'
import { decide } from '../decide/decide.ts'
import { dueAt } from '../decide/due.ts'
import { notificationOf, wants } from '../tell/notification.ts'
import type { LedgerEntry } from '../decide/ledger.ts'
import { DrillPolicy, type DrillFact } from './drill.ts'
import { dueDrill, type History } from './due.ts'
import { judge } from './judge.ts'
import { isRehearsal, rehearsalKey } from './keys.ts'
import { scenarios, type Seen } from './scenarios.ts'
import { lastDrillText } from './words.ts'

const day = 24
const now = hours(100 * day)
const ago = (days: number): Date => hours((100 - days) * day)

describe('dueDrill', () => {
  const wish = (drills: object | null, freeze: { from: string; to: string }[] = []) => ({ drills: drills && DrillPolicy.parse(drills), freeze })
  const went = (passedDays: number | null, state: 'passed' | 'failed' | 'abandoned', days: number): History[] =>
    [{ type: 'rollback', passedAt: passedDays === null ? null : ago(passedDays), last: { state, at: ago(days) } }]

  it('starts one that never passed, and then none before the old one is nearly too old', () => {
    expect(dueDrill([wish({})], [], now)).toBe('rollback')
    expect(dueDrill([wish({})], went(26.9, 'passed', 26.9), now)).toBeNull()
    expect(dueDrill([wish({})], went(27, 'passed', 27), now)).toBe('rollback')
    expect(dueDrill([wish({ every: 'P90D' }), wish({ every: 'P10D' })], went(12, 'passed', 12), now)).toBe('rollback')
  })

  it('starts nothing that nobody wants, and the types in their order', () => {
    expect(dueDrill([wish(null)], [], now)).toBeNull()
    expect(dueDrill([wish({ types: ['silence', 'breaker'] })], [], now)).toBe('breaker')
    expect(dueDrill([wish({ types: ['silence', 'rollback'] })], went(1, 'passed', 1), now)).toBe('silence')
  })

  it('tries one that failed again after a day, one that was abandoned after an hour', () => {
    expect(dueDrill([wish({})], went(5, 'failed', 0.9), now)).toBeNull()
    expect(dueDrill([wish({})], went(5, 'failed', 1), now)).toBe('rollback')
    expect(dueDrill([wish({})], went(40, 'abandoned', 0.5 / day), now)).toBeNull()
    expect(dueDrill([wish({})], went(40, 'abandoned', 1.5 / day), now)).toBe('rollback')
    expect(dueDrill([wish({})], went(5, 'abandoned', 2), now)).toBeNull()
  })

  it('starts none in anybody\u2019s freeze window', () => {
    const frozen = [{ from: ago(1).toISOString(), to: ago(-1).toISOString() }]
    expect(dueDrill([wish({}), wish(null, frozen)], [], now)).toBeNull()
    expect(dueDrill([wish({}), wish(null, [{ from: ago(3).toISOString(), to: ago(2).toISOString() }])], [], now)).toBe('rollback')
  })
})

describe('judge', () => {
  const fault = hours(1)
  const entry = (id: number, action: string, more: Partial<Seen> = {}): Seen => ({
    id, action, actor: 'engine', status: 'applied', at: hours(2).toISOString(), reason: '', rule: '', variant: null, evidence: {}, ...more,
  })
  const [rollback, breaker, all] = [scenarios.rollback[0]!, scenarios.breaker[0]!, scenarios.silence[1]!]
  const harm = { rule: 'guardrail-harm', variant: 'candidate' }

  it('finds the decision that the fault had to lead to, by its rule', () => {
    const [start, hold, back] = [entry(1, 'start', { actor: 'drill' }), entry(2, 'hold'), entry(3, 'rollback', harm)]
    expect(judge(rollback, [back, hold, start], fault)).toEqual({ detected: back, wrong: null })
    const other = entry(3, 'rollback', { rule: 'completeness' })
    expect(judge(rollback, [other], fault)).toEqual({ detected: null, wrong: other })
    expect(judge(rollback, [entry(3, 'rollback', { ...harm, status: 'held' })], fault)).toEqual({ detected: null, wrong: null })
  })

  it('finds what was done before anything went wrong', () => {
    const early = entry(2, 'rollback', { ...harm, at: hours(0).toISOString() })
    expect(judge(rollback, [early], fault)).toEqual({ detected: null, wrong: early })
    expect(judge(rollback, [entry(2, 'rollback', harm)], null).wrong).not.toBeNull()
  })

  it('lets a breaker try again what it took out, and nothing else', () => {
    const [out, probe, again] = [entry(2, 'quarantine', { variant: 'candidate' }), entry(3, 'probe'), entry(4, 'quarantine', { variant: 'candidate' })]
    expect(judge(breaker, [out, probe, again], fault)).toEqual({ detected: out, wrong: null })
    const control = entry(4, 'fallback', { variant: 'control' })
    expect(judge(breaker, [out, control], fault)).toEqual({ detected: out, wrong: control })
  })

  it('takes a rollback for wrong where everybody is silent', () => {
    const hold = entry(2, 'hold', { evidence: { begun: [{ reason: 'outcome_lag' }] } })
    const back = entry(3, 'rollback', { rule: 'completeness' })
    expect(judge(all, [hold], fault)).toEqual({ detected: hold, wrong: null })
    expect(judge(all, [hold, back], fault).wrong).toBe(back)
    expect(judge(all, [entry(2, 'hold', { evidence: { begun: [{ reason: 'drift' }] } })], fault).detected).toBeNull()
  })
})

describe('a policy that wants drills', () => {
  const arms = (extra: number) => [{ arms: [{ units: 6_000, metrics: [2_400, 600] }, { units: 6_000 + extra, metrics: [2_900 + extra, 600] }] }]
  const at = (extra: number, policy: object, drills: DrillFact[], looks = {}): AnalysisInput =>
    ({ ...experimentAfter(100 * day, [win, slow], arms(extra), { policy: { maxDuration: 'P1000D', drills: policy as never } }, { looks }), drills })
  /** What three looks with new data lead to. */
  const course = (policy: object, drills: DrillFact[]) => {
    let looks = {}
    return [0, 1, 2].map((extra) => {
      const decided = decide(analyze(at(extra, policy, drills, looks)))
      looks = decided.looks
      return decided.decisions[0] ?? null
    })
  }
  const passed = (days: number): DrillFact => ({ type: 'rollback', state: 'passed', at: ago(days) })

  it('holds a promotion back until the last one passed lately, and the ledger says so once', () => {
    const [first, second, third] = course({ required: true }, [passed(45)])
    expect(first).toMatchObject({ action: 'promote', status: 'held', reason: expect.stringContaining('the last rollback drill passed (now 45 days ago, needed within 30 days)') })
    expect([second, third]).toEqual([null, null])
    expect(course({ required: true }, [])[0]?.reason).toContain('(now never, needed within 30 days)')
    expect(course({ required: true }, [{ ...passed(2), state: 'failed' }])[0]?.reason).toContain('(now failed 2 days ago, needed within 30 days)')
    expect(course({ required: true }, [passed(12)]).map((one) => one?.action ?? null)).toEqual([null, 'promote', null])
    expect(course({ required: true, types: ['rollback', 'breaker'] }, [passed(12)])[0]).toMatchObject({ status: 'held' })
  })

  it('shows it among the conditions, and goes on as soon as one passed', () => {
    const { report } = analyze(at(0, { required: true }, [passed(45)]))
    expect(report.summary.conditions).toContainEqual({ text: 'the last rollback drill passed', met: false, current: '45 days ago', needed: 'within 30 days' })
    let looks = {}
    for (const extra of [0, 1]) ({ looks } = decide(analyze(at(extra, { required: true }, [passed(45)], looks))))
    expect(decide(analyze(at(1, { required: true }, [passed(0)], looks))).decisions).toMatchObject([{ action: 'promote', status: 'applied' }])
  })

  it('only warns in the health of the report where none is required', () => {
    const health = (policy: object, drills: DrillFact[]) => analyze(at(0, policy, drills)).report.health.find(({ check }) => check === 'drills')
    expect(course({}, [passed(45)])[1]).toMatchObject({ action: 'promote', status: 'applied' })
    expect(health({}, [passed(45)])).toEqual({ check: 'drills', verdict: 'INSUFFICIENT', text: 'The rollback drill passed 45 days ago, wanted within 30 days.' })
    expect(health({ types: ['breaker'] }, [passed(45)])).toMatchObject({ verdict: 'INSUFFICIENT', text: 'The breaker drill was never done, wanted within 30 days.' })
    expect(health({}, [passed(12)])).toEqual({ check: 'drills', verdict: 'PASS', text: 'The rollback drill passed 12 days ago.' })
    expect(analyze(experimentAfter(1, [win, slow], arms(0))).report.health.map(({ check }) => check)).not.toContain('drills')
  })

  it('looks again when a drill becomes too old', () => {
    expect(dueAt(at(0, { required: true }, [passed(29)]))).toBe(ago(-1).getTime() + 1)
  })
})

describe('words about drills', () => {
  it('say how the last one went', () => {
    const drill = { type: 'rollback' as const, endedAt: ago(12).toISOString(), timeToDetectMs: 14_200, timeToRevertMs: 310 }
    expect(lastDrillText({ ...drill, state: 'passed' }, now.getTime())).toBe('Last drill: rollback passed 12 days ago, detected in 14 s, reverted in 0.3 s')
    expect(lastDrillText({ ...drill, state: 'failed', timeToRevertMs: null }, now.getTime())).toBe('Last drill: rollback failed 12 days ago')
    expect(lastDrillText({ ...drill, state: 'abandoned' }, ago(12).getTime())).toBe('Last drill: rollback was abandoned just now')
  })

  it('tell webhooks that one failed, without a model that nobody knows', () => {
    const entry = { action: 'drill', status: 'failed', experiment: null, model: 'drill:7:rollback', actor: 'engine', variant: null, reason: 'The rollback drill 7 failed.', evidence: {}, at: ago(1).toISOString(), seq: 2 }
    const { type, text } = notificationOf('msg_1', entry as LedgerEntry, 9, null)
    expect([type, text]).toEqual(['drill.failed', 'drill: a drill failed by engine: The rollback drill 7 failed.'])
    expect([wants(['drill.*'], type), wants(['*'], type), wants(['model.*'], type)]).toEqual([true, true, false])
  })

  it('know the keys of synthetic models', () => {
    expect([isRehearsal(rehearsalKey(7, 'silence')), isRehearsal('drill-7'), isRehearsal(null)]).toEqual([true, false, false])
  })
})

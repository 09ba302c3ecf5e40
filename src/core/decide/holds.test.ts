import { describe, expect, it } from 'vitest'
import { type ArmDraft, type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { decide } from './decide.ts'
import { dueAt } from './due.ts'
import { activeHolds, type Alarm, type Hold, sameHolds, turnHolds } from './holds.ts'

const now = hours(48)
const alarm: Alarm = { reason: 'drift', variant: 'qwen', metric: 'length', text: 'the length of answers has moved' }
const counts = (...arms: [number, number, number?][]): ArmDraft[] =>
  arms.map(([units, wins, slows = units / 10]) => ({ units, metrics: [wins, slows] }))
const clear = (extra = 0): ArmDraft[] => counts([6_000, 2_400], [6_000 + extra, 2_900 + extra, 600])

type Draft = Parameters<typeof experimentAfter>[3]
const input = (arms: ArmDraft[], more: Partial<AnalysisInput> = {}, draft: Draft = {}, facts = {}, epoch: Partial<EpochDraft> = {}): AnalysisInput =>
  ({ ...experimentAfter(48, [win, slow], [{ arms, ...epoch }], draft, facts), ...more })

/** One look after another, each with its own data and alarms, keeping what the engine keeps. */
const looks = (each: Partial<AnalysisInput>[], draft: Draft = {}) => {
  let kept: Pick<AnalysisInput['experiment'], 'looks' | 'holds'> = { looks: {}, holds: [] }
  return each.map((more, look) => {
    const { decisions, ...memory } = decide(analyze(input(clear(look), more, draft, kept)))
    kept = { looks: memory.looks, holds: memory.holds ?? kept.holds ?? [] }
    return decisions.map(({ action, status, rule }) => `${action} ${status} ${rule}`)
  })
}

describe('a hold', () => {
  const alarms = { alarms: [alarm] }

  it('begins at once, is told once, and is over three looks after its alarm', () => {
    const none: Partial<AnalysisInput> = {}
    expect(looks([none, alarms, alarms, none, none, none, none, none])).toEqual([
      [],
      ['hold applied hold'],
      [],
      [],
      [],
      ['hold applied hold-lifted'],
      [],
      ['promote applied promote-superior'],
    ])
  })

  it('goes on when its alarm comes back in between, without a word', () => {
    const none: Partial<AnalysisInput> = {}
    const told = looks([alarms, none, none, alarms, none, none, none]).flat()
    expect(told.filter((one) => one.startsWith('hold'))).toEqual(['hold applied hold', 'hold applied hold-lifted'])
  })

  it('tells each change of the set: another reason, and one of two that is over', () => {
    const other: Alarm = { reason: 'breaker', variant: 'llama', metric: null, text: 'the breaker of llama is open' }
    const second = turnHolds(activeHolds([], [alarm], now), activeHolds(activeHolds([], [alarm], now), [alarm, other], now))
    expect([second.begun, second.lifted]).toMatchObject([[{ reason: 'breaker' }], []])
    const kept: Hold[] = [{ ...alarm, since: 's', clean: 2 }, { ...other, since: 's', clean: 0 }]
    const third = turnHolds(kept, activeHolds(kept, [other], now))
    expect([third.lifted, third.next]).toMatchObject([[{ reason: 'drift' }], [{ reason: 'breaker', since: 's', clean: 0 }]])
  })

  it('is the same whatever the numbers in its words are', () => {
    const one = activeHolds([], [alarm], now)
    expect(sameHolds(one, activeHolds(one, [{ ...alarm, text: 'moved further' }], hours(49)))).toBe(true)
    expect(sameHolds(one, activeHolds(one, [], hours(49)))).toBe(false)
  })

  it('names what it was decided on, and says so in the report', () => {
    const analysis = analyze(input(clear(), alarms))
    const { decisions: [hold], holds } = decide(analysis)
    expect(hold).toMatchObject({
      action: 'hold', reason: 'Nothing is promoted or moved: the length of answers has moved.',
      evidence: { reasons: [{ reason: 'drift', variant: 'qwen', metric: 'length', since: now.toISOString() }] },
    })
    expect(holds).toEqual([{ ...alarm, since: now.toISOString(), clean: 0 }])
    expect(analysis.report.warnings).toContain('Nothing is promoted or moved: the length of answers has moved.')
    expect(analysis.report.summary.next).toMatch(/^Held: the length of answers has moved\./)
    expect(analysis.report.summary.conditions).toContainEqual(
      { text: 'nothing speaks against it', met: false, current: 'the length of answers has moved', needed: 'no alarm for some looks' },
    )
  })

  it('is looked at at every tick until it is over', () => {
    expect(dueAt(input(clear(), {}, {}, { holds: [{ ...alarm, since: 's', clean: 1 }] }))).toBe(now.getTime())
    expect(dueAt(input(clear()))).toBeGreaterThan(now.getTime())
  })

  it('never keeps the engine from stopping harm', () => {
    const harmful = counts([3_000, 1_200, 300], [3_000, 1_500, 600])
    expect(decide(analyze(input(harmful, alarms))).decisions).toMatchObject([{ action: 'rollback', variant: 'qwen', status: 'applied' }])
  })

  it('begins nowhere but in an experiment that runs', () => {
    for (const state of ['draft', 'stopped', 'promoted'] as const) {
      expect(analyze(input(clear(), alarms, {}, { state })).holds).toEqual([])
    }
    expect(analyze(input(clear(), alarms, {}, { state: 'paused' })).holds).toMatchObject([{ reason: 'drift' }])
  })
})

describe('what is sensed', () => {
  const reasons = (of: AnalysisInput) => analyze(of).holds.map(({ reason, variant, metric }) => [reason, variant, metric])

  it('is units that do not arrive as drawn', () => {
    expect(reasons(input(counts([3_000, 1_200], [3_500, 1_400])))).toEqual([['sample_ratio', null, null]])
  })

  it('is a signal that turns worse, by variant', () => {
    const metrics = [{ metric: 'win', role: 'decision' as const }, { metric: 'slow', role: 'signal' as const }]
    expect(reasons(input(counts([3_000, 1_200, 300], [3_000, 1_200, 600]), {}, { metrics }))).toEqual([['signal', 'qwen', 'slow']])
    expect(reasons(input(counts([3_000, 1_200, 300], [3_000, 1_200, 200]), {}, { metrics }))).toEqual([])
  })

  it('is data that cannot be trusted, but not because of one outcome that arrived before its exposure', () => {
    expect(reasons(input(clear(), {}, {}, {}, { rebuilt: 40 }))).toEqual([['error', null, 'exposures']])
    expect(reasons(input(counts([3, 1], [3, 1]), {}, {}, {}, { rebuilt: 1, crossed: 1 }))).toEqual([])
  })

  it('is an engine that had not looked for long', () => {
    expect(reasons(input(clear(), { lagMs: 300_000 }))).toEqual([])
    expect(reasons(input(clear(), { lagMs: 900_000 }))).toEqual([['stale', null, null]])
  })

  it('is a limit that the control breaks as well: nobody is blamed', () => {
    const metrics = [{ metric: 'win', role: 'decision' as const }, { metric: 'slow', role: 'guardrail' as const, limit: 0.15 }]
    const together = input(counts([3_000, 1_200, 900], [3_000, 1_200, 900]), {}, { metrics })
    expect(reasons(together)).toEqual([['shared_harm', 'qwen', 'slow']])
    expect(decide(analyze(together)).decisions.map(({ action }) => action)).toEqual(['hold'])
    const alone = input(counts([3_000, 1_200, 300], [3_000, 1_200, 900]), {}, { metrics })
    expect(reasons(alone)).toEqual([])
    expect(decide(analyze(alone)).decisions).toMatchObject([{ action: 'rollback', reason: 'qwen is beyond the limit for slow, 15 per 100.' }])
  })
})

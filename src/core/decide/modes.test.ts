import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { type ArmDraft, experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { decide } from './decide.ts'
import type { ActionName, CreateExperiment } from '../define/definitions.ts'
import type { Alarm } from './holds.ts'
import { plan } from './transition.ts'

type Draft = Partial<z.input<typeof CreateExperiment>>
type Situation = { arms: (look: number) => ArmDraft[]; age?: number; draft?: Draft; alarms?: Alarm[] }

const counts = (...arms: [number, number, number?][]): ArmDraft[] =>
  arms.map(([units, wins, slows = units / 10]) => ({ units, metrics: [wins, slows] }))
const situations = {
  winner: { arms: (look: number) => counts([6_000, 2_400], [6_000 + look, 2_900 + look, 600]) },
  loser: { arms: () => counts([3_000, 1_500], [3_000, 1_200]) },
  harm: { arms: () => counts([3_000, 1_200, 300], [3_000, 1_500, 600]) },
  'harm by one of two': { arms: () => counts([3_000, 1_200, 300], [3_000, 1_500, 600], [3_000, 1_200, 300]) },
  tied: { arms: (look: number) => counts([600, 240, 60], [600 + look, 242, 62]), age: 15 * 24 },
} satisfies Record<string, Situation>

/** What four looks lead to, each with the memory of the one before. */
const fourLooks = ({ arms, age = 48, draft = {}, alarms = [] }: Situation, policy: Draft['policy'] = {}) => {
  let kept: Pick<AnalysisInput['experiment'], 'looks' | 'holds'> = { looks: {}, holds: [] }
  return [0, 1, 2, 3].flatMap((look) => {
    const input = { ...experimentAfter(age, [win, slow], [{ arms: arms(look) }], { ...draft, policy }, kept), alarms }
    const { decisions, looks, holds } = decide(analyze(input))
    kept = { looks, holds: holds ?? kept.holds ?? [] }
    return decisions.map((decision) => ({ ...decision, facts: input.experiment }))
  })
}
const words = (decisions: ReturnType<typeof fourLooks>) => decisions.map(({ action, variant, status }) => [action, variant, status])

describe('the mode auto', () => {
  it.each<[keyof typeof situations, string, string | null]>([
    ['winner', 'promote', 'qwen'], ['loser', 'kill', 'qwen'], ['harm', 'rollback', 'qwen'], ['harm by one of two', 'kill', 'qwen'],
    ['tied', 'conclude', null],
  ])('acts: %s', (name, action, variant) => {
    expect(words(fourLooks(situations[name]))[0]).toEqual([action, variant, 'applied'])
  })
})

describe.each(['observe', 'recommend'] as const)('the mode %s', (mode) => {
  it.each<[keyof typeof situations, ActionName, string | null]>([
    ['winner', 'promote', 'qwen'], ['loser', 'kill', 'qwen'], ['harm', 'rollback', 'qwen'], ['harm by one of two', 'kill', 'qwen'],
    ['tied', 'stop', null],
  ])('tells once what would be done, so that a person can do it: %s', (name, action, variant) => {
    const told = fourLooks(situations[name], { mode })
    expect(words(told)).toEqual([[action === 'stop' ? 'conclude' : action, variant, 'held']])
    expect(told[0]?.reason).toMatch(mode === 'observe' ? /Only observed: nothing was done\.$/ : /Not done by itself: a person decides/)
    if (action === 'stop') expect(mode === 'observe' || told[0]?.reason.endsWith('with the action stop.')).toBe(true)
    const context = { champion: '1', beforePromotion: null, metrics: new Map() }
    expect(plan(told[0]!.facts, { action, variant, reason: 'as recommended', actor: 'somebody' }, context)).not.toHaveProperty('refused')
  })

  it('tells of a hold as well, and of the next thing after the first', () => {
    const alarms: Alarm[] = [{ reason: 'drift', variant: null, metric: null, text: 'inputs have moved' }]
    expect(words(fourLooks({ ...situations.harm, alarms }, { mode }))).toEqual([['hold', null, 'applied'], ['rollback', 'qwen', 'held']])
    const two = { arms: () => counts([3_000, 1_500, 300], [3_000, 1_500, 600], [3_000, 1_000, 300], [3_000, 1_500, 300]) }
    expect(words(fourLooks(two, { mode }))).toEqual([['kill', 'qwen', 'held'], ['kill', 'llama', 'held']])
  })
})

describe('autoKill and autoPromote', () => {
  it('turn only their own actions into recommendations', () => {
    expect(words(fourLooks(situations.winner, { autoPromote: false }))).toEqual([['promote', 'qwen', 'held']])
    expect(words(fourLooks(situations.harm, { autoPromote: false }))[0]).toEqual(['rollback', 'qwen', 'applied'])
    for (const name of ['harm', 'loser', 'harm by one of two'] as const) {
      expect(words(fourLooks(situations[name], { autoKill: false })).every(([, , status]) => status === 'held')).toBe(true)
    }
    expect(words(fourLooks(situations.winner, { autoKill: false }))[0]).toEqual(['promote', 'qwen', 'applied'])
    expect(words(fourLooks(situations.tied, { autoKill: false, autoPromote: false }))[0]).toEqual(['conclude', null, 'applied'])
  })

  it('never let harm be promoted, not even as a proposal', () => {
    const best = { arms: (look: number) => counts([3_000, 1_200, 300], [3_000 + look, 1_900, 700]) }
    expect(words(fourLooks(best, { autoKill: false })).some(([action]) => action === 'promote')).toBe(false)
  })
})

describe('an experiment with guardrails alone', () => {
  const metrics: Draft['metrics'] = [{ metric: 'win', role: 'guardrail', margin: 0.05 }, { metric: 'slow', role: 'guardrail', margin: 0.03 }]
  const safe = (look: number) => counts([6_000, 2_400, 600], [6_000 + look, 2_410, 600])

  it('promotes what every guardrail passes, by a rule of its own', () => {
    const told = fourLooks({ arms: safe, draft: { metrics } })
    expect(words(told)[0]).toEqual(['promote', 'qwen', 'applied'])
    expect(told[0]).toMatchObject({ rule: 'promote-guardrails', reason: 'Every guardrail passes.' })
    expect(words(fourLooks({ arms: safe, draft: { metrics } }, { goal: 'non-inferior' }))[0]).toEqual(['promote', 'qwen', 'applied'])
  })

  it('promotes nobody while one is open, and rolls back what fails', () => {
    const open = (look: number) => counts([1_200, 480, 120], [1_200 + look, 480, 124])
    expect(fourLooks({ arms: open, draft: { metrics } })).toEqual([])
    const bad = () => counts([6_000, 2_400, 600], [6_000, 1_500, 600])
    expect(words(fourLooks({ arms: bad, draft: { metrics } }))[0]).toEqual(['rollback', 'qwen', 'applied'])
  })

  it('promotes nobody where there is nothing at all to judge by', () => {
    expect(fourLooks({ arms: safe, draft: { metrics: [{ metric: 'win', role: 'diagnostic' }] } })).toEqual([])
  })
})

describe('a freeze window', () => {
  const freeze = [{ from: '2026-03-02T00:00:00Z', to: '2026-03-04T00:00:00Z', reason: 'inventory' }]
  const condition = (age: number) =>
    analyze(experimentAfter(age, [win, slow], [{ arms: situations.winner.arms(0) }], { policy: { freeze } })).conditions.find(({ kind }) => kind === 'freeze')

  it('stops a promotion, tells so once, and lets it go on at once when it is over', () => {
    const told = fourLooks({ ...situations.winner, age: 71 }, { freeze })
    expect(words(told)).toEqual([['promote', 'qwen', 'held']])
    expect(told[0]?.reason).toBe('Held back until no freeze window is on (now until 2026-03-04 00:00 UTC: inventory, needed none).')
    let looks = {}
    for (const look of [0, 1]) looks = decide(analyze(experimentAfter(71, [win, slow], [{ arms: situations.winner.arms(look) }], { policy: { freeze } }, { looks }))).looks
    const after = experimentAfter(72, [win, slow], [{ arms: situations.winner.arms(1) }], { policy: { freeze } }, { looks })
    expect(decide(analyze(after)).decisions).toMatchObject([{ action: 'promote', status: 'applied' }])
  })

  it('is shown as a condition, and stops nothing that protects', () => {
    expect(condition(48)).toMatchObject({ met: false, current: 'until 2026-03-04 00:00 UTC: inventory' })
    expect(condition(80)).toMatchObject({ met: true, current: 'none' })
    expect(words(fourLooks({ ...situations.harm, age: 48 }, { freeze }))[0]).toEqual(['rollback', 'qwen', 'applied'])
    expect(words(fourLooks({ ...situations.loser, age: 48 }, { freeze }))[0]).toEqual(['kill', 'qwen', 'applied'])
  })
})

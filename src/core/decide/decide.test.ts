import { describe, expect, it } from 'vitest'
import { type ArmDraft, experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { decide } from './decide.ts'

const counts = (...arms: [number, number, number?][]): ArmDraft[] =>
  arms.map(([units, wins, slows = units / 10]) => ({ units, metrics: [wins, slows] }))

const clear = (extra = 0): ArmDraft[] => counts([6_000, 2_400], [6_000 + extra, 2_900 + extra, 600])
const at = (arms: ArmDraft[], draft = {}, facts: Partial<AnalysisInput['experiment']> = {}, age = 48) =>
  analyze(experimentAfter(age, [win, slow], [{ arms }], draft, facts))

/** Decide at one look after another, each with its own data, keeping the memory. */
const looksAt = (looks: ArmDraft[][], draft = {}, age = 48) => {
  let memory: Pick<AnalysisInput['experiment'], 'looks' | 'holds'> = { looks: {}, holds: [] }
  return looks.map((arms) => {
    const { decisions, looks: kept, holds } = decide(at(arms, draft, memory, age))
    memory = { looks: kept, holds: holds ?? memory.holds ?? [] }
    return decisions.find(({ action }) => action !== 'hold') ?? null
  })
}

describe('decide: promote', () => {
  it('promotes at the second look with new data, not at the same data again', () => {
    expect(looksAt([clear(), clear(), clear(10)])).toEqual([
      null,
      null,
      expect.objectContaining({ action: 'promote', variant: 'qwen', status: 'applied', rule: 'promote-superior' }),
    ])
  })

  it('begins counting anew when the rule stops holding in between', () => {
    const tied = counts([6_000, 2_400], [6_000, 2_400])
    expect(looksAt([clear(), tied, clear(10)])).toEqual([null, null, null])
  })

  it('holds back while too few units or too little time, and says so once', () => {
    const [first, second, third] = looksAt([clear(), clear(1), clear(2)], { policy: { minUnits: 10_000 } }, 2)
    expect(first).toMatchObject({ action: 'promote', status: 'held', rule: 'conditions' })
    expect(first?.reason).toMatch(/now 6,000, needed 10,000.*now 2 h, needed 24 h/)
    expect([second, third]).toEqual([null, null])
  })

  it('does not promote past an open guardrail, a broken split, or a hold of the policy', () => {
    const unsafe = (extra: number) => counts([3_000, 1_200, 300], [3_000 + extra, 1_500, 345])
    expect(looksAt([unsafe(0), unsafe(1), unsafe(2)]).map((one) => one?.status ?? null)).toEqual(['held', null, null])
    const lost = (extra: number) => counts([3_000, 1_200, 300], [3_500 + extra, 1_900, 300])
    expect(looksAt([lost(0), lost(1), lost(2)])).toEqual([null, null, null])
    expect(decide(at(lost(0))).decisions).toMatchObject([{ action: 'hold', evidence: { reasons: [{ reason: 'sample_ratio' }] } }])
  })

  it('proposes instead of promoting where a person decides, once', () => {
    for (const policy of [{ mode: 'recommend' }, { mode: 'observe' }, { autoPromote: false }]) {
      const statuses = looksAt([clear(), clear(1), clear(2), clear(3)], { policy }).map((one) => one?.status ?? null)
      expect(statuses).toEqual([null, 'held', null, null])
    }
  })

  it('takes the variant whose gain is surest when several would do', () => {
    const three = (extra: number) => counts([4_000, 1_600], [4_000, 1_900], [4_000 + extra, 2_000])
    expect(looksAt([three(0), three(1)])[1]).toMatchObject({ action: 'promote', variant: 'llama' })
  })

  it('accepts not worse by the margin when that is the goal', () => {
    const tied = (extra: number) => counts([8_000, 4_000, 800], [8_000 + extra, 4_000, 800])
    const metrics = [
      { metric: 'win', role: 'decision', margin: 0.05 },
      { metric: 'slow', role: 'guardrail', margin: 0.02 },
    ]
    expect(looksAt([tied(0), tied(1)], { metrics })[1]).toBeNull()
    expect(looksAt([tied(0), tied(1)], { metrics, policy: { goal: 'non-inferior' } })[1]).toMatchObject({
      action: 'promote',
    })
  })

  it('reads a metric that should decrease the other way round', () => {
    const metrics = [{ metric: 'slow', role: 'decision' }]
    const slower = (extra: number) => counts([3_000, 0, 900], [3_000 + extra, 0, 600])
    expect(looksAt([slower(0), slower(1)], { metrics })[1]).toMatchObject({ action: 'promote', variant: 'qwen' })
    expect(decide(at(counts([3_000, 0, 600], [3_000, 0, 900]), { metrics })).decisions[0]).toMatchObject({
      action: 'kill',
      variant: 'qwen',
    })
  })
})

describe('decide: kill', () => {
  it('kills a loser at once, but only recommends where the policy says so', () => {
    const loser = counts([3_000, 1_500], [3_000, 1_200])
    expect(decide(at(loser)).decisions[0]).toMatchObject({
      action: 'kill',
      variant: 'qwen',
      rule: 'loser',
      status: 'applied',
    })
    const held = decide(at(loser, { policy: { autoKill: false } }))
    expect(held.decisions[0]).toMatchObject({ action: 'kill', status: 'held' })
    expect(decide(at(loser, { policy: { autoKill: false } }, { looks: held.looks })).decisions).toEqual([])
  })

  it('tolerates the declared margin', () => {
    const metrics = [{ metric: 'win', role: 'decision', margin: 0.2 }]
    expect(decide(at(counts([3_000, 1_500], [3_000, 1_200]), { metrics })).decisions).toEqual([])
  })

  it('stops a variant that another candidate beats, even when the control is no better', () => {
    const { decisions: [decision] } = decide(at(counts([4_000, 2_000], [4_000, 1_950], [4_000, 2_500])))
    expect(decision).toMatchObject({ action: 'kill', variant: 'qwen', rule: 'loser' })
  })

  it('kills for harm before it promotes, and rolls back when nobody is left', () => {
    const harmful = counts([3_000, 1_200, 300], [3_000, 1_500, 600])
    expect(decide(at(harmful)).decisions[0]).toMatchObject({ action: 'rollback', variant: 'qwen', rule: 'guardrail-harm' })
    expect(decide(at(harmful, { policy: { onHarm: 'kill' } })).decisions[0]).toMatchObject({ action: 'kill' })
    const three = counts([3_000, 1_200, 300], [3_000, 1_500, 600], [3_000, 1_200, 300])
    expect(decide(at(three)).decisions[0]).toMatchObject({ action: 'kill', variant: 'qwen' })
  })

  it('stops all that lose or harm in one look, those that harm first', () => {
    const four = counts([4_000, 2_000, 400], [4_000, 1_700, 400], [4_000, 2_000, 700], [4_000, 2_000, 400])
    expect(decide(at(four)).decisions.map(({ action, variant, rule }) => [action, variant, rule])).toEqual([
      ['kill', 'llama', 'guardrail-harm'],
      ['kill', 'qwen', 'loser'],
    ])
    const held = decide(at(four, { policy: { autoKill: false } }))
    expect(held.decisions.map(({ variant, status }) => [variant, status])).toEqual([['llama', 'held']])
  })

  it('never stops losers down to the last candidate: the best of them goes on', () => {
    const four = counts([4_000, 2_400], [4_000, 2_000], [4_000, 1_600], [4_000, 1_800])
    expect(decide(at(four)).decisions.map(({ variant }) => variant)).toEqual(['llama', 'phi'])
  })

  it('rolls everything back at once when every candidate does harm, or kills them where the policy says so', () => {
    const harmful = counts([3_000, 1_200, 300], [3_000, 1_500, 600], [3_000, 1_200, 600])
    const [rolledBack, ...others] = decide(at(harmful)).decisions
    expect([rolledBack, others]).toMatchObject([{ action: 'rollback', variant: null, rule: 'guardrail-harm' }, []])
    expect(Object.keys(rolledBack?.evidence['variants'] ?? {})).toEqual(['qwen', 'llama'])
    expect(decide(at(harmful, { policy: { onHarm: 'kill' } })).decisions.map(({ action, variant }) => [action, variant])).toEqual([
      ['kill', 'qwen'],
      ['kill', 'llama'],
    ])
  })

  it('hands traffic on to the candidate that waits when all others do harm, once; then it rolls back', () => {
    const stages = [{ allocation: 'fixed', weights: { gemma: 0.5, qwen: 0.5, llama: 0 } }]
    const policy = { onHarm: 'roll-through', next: 'llama' }
    const of = (arms: ArmDraft[], weights: number[], facts = {}) => decide(analyze(experimentAfter(48, [win, slow], [{ arms, weights }], { policy, stages }, facts))).decisions
    const harmed = counts([3_000, 1_200, 300], [3_000, 1_500, 600], [0, 0, 0])
    expect(of(harmed, [0.5, 0.5, 0])).toMatchObject([{ action: 'roll-through', variant: 'qwen', rule: 'guardrail-harm', status: 'applied' }])

    const { variants } = experimentAfter(48, [win, slow], [{ arms: harmed }]).experiment
    const locks = [{ version: '3', at: '2026-01-01T00:00:00Z', actor: 'engine', reason: 'harm', experiment: 'earlier' }]
    const blocked = { ...experimentAfter(48, [win, slow], [{ arms: harmed, weights: [0.5, 0.5, 0] }], { policy, stages }), locks }
    expect(decide(analyze(blocked)).decisions).toMatchObject([{ action: 'rollback', variant: 'qwen' }])

    const after = variants.map((one) => (one.key === 'qwen' ? { ...one, status: 'killed' as const } : one))
    const next = counts([3_000, 1_200, 300], [0, 0, 0], [3_000, 1_500, 600])
    expect(of(next, [0.5, 0, 0.5], { variants: after })).toMatchObject([{ action: 'rollback', variant: 'llama', status: 'applied' }])
  })

  it('goes on protecting while paused, and promotes nobody', () => {
    expect(decide(at(counts([3_000, 1_500], [3_000, 1_200]), {}, { state: 'paused' })).decisions[0]).toMatchObject({
      action: 'kill',
    })
    const looks = { 'promote:qwen': { count: 2, digest: 'before' } }
    expect(decide(at(clear(), {}, { state: 'paused', looks })).decisions).toEqual([])
  })
})

describe('decide: conclude', () => {
  it('ends without a winner when the time is over, unless one is found then', () => {
    const tied = counts([3_000, 1_200], [3_000, 1_210])
    expect(decide(at(tied, {}, {}, 14 * 24)).decisions[0]).toMatchObject({ action: 'conclude', status: 'applied' })
    expect(decide(at(tied, {}, {}, 14 * 24 - 1)).decisions).toEqual([])
    expect(looksAt([clear(), clear(1)], {}, 14 * 24 - 1)[1]).toMatchObject({ action: 'promote' })
  })

  it('does nothing once an experiment has ended', () => {
    expect(decide(at(clear(), {}, { state: 'stopped' }, 14 * 24))).toEqual({ decisions: [], looks: {} })
  })
})

describe('reasons', () => {
  const named = { win: { ...win, name: 'thumbs up' }, slow: { ...slow, name: 'slow answers' } }
  const told = (arms: ArmDraft[]) => {
    const [first] = decide(analyze(experimentAfter(48, [named.win, named.slow], [{ arms }]))).decisions
    return { reason: first?.reason, evidence: first?.evidence }
  }

  it('call metrics by their names, and evidence by their keys', () => {
    const harm = told(counts([6_000, 2_400, 300], [6_000, 2_400, 1_200]))
    expect(harm.reason).toBe('qwen is worse than gemma on slow answers, by more than the 2 per 100 allowed.')
    expect(harm.evidence).toMatchObject({ guardrails: [{ metric: 'slow' }] })
    expect(told(counts([6_000, 2_400], [6_000, 1_500])).reason).toMatch(/^qwen is lower than gemma on thumbs up: /)
  })

  it('show on which side of 0 a range ends', () => {
    // the smallest loss that is one beyond doubt
    const lost = Array.from({ length: 200 }, (_, step) => told(counts([6_000, 2_400], [6_000, 2_400 - step * 2]))).find(({ reason }) => reason !== undefined)
    expect(lost?.reason).toMatch(/between \u2212[\d.]*[1-9][\d.]* and \u2212[\d.]*[1-9][\d.]* per 100\.$/)
  })
})

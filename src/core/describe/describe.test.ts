import { describe, expect, it } from 'vitest'
import { type ArmDraft, experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'

const summaryOf = (arms: ArmDraft[], draft = {}, facts: Partial<AnalysisInput['experiment']> = {}, age = 48) =>
  analyze(experimentAfter(age, [win, slow], [{ arms }], draft, facts)).report.summary
const counts = (...arms: [number, number, number][]): ArmDraft[] =>
  arms.map(([units, wins, slows]) => ({ units, metrics: [wins, slows] }))

const better = counts([6_000, 2_400, 600], [6_000, 2_900, 600])
const tied = counts([6_000, 2_400, 600], [6_000, 2_410, 600])
const harmful = counts([6_000, 2_400, 600], [6_000, 2_400, 900])

describe('describe', () => {
  it('gives the verdict first, in shares of 100', () => {
    expect(summaryOf(better).headline).toBe('qwen is better than gemma: win is 48 of 100 instead of 40.')
    expect(summaryOf(better).sub).toMatch(
      /^The true gain is plausibly \d+\.\d to \d+\.\d more per 100 \(qwen against gemma, win\)\.$/,
    )
    expect(summaryOf(tied).headline).toBe('No clear difference yet between qwen and gemma.')
    expect(summaryOf(tied).sub).toMatch(
      /^The true difference plausibly lies between \d\.\d fewer and \d\.\d more per 100/,
    )
    expect(summaryOf(harmful).headline).toBe('qwen does harm: slow rose by 5.0 per 100; you allow 2.0.')
    expect(summaryOf(counts([90, 40, 5], [95, 45, 5])).headline).toBe('Too early to say: 90 of 100 users so far.')
    expect(summaryOf(counts([0, 0, 0], [0, 0, 0])).headline).toBe('No traffic yet.')
  })

  it('names who is silent, and claims nothing of the difference', () => {
    const [control, candidate] = counts([60, 0, 0], [60, 20, 0]) as [ArmDraft, ArmDraft]
    const silent = { ...control, reporting: 0 }
    const { headline, conditions, reversals } = summaryOf([silent, candidate])
    expect(headline).toBe('No outcomes of gemma yet.')
    // no pace leads anywhere where nothing is reported, and nothing is known to come back from
    expect(conditions.slice(0, 2)).toEqual([expect.not.objectContaining({ wait: expect.anything() }), expect.not.objectContaining({ wait: expect.anything() })])
    expect(reversals).toEqual([])
    expect(conditions[0]).toMatchObject({ met: false, current: 'no outcomes of one of the two yet' })
    expect(summaryOf([control, { ...candidate, reporting: 0, metrics: [0, 0] }]).headline).toBe('No outcomes of qwen yet.')
  })

  it('says what a person has to do: stop what may not be stopped by itself, approve a gate, end a shadow', () => {
    const nextOf = (arms: ArmDraft[], draft: object, facts = {}): string => summaryOf(arms, draft, facts).next
    for (const policy of [{ autoKill: false }, { mode: 'recommend' }, { mode: 'observe' }]) {
      expect(nextOf(harmful, { policy })).toBe('A person decides whether qwen is stopped: nobody is stopped by itself here.')
    }
    expect(nextOf(harmful, {})).not.toContain('A person decides')
    const steps = (gate: string | null) => ({ stages: [{ allocation: 'steps', steps: [{ coverage: 0.5, hold: 'PT1M', minUnits: 1, gate }, { coverage: 1 }] }] })
    const progress = { step: 0, from: 1, since: null, gates: {} }
    expect(nextOf(tied, steps('legal'), { progress })).toContain('It goes on by itself once somebody approves the gate "legal": to step 2 of 2')
    expect(nextOf(tied, steps(null), { progress })).toContain('It goes on by itself now: to step 2 of 2')
    expect(nextOf(tied, { stages: [{ allocation: 'switch', gate: 'legal' }] }, { progress })).toMatch(/^qwen is promoted by itself once somebody approves the gate "legal"/)
    expect(nextOf(tied, { stages: [{ allocation: 'shadow' }] })).toMatch(/^Nobody is promoted by itself out of a shadow that no other stage follows: a person decides\. Without/)
  })

  it('says how bad harm is, how little few units say, and whom nothing was heard of', () => {
    expect(summaryOf(harmful).sub).toMatch(/^The true harm is plausibly \d\.\d to \d\.\d per 100 \(qwen against gemma, slow\)\.$/)
    expect(summaryOf(harmful, {}, { state: 'rolled_back' }).sub).toMatch(/^The true harm is plausibly/)
    // all of few: how much more than that it may be is not known
    expect(summaryOf(counts([51, 15, 0], [49, 15, 49]), { metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail', margin: 0.5 }] }).sub)
      .toMatch(/^The true harm is plausibly at least \d+(\.\d+)? per 100 \(qwen against gemma, slow\)\.$/)
    expect(summaryOf(counts([90, 40, 5], [95, 45, 5])).sub).toBe('With so few users nearly everything is still possible.')
  })

  it('says how an experiment ended', () => {
    expect(summaryOf(better, {}, { state: 'promoted', winner: 'qwen' }).headline).toBe(
      'qwen was promoted: win is 48 of 100 instead of 40.',
    )
    expect(summaryOf(harmful, {}, { state: 'rolled_back' }).headline).toBe(
      'qwen was stopped: slow rose by 5.0 per 100; you allow 2.0.',
    )
    expect(summaryOf(counts([6_000, 2_900, 600], [6_000, 2_400, 600]), {}, { state: 'killed' }).headline).toBe(
      'qwen was stopped: win is 40 of 100 instead of 48.',
    )
    const archived = (arms: ArmDraft[], winner: string | null, champion?: string): string =>
      analyze({ ...experimentAfter(48, [win, slow], [{ arms }], {}, { state: 'archived', winner }), ...(champion && { champion }) }).report.summary.headline
    expect(archived(better, 'qwen', '2')).toBe('qwen was promoted: win is 48 of 100 instead of 40.')
    expect(archived(better, 'qwen', '7')).toBe('qwen was promoted, and does not serve any more.')
    expect(archived(harmful, null)).toBe('qwen did harm: slow rose by 5.0 per 100; you allow 2.0.')
    expect(archived(tied, null)).toBe('Ended without a clear winner.')
    const acknowledged = { ...experimentAfter(48, [win, slow], [{ arms: tied }], {}, { state: 'rolled_back' }), latestDecision: { id: 2, action: 'acknowledge', at: '2026-03-03T00:00:00.000Z', reason: 'seen', status: 'applied' as const } }
    expect(analyze(acknowledged).report.summary.headline).toBe('Stopped.')
    expect(summaryOf(tied, {}, { state: 'inconclusive' }).headline).toBe('Ended without a clear winner.')
  })

  it('tells of harm that still serves before harm that was stopped, and of a winner before the latter', () => {
    const killed = (winner: string | null, state: 'running' | 'promoted') => {
      const input = experimentAfter(48, [win, slow], [{ arms: harmful }], {}, { state, winner })
      const variants = input.experiment.variants.map((one) => (one.key === 'qwen' ? { ...one, status: 'killed' as const } : one))
      return analyze({ ...input, experiment: { ...input.experiment, variants } }).report.summary.headline
    }
    expect(killed(null, 'running')).toBe('qwen was stopped: slow rose by 5.0 per 100; you allow 2.0.')
    expect(killed('gemma', 'promoted')).toBe('gemma was promoted.')
    expect(summaryOf(harmful, {}, { state: 'promoted', winner: 'qwen' }).headline).toBe('qwen does harm: slow rose by 5.0 per 100; you allow 2.0.')
  })

  it('lists every condition with what is and what is needed, in points and with true minus signs', () => {
    const { conditions, next } = summaryOf(counts([700, 280, 70], [640, 250, 64]), {}, {}, 6)
    expect(conditions.map(({ met }) => met)).toEqual([false, false, true, true, false, false, false])
    expect(conditions[0]).toMatchObject({ text: 'qwen is better than gemma on win', needed: 'above 0 pp' })
    expect(conditions[0]?.current).toMatch(/^range from \u2212\d+\.?\d* pp$/)
    expect(conditions[1]).toMatchObject({ text: 'slow is no worse than allowed', needed: 'below +2.0 pp' })
    expect(conditions[4]).toMatchObject({ text: 'users in each of the two', current: '640', needed: '1,000' })
    expect(conditions[5]).toMatchObject({ current: '6 h', needed: '24 h' })
    expect(conditions[6]).toMatchObject({ current: '0 looks', needed: '2 looks' })
    expect(next).toMatch(
      /^qwen is promoted by itself once the 4 open conditions are met\. Without that it ends in 13\.7 days/,
    )
  })

  it('calls two variants practically the same only if a smallest effect was declared and contains the range', () => {
    const many = counts([90_000, 36_000, 9_000], [90_000, 36_020, 9_000])
    const declared = { metrics: [{ metric: 'win', role: 'decision', smallestEffect: 0.03 }] }
    expect(summaryOf(many, declared).headline).toBe('qwen and gemma are practically the same on win.')
    expect(summaryOf(many).headline).toBe('No clear difference yet between qwen and gemma.')
  })

  it('never promises what statistics cannot', () => {
    const all = [better, tied, harmful].flatMap((arms) => {
      const { headline, sub, next, conditions } = summaryOf(arms)
      return [headline, sub, next, ...conditions.flatMap(({ text, current, needed }) => [text, current, needed])]
    })
    expect(all.join('\n')).not.toMatch(/chance|confirmed|proves|no difference|trending|almost significant| -\d/i)
  })
})

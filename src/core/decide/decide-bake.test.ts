import { describe, expect, it } from 'vitest'
import { perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { type ArmDraft, experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { analyze } from '../analyze/analyze.ts'
import { bakeOf, partsOf } from '../analyze/bake.ts'
import { decideAll } from './decide-all.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { dueAt } from './due.ts'

type Counts = [units: number, wins: number, slows: number]
const arm = ([units, ...metrics]: Counts): ArmDraft => ({ units, metrics })

/** The same with the winner's units that are only counted. */
const withRest = (input: AnalysisInput, rest: ArmDraft, metrics: MetricDefinition[]): AnalysisInput => {
  const [like] = experimentAfter(48, metrics, [{ arms: [rest, rest] }]).epochs
  return { ...input, champion: '2', epochs: input.epochs.map((epoch) => ({ ...epoch, arms: [...epoch.arms, ...like!.arms.slice(1)] })) }
}

/** A bake of `qwen` against `gemma`, with what the control kept, the equal part of the winner, and the rest of it. */
const baked = (arms: [Counts, Counts, Counts], policy: object = {}, more: Partial<AnalysisInput['experiment']> = {}): AnalysisInput => {
  const input = experimentAfter(
    48, [win, slow], [{ arms: arms.slice(0, 2).map(arm), weights: [0.05, 0.95] }], { policy: { bake: { units: 20_000 }, ...policy } },
    { state: 'baking', scopeKind: 'bake', winner: 'qwen', ...more },
  )
  return withRest(input, arm(arms[2]), [win, slow])
}
const scaled = (factor: number, slows: number): [Counts, Counts, Counts] => [
  [500 * factor, 200 * factor, 50 * factor], [500 * factor, 200 * factor, 500 * factor * slows], [9_000 * factor, 3_600 * factor, 9_000 * factor * slows],
]
const decided = (input: AnalysisInput) => decideAll(analyze(input)).decisions

describe('a bake', () => {
  it('parts the winner: as much as the control kept, and the rest', () => {
    const arms = bakeOf({ scopeKind: 'bake', winner: 'qwen', variants: baked(scaled(1, 0.1)).experiment.variants })
    expect(arms).toEqual({ control: 0, winner: 1, rest: 2 })
    const { sample, rest } = partsOf([0.05, 0.95], arms!)
    expect([sample, Number(rest.toFixed(12))]).toEqual([0.05, 0.9])
    expect(partsOf([0.5, 0.5], arms!)).toEqual({ sample: 0.5, rest: 0 })
  })

  it('counts everybody: units, shares and outcomes of both parts of the winner', () => {
    const { report } = analyze(baked(scaled(1, 0.1)))
    expect(report.units).toBe(10_000)
    expect(report.variants).toMatchObject([{ key: 'gemma', units: 500, weight: 0.05 }, { key: 'qwen', units: 9_500, weight: 0.95, outcomes: 9_500 }])
    expect(report.sampleRatio).toMatchObject({ verdict: 'PASS', observed: [500, 9_500], expected: [500, 9_500] })
    expect(report.bake).toMatchObject({ variant: 'qwen', control: 'gemma', keep: 0.05, units: 10_000, needed: 20_000 })
  })

  it('goes on until its units came, then ends although no guardrail passes', () => {
    expect(decided(baked(scaled(1, 0.1)))).toEqual([])
    const enough = baked(scaled(2, 0.1))
    expect(analyze(enough).guardrails.map(({ verdict }) => verdict)).toEqual(['INCONCLUSIVE'])
    expect(decided(enough)).toMatchObject([{ action: 'promote', variant: 'qwen', rule: 'bake-over', status: 'applied', reason: '20,000 users came without harm.' }])
  })

  it.each(['rollback', 'kill', 'roll-through'])('is rolled back when a guardrail shows harm, also with onHarm %s', (onHarm) => {
    expect(decided(baked(scaled(1, 0.2), { onHarm }))).toMatchObject([{ action: 'rollback', variant: 'qwen', rule: 'bake-harm', status: 'applied' }])
  })

  it('sees harm in all units of the winner: with its equal part alone it would not have', () => {
    const harmful = scaled(1, 0.19)
    expect(analyze(baked(harmful)).guardrails[0]?.verdict).toBe('FAIL')
    const equal = baked(harmful)
    const alone = { ...equal, epochs: equal.epochs.map((epoch) => ({ ...epoch, arms: epoch.arms.slice(0, 2), weights: [0.05, 0.05] })) }
    expect(analyze(alone).guardrails[0]?.verdict).not.toBe('FAIL')
  })

  it('only recommends where a person decides, once', () => {
    const [held] = decided(baked(scaled(1, 0.2), { autoKill: false }))
    expect(held).toMatchObject({ action: 'rollback', status: 'held', reason: expect.stringContaining('a person decides') })
    const again = decideAll(analyze(baked(scaled(1, 0.2), { autoKill: false })))
    expect(decided(baked(scaled(1, 0.2), { autoKill: false }, { looks: again.looks }))).toEqual([])
    expect(decided(baked(scaled(2, 0.1), { mode: 'recommend' }))).toMatchObject([{ action: 'promote', status: 'held' }])
    expect(decided(baked(scaled(2, 0.1), { autoPromote: false }))).toMatchObject([{ action: 'promote', status: 'applied' }])
  })

  it('never stops a loser: whoever wins was decided before', () => {
    const losing: [Counts, Counts, Counts] = [[900, 700, 90], [900, 200, 90], [16_200, 3_600, 1_620]]
    const analysis = analyze(baked(losing))
    expect(analysis.report.comparisons[0]).toMatchObject({ metric: 'win', role: 'diagnostic', significant: true, evidence: { decides: false } })
    expect(decideAll(analysis).decisions).toEqual([])
  })

  it('does not end while units arrive in other shares than planned, and says so once', () => {
    const broken: [Counts, Counts, Counts] = [[700, 280, 70], [1_000, 400, 100], [18_500, 7_400, 1_850]]
    const first = decideAll(analyze(baked(broken)))
    expect(first.decisions).toMatchObject([{ action: 'hold', status: 'applied', reason: expect.stringContaining('planned shares') }])
    expect(decided(baked(broken, {}, { looks: first.looks, holds: first.holds ?? [] }))).toEqual([])
  })

  it('does not end while nothing is reported: silence is no proof', () => {
    const silent = baked(scaled(2, 0.1))
    const input = { ...silent, epochs: silent.epochs.map((epoch) => ({ ...epoch, arms: epoch.arms.map((one) => ({ ...one, reporting: 0, outcomes: 0 })) })) }
    expect(analyze(input).guardrails[0]?.verdict).toBe('NO_OUTCOME')
    expect(decided(input)).toMatchObject([{ action: 'promote', status: 'held', reason: expect.stringContaining('nothing reported') }])
  })

  it('does not end in a freeze window, says so once, and is looked at when that is over; harm is undone all the same', () => {
    const { now } = baked(scaled(2, 0.1))
    const until = new Date(now.getTime() + 3_600_000)
    const freeze = [{ from: new Date(now.getTime() - 60_000).toISOString(), to: until.toISOString(), reason: 'holidays' }]
    const input = baked(scaled(2, 0.1), { freeze })
    const first = decideAll(analyze(input))
    expect(first.decisions).toMatchObject([{ action: 'promote', status: 'held', rule: 'conditions', reason: expect.stringContaining('holidays') }])
    expect(decided(baked(scaled(2, 0.1), { freeze }, { looks: first.looks }))).toEqual([])
    expect(dueAt(input)).toBe(until.getTime())
    expect(decided({ ...input, now: until })).toMatchObject([{ action: 'promote', rule: 'bake-over', status: 'applied' }])
    expect(decided(baked(scaled(1, 0.1), { freeze }))).toEqual([])
    expect(decided(baked(scaled(2, 0.2), { freeze }))).toMatchObject([{ action: 'rollback', status: 'applied' }])
  })

  it('ends when somebody else was made champion: there is nothing left to bake', () => {
    expect(decided({ ...baked(scaled(1, 0.1)), champion: '1' })).toMatchObject([{ action: 'rollback', rule: 'champion-changed', status: 'applied' }])
  })

  it('compares what has no bound between arms of one size', () => {
    const cost: MetricDefinition = { key: 'cost', kind: 'mean', measure: 'cost', direction: 'decrease' }
    const moments = (units: number, mean: number) => perUnitMoments(units, units * mean, units * (mean * mean + 1))
    const of = (units: number, mean: number): ArmDraft => ({ units, metrics: [Math.round(units * 0.4), moments(units, mean)] })
    const input = experimentAfter(
      48, [win, cost], [{ arms: [of(1_000, 10), of(1_000, 10.5)], weights: [0.05, 0.95] }],
      { policy: { bake: { units: 50_000 } }, metrics: [{ metric: 'win', role: 'decision' }, { metric: 'cost', role: 'guardrail', margin: 0.1 }] },
      { state: 'baking', scopeKind: 'bake', winner: 'qwen' },
    )
    const analysis = analyze(withRest(input, of(18_000, 90), [win, cost]))
    expect(analysis.guardrails[0]).toMatchObject({ metric: 'cost', verdict: 'FAIL', harm: { estimate: expect.closeTo(0.5, 9) } })
    expect(analysis.report.bake?.detectable[0]).toMatchObject({ metric: 'cost', harm: expect.closeTo(0.23, 1) })
  })

  it('says beforehand which harm it will find, and in words what happens', () => {
    const running = analyze(experimentAfter(48, [win, slow], [{ arms: [arm([6_000, 2_400, 300]), arm([6_000, 2_410, 300])] }],
      { policy: { bake: { units: 29_000 } }, metrics: [{ metric: 'win', role: 'decision' }, { metric: 'slow', role: 'guardrail', margin: 0 }] }))
    const [{ harm } = { harm: null }] = running.report.bake?.detectable ?? []
    expect(running.report.bake).toMatchObject({ variant: null, units: 0, needed: 29_000 })
    expect(harm).toBeCloseTo(0.03, 2)
    expect(running.report.summary.next).toMatch(/Then it bakes\. 29,000 users, 5 % of them on gemma, find this harm four times out of five: slow worse by [23]\.\d per 100\./)

    const { summary } = analyze(baked(scaled(1, 0.1))).report
    expect(summary.headline).toBe('qwen serves 95 % since its promotion: no harm shown so far.')
    expect(summary.next).toBe('The bake ends after 10,000 users more. Then everyone gets qwen; harm brings gemma back.')
    expect(summary.conditions[0]).toEqual({ text: 'users in the bake', met: false, current: '10,000', needed: '20,000' })
    expect(analyze(baked(scaled(1, 0.2))).report.summary.headline).toMatch(/^qwen does harm: slow rose by/)
    expect(analyze(baked(scaled(2, 0.1), {}, { state: 'promoted' })).report.summary.headline).toBe('qwen was promoted, and 20,000 users since then showed no harm.')
    expect(analyze(baked(scaled(1, 0.2), {}, { state: 'rolled_back' })).report.summary.headline).toMatch(/^qwen was stopped: slow rose by/)
    expect(analyze(baked(scaled(1, 0.1), {}, { state: 'promoted' })).report.summary.headline).toBe('qwen was promoted; its bake ended early, after 10,000 users.')
  })
})

describe('what a bake says beforehand', () => {
  const [base, units, looks, runs] = [0.1, 20_000, 4, 100]

  /** The share of bakes with this harm that are rolled back at one of their looks. */
  const rolledBack = (harm: number): number => {
    const random = seededRandom(5)
    const hits = (n: number, share: number): number => Math.round(n * share + Math.sqrt(n * share * (1 - share)) * random.normal())
    let found = 0
    for (let run = 0; run < runs; run++) {
      const slows = [0, 0, 0]
      for (let look = 1; look <= looks; look++) {
        const each = [0.05, 0.05, 0.9].map((share) => (share * units) / looks)
        for (const [part, n] of each.entries()) slows[part]! += hits(n, part === 0 ? base : base + harm)
        const counts = each.map((n, part): Counts => [n * look, 0, slows[part]!]) as [Counts, Counts, Counts]
        if (analyze(baked(counts, { bake: { units: 2 * units } })).guardrails[0]?.verdict !== 'FAIL') continue
        found += 1
        break
      }
    }
    return found / runs
  }

  it('holds: the harm it names is found four times out of five, the harm it tolerates hardly ever', () => {
    const [{ harm } = { harm: null }] = analyze(baked(scaled(2, 0.1))).report.bake?.detectable ?? []
    expect(harm).toBeGreaterThan(0.03)
    expect(rolledBack(harm!)).toBeGreaterThan(0.72)
    expect(rolledBack(harm!)).toBeLessThan(0.95)
    expect(rolledBack(0.02)).toBeLessThan(0.03)
  })
})

import { describe, expect, it } from 'vitest'
import { addBlock, marginP, noBlocks } from '../../../stats/index.ts'
import { type ArmDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { decide } from '../decide/decide.ts'
import type { Looks } from '../define/definitions.ts'
import { betOnHarm } from './margin-bet.ts'

const counts = (...arms: [number, number][]): ArmDraft[] => arms.map(([units, wins]) => ({ units, metrics: [wins] }))
const decision = [{ metric: 'win', role: 'decision' as const }]

/** One tick after another over growing data, with the engine's memory between them. */
const ticks = (arms: ArmDraft[][], draft: object, facts: Partial<AnalysisInput['experiment']> = {}) => {
  let looks: Looks = {}
  return arms.map((one) => {
    const analysis = analyze(
      experimentAfter(48, [win], [{ arms: one }], { metrics: decision, ...draft }, { ...facts, looks }),
    )
    const decided = decide(analysis)
    looks = JSON.parse(JSON.stringify(decided.looks)) as Looks
    const [comparison] = analysis.report.comparisons
    if (!comparison) throw new Error('nothing was compared')
    return { comparison, decisions: decided.decisions, looks, report: analysis.report }
  })
}

describe('group-sequential', () => {
  const draft = { policy: { method: 'group-sequential' as const, alpha: 0.025, looks: 4, minUnits: 0 } }
  const frozen = { frozen: { plannedUnits: [4_000], promoteLevel: 0.025, killLevel: 0.005 } }
  const even = (units: number, wins = 0): ArmDraft[] => counts([units / 2, units / 5], [units / 2, units / 5 + wins])

  it('takes each look once, at its boundary, and decides nothing between', () => {
    const seen = ticks([even(900), even(1_000), even(1_400), even(2_000), even(3_000), even(4_000)], draft, frozen)
    // boundaries: Lan and DeMets' O'Brien-Fleming at level .025 a side, as SAS and ldbounds print them
    const boundaries = [null, 4.332634, 4.332634, 2.963132, 2.359044, 2.01409]
    seen.forEach(({ comparison }, index) => {
      const boundary = boundaries[index] ?? null
      if (boundary === null) expect(comparison.look?.boundary).toBeNull()
      else expect(comparison.look?.boundary).toBeCloseTo(boundary, 5)
      expect(comparison.verdict).toBe('INCONCLUSIVE')
    })
    expect(seen.map(({ comparison }) => comparison.look?.taken)).toEqual([0, 1, 1, 2, 3, 4])
    expect(seen.map(({ comparison }) => comparison.look?.nextAt)).toEqual([1_000, 2_000, 2_000, 3_000, 4_000, null])
    expect(seen[0]?.report.warnings.join()).toContain('the next look is at 1,000 of 4,000 units')
    expect(seen[5]?.report.warnings.join()).toContain('all 4 looks are taken')
  })

  it('does not read a look again, whatever happens after it', () => {
    const [, first, later, next] = ticks(
      [even(900), even(1_000, 40), even(1_200, 200), even(2_000, 200)],
      draft,
      frozen,
    )
    expect(first?.comparison.verdict).toBe('INCONCLUSIVE')
    expect(later?.comparison).toEqual({ ...first?.comparison, immature: undefined })
    expect(later?.looks).toEqual(first?.looks)
    expect(next?.comparison).toMatchObject({ verdict: 'PASS', significant: true, look: { taken: 2, nextAt: null } })
    expect(next?.comparison.pValue).toBeLessThanOrEqual(0.025)
  })

  it('has ended once a boundary is crossed, so that the promotion may follow', () => {
    const seen = ticks([even(1_000, 150), even(1_050, 150), even(1_100, 150)], draft, frozen)
    expect(seen.map(({ comparison }) => comparison.verdict)).toEqual(['PASS', 'PASS', 'PASS'])
    expect(seen.flatMap(({ decisions }) => decisions.map(({ action }) => action))).toEqual(['promote'])
    const kept = Object.entries(seen[1]?.looks ?? {})
    expect(kept.map(([key]) => key)).toEqual(['planned:1:win:gemma:qwen'])
  })

  it('takes looks that were jumped over as one, and spends what they would have', () => {
    const [only] = ticks([even(4_000, 0)], draft, frozen)
    expect(only?.comparison.look).toMatchObject({ taken: 1, information: 1, nextAt: null })
    expect(only?.comparison.look?.boundary).toBeCloseTo(1.959964, 6)
  })

  it('stops a loser at the boundary of its own level', () => {
    const [look] = ticks([even(2_000, -200)], draft, frozen)
    expect(look?.comparison.verdict).toBe('FAIL')
    expect(look?.decisions[0]).toMatchObject({ action: 'kill', variant: 'qwen', rule: 'loser' })
  })
})

describe('fixed', () => {
  const draft = { policy: { method: 'fixed' as const, minUnits: 0 } }
  const grow = (...units: number[]) =>
    ticks(
      units.map((n) => counts([n / 2, n / 5], [n / 2, n / 4])),
      draft,
    )

  it('refuses to call it before the planned units are there', () => {
    const [early] = grow(4_000)
    expect(early?.comparison).toMatchObject({
      verdict: 'INSUFFICIENT',
      significant: false,
      pValue: null,
      difference: { lower: null, upper: null },
      look: { taken: 0, nextAt: 5_000 },
    })
    expect(early?.report.warnings.join()).toContain('fixed horizon: 4,000 of 5,000 units')
    expect(early?.report.summary.headline).toBe('Too early to say: fixed horizon: 4,000 of 5,000 users.')
  })

  it('looks once, and stays with what it saw', () => {
    const [look, after] = grow(5_000, 9_000)
    expect(look?.comparison.verdict).toBe('PASS')
    // Welch: difference .1 with standard error √((.4·.6 + .5·.5)/2499), one-sided end at .05
    const se = Math.sqrt((0.4 * 0.6 + 0.5 * 0.5) / 2_499)
    expect(look?.comparison.difference.estimate).toBeCloseTo(0.1, 12)
    expect(look?.comparison.difference.lower).toBeCloseTo(0.1 - 1.645174 * se, 5)
    expect(after?.comparison.difference).toEqual(look?.comparison.difference)
    expect(after?.decisions[0]).toMatchObject({ action: 'promote', variant: 'qwen' })
  })

  it('looks after a planned time where one is told', () => {
    const timed = (after: string) =>
      ticks([counts([500, 200], [500, 300])], { policy: { method: 'fixed', plannedDuration: after } })[0]?.comparison
        .verdict
    expect(timed('PT48H')).toBe('PASS')
    expect(timed('PT49H')).toBe('INSUFFICIENT')
  })
})

describe('exact', () => {
  const draft = { policy: { method: 'exact' as const, minUnits: 0 }, window: 'PT1H', metrics: decision }
  const epochs = Array.from({ length: 40 }, (_, index) => ({
    arms: counts([60, 6 + (index % 3)], [60, 12 + (index % 4)]),
    endedAt: hours(index + 1),
  }))

  it('decides by the evidence of its closed epochs, and draws a range that says it is none', () => {
    const { report } = analyze(experimentAfter(48, [win], epochs, draft))
    const [comparison] = report.comparisons
    const blocks = epochs.map(({ arms: [a, b] }) => ({
      a: { n: 60, successes: a?.metrics[0] as number },
      b: { n: 60, successes: b?.metrics[0] as number },
      propensityA: 0.5,
      propensityB: 0.5,
    }))
    const state = blocks.reduce((one, block) => addBlock(one, block, { alternative: 'greater' }), noBlocks)
    expect(comparison?.evidence.value).toBeCloseTo(Math.exp(state.logE), 6)
    expect(comparison).toMatchObject({ verdict: 'PASS', significant: true, evidence: { needed: 20, decides: true } })
    expect(comparison?.pValue).toBeCloseTo(Math.exp(-state.logE), 12)
    expect(report.warnings.join()).toContain('illustration')
  })

  it('needs no minimum of events, and two closed epochs', () => {
    const first = analyze(experimentAfter(48, [win], epochs.slice(0, 1), draft)).report
    expect(first.comparisons[0]).toMatchObject({ verdict: 'INSUFFICIENT', significant: false })
    expect(first.warnings.join()).toContain('1 of 2 closed epochs')
    const few = Array.from({ length: 12 }, (_, index) => ({ arms: counts([8, 0], [8, 7]), endedAt: hours(index + 1) }))
    expect(analyze(experimentAfter(48, [win], few, draft)).report.comparisons[0]?.verdict).toBe('PASS')
  })

  it('stops a loser by the margin bet', () => {
    const worse = epochs.map(({ arms: [a, b], endedAt }) => ({ arms: [b, a] as ArmDraft[], endedAt }))
    expect(analyze(experimentAfter(48, [win], worse, draft)).report.comparisons[0]).toMatchObject({
      verdict: 'FAIL',
      significant: false,
    })
  })

  it('cannot count units that report several times', () => {
    const often = {
      key: 'win',
      kind: 'mean' as const,
      measure: 'win',
      direction: 'increase' as const,
      threshold: { above: 0 },
    }
    const arm = { units: 60, metrics: [{ n: 60, sumX: 30, sumY: 80, sumXX: 40, sumXY: 45, sumYY: 120 }] }
    const { report } = analyze(
      experimentAfter(
        48,
        [often],
        [1, 2, 3].map((hour) => ({ arms: [arm, arm], endedAt: hours(hour) })),
        draft,
      ),
    )
    expect(report.comparisons[0]?.verdict).toBe('INSUFFICIENT')
    expect(report.warnings.join()).toContain('report more than once')
  })
})

describe('bayesian', () => {
  it('decides by the chance to be better, and says that this is no error rate', () => {
    const policy = { method: 'bayesian' as const, minUnits: 0 }
    const verdict = (wins: number) => ticks([counts([2_000, 800], [2_000, wins])], { policy })[0]
    const [better, close, worse] = [verdict(900), verdict(820), verdict(650)]
    expect(better?.comparison).toMatchObject({ verdict: 'PASS', pValue: null, evidence: { needed: 0.95 } })
    expect(close?.comparison.verdict).toBe('INCONCLUSIVE')
    // Φ of z = .01/√((.4·.6 + .41·.59)/1999)
    expect(close?.comparison.evidence.value).toBeCloseTo(0.740233, 5)
    expect(worse?.comparison.verdict).toBe('FAIL')
    expect(better?.report.warnings.join()).toContain('not an error rate')
    expect(better?.report.variants[1]?.probabilityBest).toBeGreaterThan(0.99)
  })
})

describe('binary guardrails', () => {
  const guarded = (arms: [number, number][], weights?: number[], direction: 'decrease' | 'increase' = 'decrease') =>
    analyze(
      experimentAfter(48, [{ ...slow, direction }], [{ arms: counts(...arms), ...(weights && { weights }) }], {
        metrics: [{ metric: 'slow', role: 'guardrail', margin: 0.02 }],
      }),
    ).report

  it.each(['decrease', 'increase'] as const)(
    'are judged by the margin bet that is drawn, where less harm is %s',
    (direction) => {
      const [control, variant]: [[number, number], [number, number]] = [
        [6_000, 600],
        [6_000, 720],
      ]
      const arms = direction === 'decrease' ? [control, variant] : [variant, control]
      const report = guarded(arms, undefined, direction)
      const [guardrail] = report.guardrails
      const bet = betOnHarm(
        [
          {
            a: { n: arms[0]![0], successes: arms[0]![1] },
            b: { n: arms[1]![0], successes: arms[1]![1] },
            propensityA: 0.5,
            propensityB: 0.5,
          },
        ],
        direction,
      )
      expect(guardrail?.harm.estimate).toBeCloseTo(0.02, 12)
      expect(marginP(bet, guardrail?.harm.lower ?? 0, 'fail')).toBeCloseTo(0.02, 8)
      expect(marginP(bet, guardrail?.harm.upper ?? 0, 'pass')).toBeCloseTo(0.05, 8)
      expect(guardrail?.verdict).toBe('INCONCLUSIVE')
    },
  )

  it('change their verdict exactly where the drawn end crosses the margin', () => {
    for (let harmed = 600; harmed <= 1_100; harmed += 10) {
      const { harm, verdict } = guarded([
        [6_000, 600],
        [6_000, harmed],
      ]).guardrails[0]!
      const expected = (harm.lower ?? -1) > 0.02 ? 'FAIL' : (harm.upper ?? 1) < 0.02 ? 'PASS' : 'INCONCLUSIVE'
      expect(verdict, String(harmed)).toBe(expected)
    }
  })

  it('hold at 95/5 with few events, where the sequence would have to wait', () => {
    const report = guarded(
      [
        [950, 3],
        [50, 25],
      ],
      [0.95, 0.05],
    )
    expect(report.guardrails[0]?.verdict).toBe('FAIL')
    expect(
      guarded([
        [40, 0],
        [40, 0],
      ]).guardrails[0]?.verdict,
    ).toBe('INCONCLUSIVE')
    expect(
      guarded([
        [40, 0],
        [0, 0],
      ]).guardrails[0],
    ).toMatchObject({ verdict: 'INSUFFICIENT', harm: { estimate: null } })
  })
})

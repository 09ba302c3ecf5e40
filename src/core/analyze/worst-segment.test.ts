import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { conditionsOf } from '../decide/conditions.ts'
import { kills } from '../decide/kills.ts'
import type { AnalysisInput, ArmData } from './analysis-input.ts'
import { analyze } from './analyze.ts'
import { levelsOf } from './levels.ts'

const names = ['de', 'en', 'fr', 'tr', 'ja']

/** Units of a value and how many of them were slow, of the control and of the variant; `value`: its number, from 1 as they appeared. */
type Counts = { value: number; control: [units: number, slow: number]; variant: [units: number, slow: number] }

const partOf = ([units, failures]: [number, number]): ArmData => ({
  units, reporting: units, outcomes: units, metrics: [perUnitMoments(units, 0, 0), perUnitMoments(units, failures, failures)],
})

const inputOf = (counts: readonly Counts[], guardrail: object = { worstSegment: 'language' }): AnalysisInput => {
  const total = (arm: 'control' | 'variant', at: 0 | 1): number => counts.reduce((sum, one) => sum + one[arm][at], 0)
  const arms = (['control', 'variant'] as const).map((arm) => ({ units: total(arm, 0), metrics: [Math.round(total(arm, 0) * 0.4), total(arm, 1)] }))
  const input = experimentAfter(48, [win, slow], [{ arms }], {
    segments: ['language'], metrics: [{ metric: win.key, role: 'decision' }, { metric: slow.key, role: 'guardrail', margin: 0.02, ...guardrail }],
  })
  const [epoch] = input.epochs
  return {
    ...input, segmentValues: names.map((name, index) => ({ segment: 1, value: index + 1, name })),
    epochs: [{
      ...epoch!,
      arms: epoch!.arms.map((arm, index) => ({
        ...arm, segments: counts.map(({ value, control, variant }) => ({ segment: 1, value, arm: partOf(index === 0 ? control : variant) })),
      })),
    }],
  }
}

const guardrailOf = (counts: readonly Counts[], guardrail?: object) => analyze(inputOf(counts, guardrail)).report.guardrails[0]

const fine: Counts = { value: 1, control: [20_000, 1_000], variant: [20_000, 1_000] }
const forgotten: Counts = { value: 2, control: [1_500, 75], variant: [1_500, 300] }

describe('a guardrail with a worst segment', () => {
  it('finds harm to some that is lost in the average of all, and names them', () => {
    expect(guardrailOf([fine, forgotten], {})).toMatchObject({ verdict: 'PASS' })
    const analysis = analyze(inputOf([fine, forgotten]))
    expect(analysis.report.guardrails[0]).toMatchObject({
      verdict: 'FAIL', worst: { segment: 'language', value: 'en', verdict: 'FAIL', units: 1_500, harm: { estimate: expect.closeTo(0.15, 6) } },
      values: [analysis.report.guardrails[0]?.worst, { value: 'de', verdict: 'PASS', units: 20_000 }],
    })
    const words = 'Where language is en, qwen is worse than gemma on slow, by more than the 2 per 100 allowed.'
    expect(analysis.report.warnings).toEqual([words])
    const [kill] = kills(analysis)
    expect(kill).toMatchObject({ action: 'rollback', variant: 'qwen', rule: 'guardrail-harm', reason: words })
    expect(kill?.evidence).toMatchObject({ worstSegment: { segment: 'language', value: 'en', verdict: 'FAIL' } })
  })

  it('passes only when every value with enough units does; a rare one holds nothing up', () => {
    expect(guardrailOf([fine, { value: 2, control: [20_000, 1_000], variant: [20_000, 1_000] }])).toMatchObject({ verdict: 'PASS', worst: { verdict: 'PASS' } })
    const open: Counts = { value: 3, control: [150, 8], variant: [150, 8] }
    const analysis = analyze(inputOf([fine, open]))
    expect(analysis.report.guardrails[0]).toMatchObject({ verdict: 'INCONCLUSIVE', worst: { value: 'fr', verdict: 'INCONCLUSIVE' } })
    expect(conditionsOf(analysis, 1).find(({ kind }) => kind === 'guardrail')).toMatchObject({
      met: false, text: 'slow is no worse than allowed for any language', current: expect.stringMatching(/for fr$/),
    })
    expect(guardrailOf([fine, { value: 4, control: [90, 5], variant: [90, 5] }])).toMatchObject({ verdict: 'PASS' })
  })

  it('judges a rare value all the same: harm to few is harm', () => {
    expect(guardrailOf([fine, { value: 5, control: [90, 1], variant: [90, 70] }])).toMatchObject({ verdict: 'FAIL', worst: { value: 'ja', units: 90 } })
  })

  it('keeps harm to all in sight, where no value shows it alone', () => {
    const spread = names.map((_, index): Counts => ({ value: index + 1, control: [1_000, 50], variant: [1_000, 105] }))
    expect(guardrailOf(spread)).toMatchObject({ verdict: 'FAIL', worst: { verdict: 'INCONCLUSIVE' } })
  })

  it('spends no more of the harm level than a guardrail without it, and the same on passing', () => {
    const input = inputOf([fine])
    const [, metric] = input.experiment.definition.metrics
    const plain = levelsOf(inputOf([fine], {}), { ...metric!, worstSegment: undefined } as never, 1)
    expect(levelsOf(input, metric!, 1).harm.alpha).toBeCloseTo(plain.harm.alpha * 6 / Math.PI ** 2, 12)
    expect(levelsOf(input, metric!, 1).gain).toEqual(plain.gain)
  })
})

describe('a variant exactly at the margin, for every value', () => {
  const values = 20
  const runs = 250
  const looks = 10
  const nominal = 0.02
  /** Of so many units those that are slow, as good as binomial. */
  const drawn = (normal: () => number, units: number, rate: number): number =>
    Math.min(units, Math.max(0, Math.round(units * rate + normal() * Math.sqrt(units * rate * (1 - rate)))))
  /** Does it fail at any of the looks? */
  const failsIn = (seed: number): boolean => {
    const { normal } = seededRandom(seed)
    const counts = Array.from({ length: values }, (_, index): Counts => ({ value: index + 1, control: [0, 0], variant: [0, 0] }))
    for (let look = 0; look < looks; look++) {
      for (const one of counts) {
        // those that appear later are rarer, and none stay as they are: the baseline drifts
        const units = Math.ceil((400 * 1.8 ** look) / Math.sqrt(one.value))
        const [own, base] = [drawn(normal, units, 0.5), 0.1 + 0.03 * Math.sin(look + one.value)]
        one.control = [one.control[0] + units - own, one.control[1] + drawn(normal, units - own, base)]
        one.variant = [one.variant[0] + own, one.variant[1] + drawn(normal, own, base + 0.02)]
      }
      if (guardrailOf(counts)?.verdict === 'FAIL') return true
    }
    return false
  }

  it(`is stopped in no more than ${nominal * 100} of 100 runs, however often anybody looks`, () => {
    const failed = Array.from({ length: runs }, (_, run) => failsIn(7_000 + run)).filter(Boolean).length
    expect(failed / runs).toBeLessThanOrEqual(nominal)
  })
})

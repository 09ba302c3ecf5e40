import { describe, expect, it } from 'vitest'
import { addMoments, perUnitMoments } from '../../../stats/index.ts'
import { experimentAfter, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import type { AnalysisInput, ArmData } from './analysis-input.ts'
import { keptReport } from './segments.ts'

const plain = (units: number, wins: number): ArmData => ({ units, reporting: units, outcomes: units, metrics: [perUnitMoments(units, wins, wins)] })
/** Units of each value, and how many of them won. */
const arm = (values: Record<number, [units: number, wins: number]>): ArmData => {
  const segments = Object.entries(values).map(([value, [units, wins]]) => ({ segment: 1, value: Number(value), arm: plain(units, wins) }))
  return segments.reduce((sum, { arm: own }) => ({
    ...sum, units: sum.units + own.units, reporting: sum.units + own.units, outcomes: sum.units + own.units,
    metrics: [addMoments(sum.metrics[0]!, own.metrics[0]!)],
  }), { ...plain(0, 0), segments } as ArmData)
}
const reportOf = (epochs: ArmData[][], weights = epochs.map(() => [0.5, 0.5])) => {
  const drafts = epochs.map((arms, index) => ({ weights: weights[index]!, arms: arms.map(({ units }) => ({ units, metrics: [0] })) }))
  const input: AnalysisInput = experimentAfter(48, [win], drafts, { segments: ['country'] })
  return analyze({
    ...input, segmentValues: [{ segment: 1, value: 1, name: 'DE' }, { segment: 1, value: 2, name: 'FR' }],
    epochs: input.epochs.map((epoch, index) => ({ ...epoch, arms: epochs[index]! })),
  }).report
}

describe('segments of a report', () => {
  const one = [arm({ 1: [500, 100], 2: [300, 30], '-1': [10, 1] }), arm({ 1: [500, 250], 2: [300, 33], 0: [20, 5] })]

  it('are named, rarer ones and none last, each with its own difference', () => {
    const { segments } = reportOf([one])
    expect(segments.map(({ segment, value }) => [segment, value])).toEqual([
      ['country', 'DE'], ['country', 'FR'], ['country', '(other)'], ['country', '(none)'],
    ])
    const [german, french, other] = segments
    expect(german?.comparisons[0]?.difference.estimate).toBeCloseTo(0.3, 12)
    expect(german?.comparisons[0]?.difference.lower).toBeGreaterThan(0)
    expect(french?.comparisons[0]?.difference.estimate).toBeCloseTo(0.01, 12)
    expect(french?.comparisons[0]?.difference.lower).toBeLessThan(0)
    expect(other?.variants.map(({ units }) => units)).toEqual([0, 20])
    expect(other?.comparisons[0]?.difference).toMatchObject({ lower: null, upper: null })
  })

  it('are the same however the epochs are cut, and strata where the traffic was split differently', () => {
    const halves = [[arm({ 1: [200, 50] }), arm({ 1: [250, 100] })], [arm({ 1: [300, 50] }), arm({ 1: [250, 150] })]]
    const whole = [[arm({ 1: [500, 100] }), arm({ 1: [500, 250] })]]
    const [cut, uncut] = [reportOf(halves).segments[0]?.comparisons[0], reportOf(whole).segments[0]?.comparisons[0]]
    expect(cut?.difference.upper).toBeCloseTo(uncut?.difference.upper ?? 0, 12)
    const apart = reportOf(halves, [[0.5, 0.5], [0.2, 0.8]]).segments[0]?.comparisons[0]
    expect(apart?.difference.estimate).not.toBeCloseTo(uncut?.difference.estimate ?? 0, 3)
  })

  it('never reach further than shares do', () => {
    const { segments } = reportOf([[arm({ 1: [6, 1], 2: [7, 6] }), arm({ 1: [6, 5], 2: [7, 1] })]])
    const ends = segments.flatMap(({ comparisons }) => comparisons.map(({ difference: { lower, upper } }) => [lower, upper]))
    expect(ends).toEqual([[expect.any(Number), 1], [-1, expect.any(Number)]])
  })

  it('are kept with an analysis unless they are very many, those that guardrails are judged by among them', () => {
    const few = reportOf([one])
    expect(keptReport(few)).toBe(few)
    const many = { ...few, segments: Array.from({ length: 100 }, () => few.segments[0]!) }
    expect(keptReport(many)).toMatchObject({ segments: [], warnings: [expect.stringMatching(/not kept/)] })
    const judged = { segment: 'country', value: 'DE', verdict: 'PASS', harm: few.comparisons[0]!.difference, units: 500 } as const
    const guardrail = { metric: 'win', variant: 'qwen', verdict: 'PASS', harm: judged.harm, margin: 0.02, worst: judged } as const
    const guarded = { ...few, guardrails: [{ ...guardrail, values: Array.from({ length: 300 }, () => judged) }] }
    expect(keptReport(guarded)).toMatchObject({ segments: [], guardrails: [guardrail] })
    expect(keptReport(guarded).guardrails[0]).not.toHaveProperty('values')
  })
})

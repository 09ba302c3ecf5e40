import { describe, expect, it } from 'vitest'
import { type Moments, momentsOf, perUnitMoments, seededRandom, shiftMoments } from '../../../stats/index.ts'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { sampleRatioOf } from '../analyze/sample-ratio.ts'
import { frozenMeansOf } from './epochs.ts'

/** Weights move to the second arm while the level of both falls. */
const shares = [0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1]
const levels = [0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15]
const effect = 0.04
const units = 4_000

const policy = { maxDuration: 'P2D', autoKill: false }

/** Every epoch freezes what was counted before it, as the engine does. */
const withMeans = (input: AnalysisInput): AnalysisInput => {
  input.epochs.forEach((epoch, index) => {
    if (index > 0) epoch.frozen = { means: frozenMeansOf(input.epochs.slice(0, index), input.metrics.length, 2) }
    if (index < input.epochs.length - 1) epoch.endedAt = hours(index + 1)
  })
  return input
}
const bandit = (metrics: MetricDefinition[], cell: (arm: number, count: number, level: number) => (number | Moments)[]): AnalysisInput => {
  const epochs = shares.map((share, index) => ({
    weights: [share, 1 - share],
    arms: [share, 1 - share].map((weight, arm) => ({ units: units * weight, metrics: cell(arm, units * weight, levels[index] ?? 0) })),
  }))
  const input = experimentAfter(8, metrics, epochs, { stages: [{ allocation: 'bandit' }], policy })
  input.experiment.frozen!.variances = metrics.map(() => 0.25)
  return withMeans(input)
}
const wins = (effects = effect): AnalysisInput =>
  bandit([win, slow], (arm, count, level) => [Math.round(count * (level + arm * effects)), Math.round(count * 0.1)])

describe('comparisons while weights move', () => {
  it('find the effect beside a baseline that falls as the weights move, where pooling finds the opposite', () => {
    const input = wins()
    const pooled = [0, 1].map((arm) => {
      const cells = input.epochs.map((epoch) => epoch.arms[arm]?.metrics[0])
      return cells.reduce((sum, cell) => sum + (cell?.sumX ?? 0), 0) / cells.reduce((sum, cell) => sum + (cell?.n ?? 0), 0)
    })
    expect((pooled[1] ?? 0) - (pooled[0] ?? 0)).toBeLessThan(0)
    const { report } = analyze(input)
    const compared = report.comparisons.find(({ metric }) => metric === 'win')
    expect(compared?.difference.estimate).toBeCloseTo(effect, 2)
    expect(compared?.difference.lower).toBeGreaterThan(0)
    expect(compared?.verdict).toBe('PASS')
    expect(report.variants[1]?.probabilityBest).toBeGreaterThan(0.99)
    const [control, variant] = report.variants.map(({ metrics }) => metrics['win']?.estimate ?? 0)
    expect((variant ?? 0) - (control ?? 0)).toBeCloseTo(effect, 2)
  })

  it('find nothing where there is nothing', () => {
    const { report } = analyze(wins(0))
    const compared = report.comparisons.find(({ metric }) => metric === 'win')
    expect(Math.abs(compared?.difference.estimate ?? 1)).toBeLessThan(0.002)
    expect(compared?.verdict).toBe('INCONCLUSIVE')
    expect(report.guardrails[0]?.verdict).toBe('PASS')
  })

  it('of means do not depend on the centre around which values are kept', () => {
    const score: MetricDefinition = { key: 'score', kind: 'mean', measure: 'score', direction: 'increase', min: 0, max: 100 }
    const centred: MetricDefinition = { ...score, center: 40 }
    const random = seededRandom(5)
    const drawn = shares.flatMap((share, index) =>
      [share, 1 - share].map((weight, arm) =>
        momentsOf(Array.from({ length: Math.round(200 * weight) }, () => [60 * (levels[index] ?? 0) + 3 * arm + random.normal(), 1] as const)),
      ),
    )
    const compared = [score, centred].map((metric) => {
      let at = 0
      const { report } = analyze(bandit([metric], () => [metric.center ? shiftMoments(drawn[at++]!, metric.center) : drawn[at++]!]))
      return report.comparisons[0]?.difference
    })
    expect(compared[0]?.estimate).toBeCloseTo(3, 0)
    // frozen means start from another guess, so that only the first epoch differs
    expect(compared[1]?.estimate).toBeCloseTo(compared[0]?.estimate ?? 0, 0)
  })
})

describe('the sample ratio while weights move', () => {
  const epochsOf = (wrong: number) => wins().epochs.map((epoch) => ({
    ...epoch,
    arms: epoch.arms.map((one, arm) => ({ ...one, units: Math.round(one.units * (arm === 1 ? 1 - wrong : 1)) })),
  }))

  it('passes what arrives as drawn in each epoch, and fails what does not', () => {
    expect(sampleRatioOf(epochsOf(0), 2)).toMatchObject({ verdict: 'PASS', observed: [7_200, 24_800], expected: [7_200, 24_800] })
    expect(sampleRatioOf(epochsOf(0.1), 2).verdict).toBe('FAIL')
  })

  it('does not count units that come back to an arm which gets nobody any more', () => {
    const closed = { ...wins().epochs[0]!, weights: [1, 0], arms: [900, 1].map((count) => ({ units: count, reporting: 0, outcomes: 0, metrics: [perUnitMoments(count, 0, 0)] })) }
    expect(sampleRatioOf([...epochsOf(0), closed], 2).verdict).toBe('PASS')
  })
})

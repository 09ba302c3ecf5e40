import { describe, expect, it } from 'vitest'
import { addCovariateMoments, type CovariateMoments, covariateMomentsOf, momentsOf, noCovariateMoments, seededRandom } from '../../../stats/index.ts'
import { experimentAfter, hours } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput, ArmData } from '../analyze/analysis-input.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { nextEpoch } from '../decide/turn-epoch.ts'

const spend: MetricDefinition = { key: 'spend', kind: 'total', measure: 'spend', direction: 'increase' }
const score: MetricDefinition = { key: 'score', kind: 'mean', measure: 'score', direction: 'increase' }
const effect = 0.15
/** Weights move to the variant, and other people come. */
const shares = [0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1]
const crowds = [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4]
const units = 2_000

/** An experiment whose epochs take from the past what the engine lets them take; `known` of the units have a covariate. */
const bandit = (metric: MetricDefinition, known: number, seed = 3): AnalysisInput => {
  const random = seededRandom(seed)
  const drafts = shares.map((share) => ({ weights: [share, 1 - share], arms: [{ units: 0, metrics: [0] }, { units: 0, metrics: [0] }] }))
  const input = experimentAfter(8, [metric], drafts, { stages: [{ allocation: 'bandit' }], policy: { maxDuration: 'P2D', autoKill: false } })
  input.metrics = input.metrics.map((plan) => ({ ...plan, covariate: { attribute: 'before' } }))
  input.experiment.frozen!.variances = [1]
  const armOf = (count: number, arm: number, crowd: number): ArmData => {
    const drawn = Array.from({ length: count }, (_, index) => {
      const u = crowd + random.normal()
      return { x: 0.5 + arm * effect + 0.8 * u + 0.6 * random.normal(), ...(index / count < known ? { u } : { u: 0, v: 0 }) }
    })
    return { units: count, reporting: count, outcomes: count, metrics: [momentsOf(drawn.map(({ x }) => [x, 1] as const))], covariates: [covariateMomentsOf(drawn)] }
  }
  input.epochs.forEach((epoch, index) => {
    if (index > 0) {
      const { frozen } = nextEpoch({ ...input, epochs: input.epochs.slice(0, index) }, 'clock', 1, epoch.weights)
      if (frozen) epoch.frozen = frozen
    }
    epoch.arms = epoch.weights.map((weight, arm) => armOf(Math.round(units * weight), arm, crowds[index] ?? 0))
    if (index < shares.length - 1) epoch.endedAt = hours(index + 1)
  })
  return input
}
const comparedIn = (input: AnalysisInput) => {
  const { comparisons: [comparison], warnings } = analyze(input).report
  if (!comparison) throw new Error('nothing was compared')
  const { lower, upper } = comparison.difference
  return { ...comparison, warnings, width: (upper ?? Number.NaN) - (lower ?? Number.NaN) }
}

describe('covariates while weights move', () => {
  it('narrow the range by what they explain, around the same effect, though other people come', () => {
    const [all, half, none] = [1, 0.5, 0].map((known) => comparedIn(bandit(spend, known)))
    for (const one of [all, half, none]) {
      expect(one?.difference.lower).toBeLessThan(effect)
      expect(one?.difference.upper).toBeGreaterThan(effect)
      expect(one?.warnings.join()).not.toContain('adjusted')
    }
    expect(none?.adjusted).toBeUndefined()
    expect(all?.adjusted).toMatchObject({ covariate: 'before', theta: expect.closeTo(0.8, 1) })
    // the first epoch had nothing to take from the past
    expect(all?.adjusted?.reduction).toBeGreaterThan(0.45)
    expect(half?.adjusted?.reduction).toBeGreaterThan(0.15)
    expect((all?.width ?? 1) / (none?.width ?? 0)).toBeLessThan(0.75)
    expect(all?.verdict).toBe('PASS')
  })

  it('leave relative differences and each variant as they are', () => {
    const input = bandit(spend, 1)
    const plain = { ...input, epochs: input.epochs.map((epoch) => ({ ...epoch, frozen: { means: epoch.frozen?.means ?? [] } })) }
    const [adjusted, not] = [analyze(input).report, analyze(plain).report]
    expect(adjusted.comparisons[0]?.relative).toEqual(not.comparisons[0]?.relative)
    expect(adjusted.variants).toEqual(not.variants)
    expect(adjusted.comparisons[0]?.difference).not.toEqual(not.comparisons[0]?.difference)
  })

  it('freeze slope and centre from what was matured before, and only of what can be adjusted', () => {
    const input = bandit(spend, 1)
    expect(input.epochs[0]?.frozen).toBeUndefined()
    const before = (upTo: number): CovariateMoments =>
      input.epochs.slice(0, upTo).flatMap(({ arms }) => arms).reduce((sum, { covariates }) => addCovariateMoments(sum, covariates?.[0] ?? noCovariateMoments), noCovariateMoments)
    const { sumU, sumV } = before(3)
    expect(input.epochs[3]?.frozen?.covariates?.[0]?.reference).toBeCloseTo(sumU / sumV, 12)
    expect(bandit(score, 1).epochs[3]?.frozen).not.toHaveProperty('covariates')
  })

  it('say that averages over outcomes are not adjusted', () => {
    const { adjusted, warnings } = comparedIn(bandit(score, 1))
    expect(adjusted).toBeUndefined()
    expect(warnings.join()).toContain('only conversions and totals are adjusted')
  })
})

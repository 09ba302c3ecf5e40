import { expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'

it('a report tells them for the decision metric, in the direction that is better', () => {
  const arms = [
    { units: 5_000, metrics: [2_000, 500] },
    { units: 5_000, metrics: [2_100, 400] },
  ]
  const { report } = analyze(experimentAfter(48, [win, slow], [{ arms }]))
  const [control, variant] = report.variants
  expect(variant?.probabilityBest).toBeGreaterThan(0.97)
  expect((variant?.probabilityBest ?? 0) + (control?.probabilityBest ?? 0)).toBeCloseTo(1, 12)
  expect(control?.expectedLoss).toBeCloseTo(0.02, 3)
  const decrease = { metrics: [{ metric: 'slow', role: 'decision' }] }
  expect(
    analyze(experimentAfter(48, [win, slow], [{ arms }], decrease)).report.variants[1]?.probabilityBest,
  ).toBeGreaterThan(0.99)
})

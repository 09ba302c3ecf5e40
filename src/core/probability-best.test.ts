import { describe, expect, it } from 'vitest'
import { normalCdf, normalDensity } from '../../stats/index.ts'
import { experimentAfter, slow, win } from '../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import { chancesOf } from './probability-best.ts'

describe('chancesOf', () => {
  it('agrees with the closed form of two arms', () => {
    const sd = Math.hypot(0.01, 0.002)
    const score = 0.015 / sd
    const [a, b] = chancesOf([
      { mean: 0.4, sd: 0.01 },
      { mean: 0.415, sd: 0.002 },
    ])
    expect(b?.probability).toBeCloseTo(normalCdf(score), 10)
    expect(a?.probability).toBeCloseTo(normalCdf(-score), 10)
    expect(a?.loss).toBeCloseTo(0.015 * normalCdf(score) + sd * normalDensity(score), 10)
    expect(b?.loss).toBeCloseTo(-0.015 * normalCdf(-score) + sd * normalDensity(score), 10)
  })

  it('gives equal arms equal chances, and all of them 1 together', () => {
    const equal = chancesOf([1, 2, 3, 4].map(() => ({ mean: 7, sd: 2 })))
    // the expected maximum of four standard normals: 1.02937537300396
    for (const { probability, loss } of equal) {
      expect(probability).toBeCloseTo(0.25, 10)
      expect(loss).toBeCloseTo(2 * 1.02937537300396, 8)
    }
  })

  it('stays finite when arms differ by thousands of standard deviations', () => {
    const [low, high] = chancesOf([
      { mean: 0, sd: 1e-6 },
      { mean: 1_000, sd: 1 },
    ])
    expect([low?.probability, high?.probability]).toEqual([expect.closeTo(0, 10), expect.closeTo(1, 10)])
    expect(low?.loss).toBeCloseTo(1_000, 2)
  })
})

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

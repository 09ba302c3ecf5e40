import { describe, expect, it } from 'vitest'
import { absoluteDifference, ratioEstimate } from '../delta/ratio.ts'
import { momentsOf, noMoments, perUnitMoments } from '../moments/moments.ts'
import { effectiveEvents, missingMinimums } from './minimums.ts'
import { type Regime, stratifiedContrast, stratify } from './stratified.ts'

const share = (n: number, events: number) => perUnitMoments(n, events, events)

describe('stratify', () => {
  it('weights differences of per-unit means by n_a n_b/(n_a + n_b)', () => {
    const regimes: Regime[] = [
      { a: share(950, 190), b: share(50, 15) },
      { a: share(400, 160), b: share(400, 180) },
    ]
    const [w1, w2] = [(950 * 50) / 1000, 200]
    const [d1, d2] = [15 / 50 - 190 / 950, 20 / 400]
    const unit = (n: number, k: number): number => ((k / n) * (1 - k / n)) / (n - 1)
    const contrast = stratifiedContrast(stratify(regimes))
    expect(contrast?.estimate).toBeCloseTo((w1 * d1 + w2 * d2) / (w1 + w2), 14)
    expect(contrast?.variance).toBeCloseTo(
      (w1 ** 2 * (unit(950, 190) + unit(50, 15)) + w2 ** 2 * (unit(400, 160) + unit(400, 180))) / (w1 + w2) ** 2, 14,
    )
    expect(stratify(regimes).n).toBe(1_800)
  })

  it('with one regime is the delta method, around any centre', () => {
    const a: [number, number][] = [[20, 2], [31, 3], [9, 1], [22, 2]]
    const b: [number, number][] = [[25, 2], [12, 1], [11, 1]]
    const direct = [ratioEstimate(momentsOf(a)), ratioEstimate(momentsOf(b))] as const
    const contrast = stratifiedContrast(stratify([{ a: momentsOf(a, 10), b: momentsOf(b, 10) }], 10))
    const expected = direct[0] && direct[1] && absoluteDifference(direct[0], direct[1])
    expect(contrast?.estimate).toBeCloseTo(expected?.estimate ?? 0, 12)
    expect(contrast?.variance).toBeCloseTo(expected?.variance ?? 0, 12)
  })

  it('a factor tests a relative margin without dividing', () => {
    const pair = stratify([{ a: share(100, 50), b: share(100, 60) }])
    const contrast = stratifiedContrast(pair, 1.1)
    expect(contrast?.estimate).toBeCloseTo(0.6 - 0.55, 14)
    expect(contrast?.variance).toBeCloseTo(0.24 / 99 + (1.21 * 0.25) / 99, 14)
  })

  it('drops a regime that misses an arm, and says which', () => {
    const empty = { a: noMoments, b: noMoments }
    const regimes = [{ a: share(100, 50), b: noMoments }, { a: share(10, 5), b: share(10, 6) }, empty]
    const pair = stratify(regimes)
    expect(pair.warnings).toEqual([{ code: 'regime_dropped', regimes: [0] }])
    expect(pair.n).toBe(20)
    expect(stratify(regimes.slice(0, 1)).a).toBeNull()
    expect(stratify([])).toEqual({ a: null, b: null, n: 0, warnings: [] })
  })

  it('a single unit borrows the variance of the other regimes', () => {
    const pair = stratify([{ a: share(100, 50), b: share(1, 1) }, { a: share(100, 50), b: share(100, 50) }])
    expect(pair.b?.variance).not.toBeNull()
    expect(pair.warnings).toEqual([])
  })

  it('says why an arm has no standard error', () => {
    const whole = share(200, 100)
    const warned = (b: Regime['b']) => stratify([{ a: whole, b }]).warnings
    expect(warned(share(1, 1))).toEqual([{ code: 'few_units', arm: 'b' }])
    expect(warned(share(90, 90))).toEqual([{ code: 'zero_variance', arm: 'b' }])
    expect(warned(share(90, 0))).toEqual([{ code: 'zero_variance', arm: 'b' }])
    const far = momentsOf([[1e9, 1], [1e9 + 0.01, 1], [1e9 + 0.02, 1]])
    expect(warned(far)).toEqual([{ code: 'precision_lost', arm: 'b' }])
    expect(() => warned({ ...noMoments, sumX: Number.NaN })).toThrow(/regimes\[0\]\.b\.sumX/)
  })
})

describe('missingMinimums', () => {
  it('counts events and non-events of shares over all regimes', () => {
    const half = { a: share(60, 10), b: share(60, 58) }
    expect(missingMinimums([half], { share: true })).toEqual([
      { arm: 'a', what: 'units', current: 60, needed: 100 },
      { arm: 'a', what: 'events', current: 10, needed: 20 },
      { arm: 'b', what: 'units', current: 60, needed: 100 },
      { arm: 'b', what: 'non-events', current: 2, needed: 20 },
    ])
    expect(missingMinimums([half, half, { a: share(0, 0), b: share(30, 9) }], { share: true })).toEqual([])
  })

  it('sees through the centre', () => {
    const success = momentsOf(Array.from({ length: 400 }, (_, i) => [i % 20 === 0 ? 1 : 0, 1] as const), 0.3)
    expect(missingMinimums([{ a: success, b: success }], { share: true, center: 0.3 })).toEqual([])
  })

  it('a few large values are few events', () => {
    const spiky = momentsOf(Array.from({ length: 1_000 }, (_, i) => [i < 5 ? 1_000 : 0, 1] as const))
    expect(effectiveEvents(spiky)).toBe(5)
    expect(missingMinimums([{ a: spiky, b: spiky }])).toMatchObject([
      { arm: 'a', what: 'effective events', current: 5 }, { arm: 'b', what: 'effective events' },
    ])
    expect(missingMinimums([{ a: spiky, b: spiky }], { signed: true })).toEqual([])
  })

  it('unbounded metrics need a balanced pair', () => {
    const [many, few] = [share(1_900, 900), share(100, 60)]
    expect(missingMinimums([{ a: many, b: few }], { unbounded: true })).toEqual([
      { arm: 'b', what: 'share', current: 0.05, needed: 0.2 },
    ])
    expect(missingMinimums([{ a: noMoments, b: noMoments }], { unbounded: true })).toHaveLength(6)
  })
})

import { describe, expect, it } from 'vitest'
import { type Moments, addMoments, momentsOf, noMoments, perUnitMoments } from '../moments/moments.ts'
import { type Random, seededRandom } from '../random.ts'
import { exactRho } from './asymptotic-cs.ts'
import { drawn, oneSidedBound, oneSidedP, twoSided, twoSidedP } from './bounds.ts'
import { type CompareOptions, armInterval, compareRegimes } from './comparison.ts'
import type { Regime } from './stratified.ts'

const share = (n: number, events: number) => perUnitMoments(n, events, events)
const level = (alpha: number, units = 5_000) => ({ alpha, rho: exactRho(units, alpha, 1) })
const options: CompareOptions = { direction: 'increase', promote: level(0.05), harm: level(0.01), share: true }
const finite = (interval: { lower: number; upper: number }): boolean =>
  Number.isFinite(interval.lower) && Number.isFinite(interval.upper)

describe('intervals and p-values agree', () => {
  const at = { estimate: 0.02, se: 0.006, n: 4_000 }
  const rho = 0.05

  it('the bound at level p lies on the boundary', () => {
    const p = oneSidedP(at, rho, 'greater', 0.005)
    expect(oneSidedBound(at, { alpha: p, rho }, 'lower')).toBeCloseTo(0.005, 12)
    const less = oneSidedP(at, rho, 'less', 0.04)
    expect(oneSidedBound(at, { alpha: less, rho }, 'upper')).toBeCloseTo(0.04, 12)
    const two = twoSidedP(at, rho)
    expect(twoSided(at, { alpha: two, rho }).lower).toBeCloseTo(0, 12)
  })

  it('each end has its own level', () => {
    const interval = drawn(at, { alpha: 0.05, rho }, { alpha: 0.001, rho })
    expect(0.02 - interval.lower).toBeLessThan(interval.upper - 0.02)
  })

  it('without a standard error the estimate is certain', () => {
    expect(oneSidedP({ ...at, se: 0 }, rho)).toBe(0)
    expect(oneSidedP({ ...at, se: 0 }, rho, 'less')).toBe(1)
    expect(oneSidedP({ estimate: 0, se: 0, n: 10 }, rho)).toBe(1)
  })
})

describe('compareRegimes', () => {
  const regimes = [{ a: share(2_000, 400), b: share(2_000, 520) }, { a: share(900, 270), b: share(100, 36) }]

  it('is significant exactly when the promotion end excludes the boundary', () => {
    for (const events of [440, 460, 470, 480, 490, 500, 520]) {
      const now = compareRegimes([{ a: share(2_000, 400), b: share(2_000, events) }], options)
      expect(now.pValue <= 0.05).toBe(now.difference.lower >= 0)
    }
    expect(compareRegimes(regimes, options).pValue).toBeLessThan(0.001)
  })

  it('orients the ends by direction, never the difference', () => {
    const down = compareRegimes(regimes, { ...options, direction: 'decrease' })
    const up = compareRegimes(regimes, options)
    expect(down.difference.estimate).toBe(up.difference.estimate)
    expect(down.pValue).toBe(1)
    expect(down.difference.lower).toBeLessThan(up.difference.lower) // now the harm end, at .01
    expect(down.difference.upper).toBeLessThan(up.difference.upper)
  })

  it('a margin and further hypotheses move the p-value as they should', () => {
    const close = [{ a: share(3_000, 900), b: share(3_000, 905) }]
    const superior = compareRegimes(close, options).pValue
    const inferior = compareRegimes(close, { ...options, margin: 0.06 }).pValue
    expect(superior).toBeGreaterThan(0.3)
    expect(inferior).toBeLessThan(0.01)
    expect(compareRegimes(close, { ...options, margin: 0.06, hypotheses: 3 }).pValue).toBeCloseTo(3 * inferior, 14)
  })

  it('swapping the arms mirrors the difference', () => {
    const here = compareRegimes(regimes, { ...options, harm: options.promote })
    const there = compareRegimes(regimes.map(({ a, b }) => ({ a: b, b: a })), { ...options, harm: options.promote })
    expect(there.difference.lower).toBeCloseTo(-here.difference.upper, 14)
    expect(there.difference.upper).toBeCloseTo(-here.difference.lower, 14)
  })

  it('nothing known is said as such, never as NaN', () => {
    const silent: [string, Regime[]][] = [
      ['no regimes', []],
      ['no units', [{ a: noMoments, b: noMoments }]],
      ['empty control', [{ a: noMoments, b: share(500, 100) }]],
      ['one unit each', [{ a: share(1, 1), b: share(1, 0) }]],
      ['all successes', [{ a: share(300, 300), b: share(300, 300) }]],
      ['no success', [{ a: share(300, 0), b: share(300, 0) }]],
    ]
    for (const [name, data] of silent) {
      const said = compareRegimes(data, options)
      expect([said.difference.lower, said.difference.upper, said.pValue], name).toEqual([-Infinity, Infinity, 1])
      expect(said.missing.length, name).toBeGreaterThan(0)
      expect(said.difference.estimate, name).not.toBeNaN()
      expect(said.relative.estimate, name).not.toBeNaN()
    }
  })

  it('a control near zero leaves the difference alone', () => {
    const units = (mean: number): Moments =>
      momentsOf(Array.from({ length: 500 }, (_, i) => [mean + (i % 2 ? 1 : -1), 1] as const))
    const said = compareRegimes([{ a: units(0.01), b: units(1) }], { ...options, share: false, signed: true })
    expect(finite(said.difference)).toBe(true)
    expect([said.relative.lower, said.relative.upper]).toEqual([-Infinity, Infinity])
    expect(said.warnings).toContainEqual({ code: 'control_near_zero' })
    const clear = compareRegimes([{ a: units(5), b: units(6) }], { ...options, share: false })
    expect(finite(clear.relative)).toBe(true)
    expect(clear.warnings).toEqual([])
  })

  it('names the argument it refuses', () => {
    expect(() => compareRegimes(regimes, { ...options, promote: { alpha: 0.7, rho: 1 } })).toThrow(/promote\.alpha/)
    expect(() => compareRegimes(regimes, { ...options, harm: { alpha: 0.1, rho: 0 } })).toThrow(/harm\.rho/)
    expect(() => compareRegimes(regimes, { ...options, margin: -1 })).toThrow(/margin/)
    expect(() => compareRegimes(regimes, { ...options, hypotheses: 0 })).toThrow(/hypotheses/)
  })
})

describe('armInterval', () => {
  it('covers one arm, and is unbounded while nothing is known', () => {
    const known = armInterval(share(1_000, 300), { alpha: 0.05, rho: 0.05 })
    expect(known.lower).toBeLessThan(0.3)
    expect(known.upper).toBeGreaterThan(0.3)
    expect(known.n).toBe(1_000)
    const open = { lower: -Infinity, upper: Infinity }
    expect(armInterval(noMoments, { alpha: 0.05, rho: 0.05 })).toEqual({ estimate: null, ...open, n: 0 })
    expect(armInterval(share(5, 5), { alpha: 0.05, rho: 0.05 })).toEqual({ estimate: 1, ...open, n: 5 })
  })
})

/** A ramp: the variant's share of the pair and the common baseline both rise from stage to stage. */
const ramp = [
  { variantShare: 0.2, baseline: 0.2 }, { variantShare: 0.35, baseline: 0.35 }, { variantShare: 0.5, baseline: 0.5 },
]

type Draw = (random: Random, baseline: number, inVariant: boolean) => readonly [x: number, y: number]

const conversions = (effect: number): Draw => (random, baseline, inVariant) =>
  [random.uniform() < baseline + (inVariant ? effect : 0) ? 1 : 0, 1]

/** Several outcomes a unit with a unit effect of their own: a ratio of sums, whose units are the truth. */
const sessions: Draw = (random, baseline) => {
  const outcomes = 1 + Math.floor(6 * random.uniform())
  return [outcomes * (baseline * 10 + random.normal()), outcomes]
}

const total = (list: readonly Moments[]): Moments => list.reduce(addMoments, noMoments)

/** Is the truth ever excluded over looks after every 100 of 4,500 units, stratified and pooled alike? */
const misses = (seed: number, draw: Draw, truth: number) => {
  const random = seededRandom(seed)
  const list: Regime[] = []
  const missed = { stratified: false, pooled: false }
  const settings: CompareOptions = { direction: 'increase', promote: level(0.025), harm: level(0.025) }
  for (const { variantShare, baseline } of ramp) {
    list.push({ a: noMoments, b: noMoments })
    for (let look = 0; look < 15; look++) {
      const batch = { a: [] as (readonly [number, number])[], b: [] as (readonly [number, number])[] }
      for (let unit = 0; unit < 100; unit++) {
        const inVariant = random.uniform() < variantShare
        batch[inVariant ? 'b' : 'a'].push(draw(random, baseline, inVariant))
      }
      const last = list.at(-1) ?? { a: noMoments, b: noMoments }
      list[list.length - 1] = { a: addMoments(last.a, momentsOf(batch.a)), b: addMoments(last.b, momentsOf(batch.b)) }
      const excluded = (data: Regime[]): boolean => {
        const { difference, missing } = compareRegimes(data, settings)
        return missing.length === 0 && (difference.lower > truth || difference.upper < truth)
      }
      missed.stratified ||= excluded(list)
      missed.pooled ||= excluded([{ a: total(list.map(({ a }) => a)), b: total(list.map(({ b }) => b)) }])
    }
  }
  return missed
}

describe('a coverage ramp while the baseline drifts', () => {
  it.each<[string, Draw, number]>([
    ['shares, no effect', conversions(0), 0],
    ['shares, an effect of 5 points', conversions(0.05), 0.05],
    ['ratios of sums', sessions, 0],
  ])('strata cover the truth at all looks, pooling does not: %s', (_, draw, truth) => {
    const runs = Array.from({ length: 200 }, (_, seed) => misses(seed, draw, truth))
    expect(runs.filter((run) => run.stratified).length / runs.length).toBeLessThanOrEqual(0.05)
    expect(runs.filter((run) => run.pooled).length / runs.length).toBeGreaterThan(0.5)
  })
})

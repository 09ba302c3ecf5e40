import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import {
  addDraws, mergeDraws, noDraws, priorAround, proportionInterval, proportionLogE, proportionP,
} from './proportion.ts'
import { tunedProportionBound, tunedProportionInterval } from './tuned-proportion.ts'

describe('the interval of one proportion', () => {
  it('ends where the martingale reaches 1/α', () => {
    const prior = priorAround(0.01)
    const { lower, upper } = proportionInterval(30, 2_000, 0.05, prior)
    for (const end of [lower, upper]) expect(proportionP(30, 2_000, end, prior)).toBeCloseTo(0.05, 9)
    expect(lower).toBeLessThan(0.015)
    expect(upper).toBeGreaterThan(0.015)
  })

  it('covers everything without units, and touches 0 and 1 where nothing, or everything, happened', () => {
    expect(proportionInterval(0, 0, 0.05)).toEqual({ estimate: null, lower: 0, upper: 1 })
    expect(proportionInterval(0, 50, 0.05)).toMatchObject({ estimate: 0, lower: 0 })
    expect(proportionInterval(0, 50, 0.05).upper).toBeLessThan(0.15)
    expect(proportionInterval(50, 50, 0.05)).toMatchObject({ estimate: 1, upper: 1 })
    expect(tunedProportionInterval(0, 0, { alpha: 0.05, tOpt: 10 })).toEqual({ estimate: null, lower: 0, upper: 1 })
    expect(tunedProportionBound(0, 0, { alpha: 0.05, tOpt: 10 }, 'lower')).toBe(0)
    expect(tunedProportionBound(0, 0, { alpha: 0.05, tOpt: 10 }, 'upper')).toBe(1)
    expect(tunedProportionBound(300, 300, { alpha: 0.05, tOpt: 100 }, 'lower')).toBeGreaterThan(0.95)
    expect(tunedProportionBound(300, 300, { alpha: 0.05, tOpt: 100 }, 'upper')).toBe(1)
  })

  it('is mirrored when successes and failures change places, and holds at ten million units', () => {
    const tuned = { alpha: 0.01, tOpt: 500 }
    const one = tunedProportionInterval(40, 1_000, tuned)
    const other = tunedProportionInterval(960, 1_000, tuned)
    expect(one.lower).toBeCloseTo(1 - other.upper, 12)
    expect(one.upper).toBeCloseTo(1 - other.lower, 12)
    const vast = proportionInterval(1_000_000, 10_000_000, 0.05)
    expect(vast.upper - vast.lower).toBeGreaterThan(6e-4)
    expect(vast.upper - vast.lower).toBeLessThan(1e-3)
  })

  it('is narrower one-sided than two-sided at the same level', () => {
    const tuned = { alpha: 0.05, tOpt: 1_000 }
    const both = tunedProportionInterval(100, 1_000, tuned)
    expect(tunedProportionBound(100, 1_000, tuned, 'upper')).toBeLessThan(both.upper)
    expect(tunedProportionBound(100, 1_000, tuned, 'lower')).toBeGreaterThan(both.lower)
  })

  it('contradicted candidates have infinite evidence, not NaN; wrong arguments are named', () => {
    expect(proportionLogE(1, 10, 0)).toBe(Infinity)
    expect(proportionLogE(9, 10, 1)).toBe(Infinity)
    expect(proportionLogE(0, 10, 0)).toBeLessThan(0)
    expect(() => proportionLogE(3, 2, 0.5)).toThrow(/successes/)
    expect(() => proportionLogE(1, 2, 1.5)).toThrow(/p must/)
    expect(() => proportionInterval(1, 2, 1)).toThrow(/alpha/)
    expect(() => tunedProportionBound(1, 2, { alpha: 0.6, tOpt: 5 }, 'lower')).toThrow(/alphaOpt/)
    expect(() => priorAround(0)).toThrow(/expected/)
  })
})

describe('a test that is added to', () => {
  it('remembers its highest evidence, and forgets it when merged', () => {
    const early = addDraws(noDraws, 30, 40, 0.5)
    const later = addDraws(early, 5, 40, 0.5)
    expect(later.peak).toBe(early.peak)
    expect(later).toMatchObject({ successes: 35, n: 80 })
    expect(mergeDraws(early, { successes: 5, n: 40, peak: 9 }, 0.5).peak).toBeLessThan(early.peak)
    expect(mergeDraws(noDraws, early, 0.5)).toEqual(early)
    expect(JSON.parse(JSON.stringify(later))).toEqual(later)
  })
})

describe('watched after every unit, when nothing is wrong', () => {
  it.each([0.03, 0.5])('excludes p = %d in fewer than alpha of the runs; a normal interval does not', (p) => {
    const [runs, alpha] = [200, 0.1]
    const tuned = { alpha, tOpt: 200 }
    const known = new Map<string, boolean>()
    const excludes = (successes: number, n: number): boolean => {
      const key = `${successes}/${n}`
      const before = known.get(key) ?? tunedProportionBound(successes, n, tuned, 'lower') > p
      known.set(key, before)
      return before
    }
    let [robbins, oneSided, naive] = [0, 0, 0]
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let [state, above, peeked] = [noDraws, false, false]
      for (let n = 1; n <= 800; n++) {
        state = addDraws(state, random.uniform() < p ? 1 : 0, 1, p)
        above ||= n % 40 === 0 && state.successes > n * p && excludes(state.successes, n)
        const share = state.successes / n
        peeked ||= n >= 100 && Math.abs(share - p) > 1.645 * Math.sqrt((share * (1 - share)) / n)
      }
      if (Math.exp(-state.peak) <= alpha) robbins++
      if (above) oneSided++
      if (peeked) naive++
    }
    expect(robbins / runs).toBeLessThan(alpha)
    expect(oneSided / runs).toBeLessThan(alpha)
    expect(oneSided).toBeGreaterThan(0)
    expect(naive / runs).toBeGreaterThan(0.25)
  })
})

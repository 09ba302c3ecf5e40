import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import {
  type MarginBet, addMarginEpoch, marginInterval, marginLogE, marginP, mergeMarginBets, noMarginBet,
} from './margin-bet.ts'
import type { Epoch2x2 } from './two-by-two.ts'

const counts = (n: number, successes: number) => ({ n, successes })

const draw = (random: Random, units: number, chanceB: number, pa: number, pb: number): Epoch2x2 => {
  const [a, b] = [counts(0, 0), counts(0, 0)]
  for (let unit = 0; unit < units; unit++) {
    const inB = random.uniform() < chanceB
    const arm = inB ? b : a
    arm.n++
    if (random.uniform() < (inB ? pb : pa)) arm.successes++
  }
  return { a, b, propensityA: 1 - chanceB, propensityB: chanceB }
}

describe('a bet on one unit', () => {
  const margins = [-0.1, 0, 0.02, 0.3]
  it.each(['fail', 'pass'] as const)('is fair at the margin, whatever the baseline and the weights (%s)', (against) => {
    for (const margin of margins) {
      for (const [chanceB, baseline] of [[0.5, 0.3], [0.05, 0.11], [0.9, 0.6]] as const) {
        let mean = 0
        for (const arm of ['a', 'b'] as const) {
          const rate = arm === 'b' ? baseline + margin : baseline
          for (const successes of [0, 1]) {
            const seen = { a: counts(0, 0), b: counts(0, 0), [arm]: counts(1, successes) }
            const state = addMarginEpoch(noMarginBet, { ...seen, propensityA: 1 - chanceB, propensityB: chanceB })
            const chance = (arm === 'b' ? chanceB : 1 - chanceB) * (successes === 1 ? rate : 1 - rate)
            mean += chance * Math.exp(marginLogE(state, margin, against))
          }
        }
        expect(mean).toBeCloseTo(1, 12)
      }
    }
  })
})

describe('the state', () => {
  const epochs = [
    draw(seededRandom(1), 500, 0.5, 0.2, 0.3), draw(seededRandom(2), 300, 0.1, 0.2, 0.3),
    draw(seededRandom(3), 400, 0.5, 0.5, 0.6),
  ]
  const state = epochs.reduce(addMarginEpoch, noMarginBet)

  it('pools epochs with the same chance, in any order, and stays plain data', () => {
    expect(state).toHaveLength(2)
    expect(epochs.toReversed().reduce(addMarginEpoch, noMarginBet)).toEqual(state)
    const [first, ...rest] = epochs.map((epoch) => addMarginEpoch(noMarginBet, epoch))
    expect(rest.reduce(mergeMarginBets, first ?? noMarginBet)).toEqual(state)
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    const split = { ...draw(seededRandom(1), 5, 0.5, 0, 0), propensityA: 0.15, propensityB: 0.05 }
    const same = { ...split, propensityA: 0.75, propensityB: 0.25 }
    expect([split, same].reduce(addMarginEpoch, noMarginBet)).toHaveLength(1)
  })

  it('skips epochs in which an arm could not be drawn, keeps those in which it was not', () => {
    const alone = { a: counts(50, 10), b: counts(0, 0), propensityA: 1, propensityB: 0 }
    expect(addMarginEpoch(state, alone)).toEqual(state)
    expect(addMarginEpoch(noMarginBet, { ...alone, propensityB: 0.01 })).toHaveLength(1)
    expect(() => addMarginEpoch(noMarginBet, { ...alone, a: counts(5, 6) })).toThrow(/successes/)
  })

  it('draws ends that cross a margin exactly when the verdict changes', () => {
    const { estimate, lower, upper } = marginInterval(state, { lower: 0.02, upper: 0.05 })
    expect(estimate).toBeGreaterThan(lower)
    expect(estimate).toBeLessThan(upper)
    expect(marginP(state, lower - 1e-9, 'fail')).toBeLessThanOrEqual(0.02)
    expect(marginP(state, lower + 1e-9, 'fail')).toBeGreaterThan(0.02)
    expect(marginP(state, upper + 1e-9, 'pass')).toBeLessThanOrEqual(0.05)
    expect(marginP(state, upper - 1e-9, 'pass')).toBeGreaterThan(0.05)
  })

  it('excludes nothing at first; with one arm alone there is no estimate', () => {
    expect(marginInterval(noMarginBet, { lower: 0.05, upper: 0.05 })).toEqual({ estimate: null, lower: -1, upper: 1 })
    expect(marginP(noMarginBet, 0, 'fail')).toBe(1)
    const onlyA = addMarginEpoch(noMarginBet, { a: counts(9, 3), b: counts(0, 0), propensityA: 1, propensityB: 1 })
    expect(marginInterval(onlyA, { lower: 0.05, upper: 0.05 }).estimate).toBeNull()
    const extreme = { a: counts(400, 0), b: counts(400, 400), propensityA: 1, propensityB: 1 }
    const certain = addMarginEpoch(noMarginBet, extreme)
    const interval = marginInterval(certain, { lower: 0.05, upper: 0.05 })
    expect(interval).toMatchObject({ estimate: 1, upper: 1 })
    expect(interval.lower).toBeGreaterThan(0.85)
    expect(() => marginLogE(state, 1.2, 'fail')).toThrow(/margin/)
    expect(() => marginInterval(state, { lower: 0, upper: 0.05 })).toThrow(/levels\.lower/)
  })
})

describe('at the margin, the baseline drifting and the weights following the results', () => {
  const [runs, alpha, margin] = [300, 0.05, 0.03]

  it('fails and passes wrongly in fewer than alpha of the runs; the pooled difference does more often', () => {
    const wrong = { fail: 0, pass: 0, pooled: 0 }
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let state: MarginBet = noMarginBet
      const erred = { fail: false, pass: false, pooled: false }
      const [a, b] = [counts(0, 0), counts(0, 0)]
      for (let epoch = 0; epoch < 40; epoch++) {
        // a ramp: b gets more while the baseline rises, as it does when a rollout meets rush hour
        const baseline = 0.05 + (0.25 * epoch) / 40
        const drawn = draw(random, 60, epoch < 13 ? 0.05 : epoch < 27 ? 0.2 : 0.5, baseline, baseline + margin)
        state = addMarginEpoch(state, drawn)
        erred.fail ||= marginP(state, margin, 'fail') <= alpha
        erred.pass ||= marginP(state, margin, 'pass') <= alpha
        for (const [sum, more] of [[a, drawn.a], [b, drawn.b]] as const) {
          sum.n += more.n
          sum.successes += more.successes
        }
        const [pa, pb] = [a.successes / a.n, b.successes / Math.max(1, b.n)]
        const error = Math.sqrt((pa * (1 - pa)) / a.n + (pb * (1 - pb)) / Math.max(1, b.n))
        erred.pooled ||= b.successes >= 20 && pb - pa - margin > 1.645 * error
      }
      for (const key of ['fail', 'pass', 'pooled'] as const) if (erred[key]) wrong[key]++
    }
    expect(wrong.fail / runs).toBeLessThan(alpha)
    expect(wrong.pass / runs).toBeLessThan(alpha)
    expect(wrong.pooled / runs).toBeGreaterThan(3 * alpha)
  })

  it('finds harm of 8 points, and shows the absence of it', () => {
    let [failed, passed] = [0, 0]
    for (let seed = 0; seed < 30; seed++) {
      const random = seededRandom(seed)
      const harmful = addMarginEpoch(noMarginBet, draw(random, 6_000, 0.5, 0.1, 0.18))
      const harmless = addMarginEpoch(noMarginBet, draw(random, 6_000, 0.5, 0.1, 0.1))
      if (marginP(harmful, 0.02, 'fail') <= 0.02) failed++
      if (marginP(harmless, 0.05, 'pass') <= 0.05) passed++
    }
    expect(failed).toBeGreaterThan(25)
    expect(passed).toBeGreaterThan(25)
  })
})

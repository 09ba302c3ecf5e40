import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import {
  type Alternative, type Epoch2x2, type Safe2x2, addBlock, noBlocks, safe2x2LogFactor, safe2x2P, safe2x2PeakP,
} from './two-by-two.ts'
import { differenceInterval, differenceLogE } from './two-by-two-interval.ts'

/** One epoch: units are drawn into b with this chance, and succeed with chance pa or pb. */
const draw = (random: Random, units: number, chanceB: number, pa: number, pb: number): Epoch2x2 => {
  const epoch = {
    a: { n: 0, successes: 0 }, b: { n: 0, successes: 0 }, propensityA: 1 - chanceB, propensityB: chanceB,
  }
  for (let unit = 0; unit < units; unit++) {
    const inB = random.uniform() < chanceB
    const arm = inB ? epoch.b : epoch.a
    arm.n++
    if (random.uniform() < (inB ? pb : pa)) arm.successes++
  }
  return epoch
}

const counts = (n: number, successes: number) => ({ n, successes })

describe('the factor of an epoch', () => {
  const learnt = { a: counts(100, 30), b: counts(100, 45) }

  it.each<[Alternative, number]>([['two-sided', 0.1], ['greater', 0.1], ['two-sided', 0.8]])(
    '%s, has mean 1 under any common proportion (%d), summed over all outcomes of three units',
    (alternative, common) => {
      const chanceB = 0.3
      let mean = 0
      for (let outcome = 0; outcome < 4 ** 3; outcome++) {
        const epoch = draw(seededRandom(0), 0, chanceB, 0, 0)
        let probability = 1
        for (const unit of [outcome % 4, (outcome >> 2) % 4, outcome >> 4]) {
          const [arm, success] = [unit % 2 === 0 ? epoch.a : epoch.b, unit >= 2]
          probability *= (arm === epoch.b ? chanceB : 1 - chanceB) * (success ? common : 1 - common)
          arm.n++
          if (success) arm.successes++
        }
        mean += probability * Math.exp(safe2x2LogFactor(learnt, epoch, { alternative }))
      }
      expect(mean).toBeCloseTo(1, 12)
    },
  )

  it('is nothing at first, without a choice of arms, and one-sided where the past says otherwise', () => {
    const epoch: Epoch2x2 = { a: counts(50, 20), b: counts(50, 10), propensityA: 0.5, propensityB: 0.5 }
    expect(safe2x2LogFactor(noBlocks, epoch)).toBeCloseTo(0, 12)
    expect(safe2x2LogFactor(learnt, { ...epoch, propensityA: 0 })).toBe(0)
    expect(safe2x2LogFactor(learnt, epoch, { alternative: 'less' })).toBe(0)
    expect(safe2x2LogFactor(learnt, epoch, { alternative: 'greater' })).toBeLessThan(0)
    expect(safe2x2LogFactor(learnt, { ...epoch, a: counts(0, 0), b: counts(0, 0) })).toBe(0)
  })

  it('names what it refuses', () => {
    const epoch: Epoch2x2 = { a: counts(5, 2), b: counts(5, 6), propensityA: 0.5, propensityB: 0.5 }
    expect(() => addBlock(noBlocks, epoch)).toThrow(/successes/)
    expect(() => addBlock(noBlocks, { ...epoch, b: counts(5, 1), propensityB: Number.NaN })).toThrow(/propensityB/)
    expect(() => addBlock(noBlocks, { ...epoch, b: counts(5, 1) }, { prior: { a: 0, b: 1 } })).toThrow(/prior\.a/)
  })

  it('keeps its highest evidence, and stays plain data', () => {
    let state: Safe2x2 = noBlocks
    for (const [a, b] of [[30, 45], [32, 44], [40, 30]] as const) {
      state = addBlock(state, { a: counts(100, a), b: counts(100, b), propensityA: 1, propensityB: 1 })
    }
    expect(safe2x2PeakP(state)).toBeLessThan(safe2x2P(state))
    expect(state).toMatchObject({ a: counts(300, 102), b: counts(300, 119), epochs: 3 })
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})

describe('over epochs without a difference, the baseline falling and the weights following the past', () => {
  const alpha = 0.1
  /** A bandit-like allocation towards the arm that looks better; the baseline moves from .5 to .1. */
  const run = (seed: number) => {
    const random = seededRandom(seed)
    let [state, cheat]: [Safe2x2, Safe2x2] = [noBlocks, noBlocks]
    let cheated = false
    let [pooled, chanceB] = [false, 0.5]
    for (let day = 0; day < 60; day++) {
      const baseline = 0.5 - (0.4 * day) / 59
      const epoch = draw(random, 40, chanceB, baseline, baseline)
      // the cheat learns from the epoch before it bets on it
      const log = safe2x2LogFactor(addBlock(state, epoch), epoch)
      cheat = { ...cheat, logE: cheat.logE + log }
      cheated ||= cheat.logE >= -Math.log(alpha)
      state = addBlock(state, epoch)
      const [a, b] = [(state.a.successes + 1) / (state.a.n + 2), (state.b.successes + 1) / (state.b.n + 2)]
      const error = Math.sqrt((a * (1 - a)) / state.a.n + (b * (1 - b)) / state.b.n)
      pooled ||= day > 4 && Math.abs(b - a) > 1.645 * error
      chanceB = b > a ? 0.85 : 0.15
    }
    return { exact: state.peak >= -Math.log(alpha), cheated, pooled }
  }

  it('errs in fewer than alpha of the runs, where pooling and betting in hindsight do not', () => {
    const runs = Array.from({ length: 300 }, (_, seed) => run(seed))
    const rate = (key: 'exact' | 'cheated' | 'pooled'): number => runs.filter((one) => one[key]).length / runs.length
    expect(rate('exact')).toBeLessThan(alpha)
    expect(rate('cheated')).toBeGreaterThan(2 * alpha)
    expect(rate('pooled')).toBeGreaterThan(1.5 * alpha)
  })

  it('finds a difference of 10 points in most runs, toward the right side', () => {
    let [found, wrong] = [0, 0]
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed)
      let [better, worse]: [Safe2x2, Safe2x2] = [noBlocks, noBlocks]
      for (let day = 0; day < 50; day++) {
        const epoch = draw(random, 60, 0.5, 0.3, 0.4)
        better = addBlock(better, epoch, { alternative: 'greater' })
        worse = addBlock(worse, epoch, { alternative: 'less' })
      }
      if (better.peak >= Math.log(20)) found++
      if (worse.peak >= Math.log(20)) wrong++
    }
    expect(found).toBeGreaterThan(40)
    expect(wrong).toBe(0)
  })
})

describe('the interval of the difference', () => {
  const random = seededRandom(7)
  const epochs = Array.from({ length: 30 }, (_, day) => draw(random, 100, day < 15 ? 0.5 : 0.2, 0.2, 0.3))

  it('excludes 0 exactly when the test does, and holds the estimate', () => {
    const state = epochs.reduce((before, epoch) => addBlock(before, epoch), noBlocks)
    expect(differenceLogE(epochs, 0)).toBeCloseTo(state.logE, 8)
    const p = safe2x2P(state)
    const [wider, narrower] = [differenceInterval(epochs, p * 0.99), differenceInterval(epochs, p * 1.01)]
    expect(wider?.lower).toBeLessThan(0)
    expect(narrower?.lower).toBeGreaterThan(0)
    expect(narrower?.estimate).toBeGreaterThan(narrower?.lower ?? 1)
    expect(narrower?.estimate).toBeLessThan(narrower?.upper ?? -1)
    expect(differenceLogE(epochs, narrower?.upper ?? 0)).toBeCloseTo(-Math.log(p * 1.01), 6)
  })

  it('is everything without units of both arms', () => {
    expect(differenceInterval([], 0.05)).toEqual({ estimate: null, lower: -1, upper: 1 })
    const alone: Epoch2x2 = { a: counts(10, 5), b: counts(0, 0), propensityA: 1, propensityB: 1 }
    expect(differenceInterval([alone], 0.05)).toEqual({ estimate: null, lower: -1, upper: 1 })
    expect(() => differenceLogE([], 1)).toThrow(/difference/)
    expect(() => differenceInterval([], 0)).toThrow(/alpha/)
  })

  it('is not spoilt by a first epoch in which nothing is known, however large', () => {
    const large = Array.from({ length: 20 }, (): Epoch2x2 => ({
      a: counts(100_000, 30_000), b: counts(100_000, 60_000), propensityA: 1, propensityB: 1,
    }))
    const interval = differenceInterval(large, 0.05)
    expect(interval?.estimate).toBeCloseTo(0.3, 12)
    expect(interval?.lower).toBeGreaterThan(0.29)
    expect(interval?.upper).toBeLessThan(0.31)
  })

  it('covers the difference in most runs under drift of the baseline', () => {
    let missed = 0
    for (let seed = 0; seed < 150; seed++) {
      const random = seededRandom(seed)
      const drifting = Array.from({ length: 20 }, (_, day) =>
        draw(random, 60, 0.4, 0.1 + day * 0.03, 0.2 + day * 0.03),
      )
      if (differenceLogE(drifting, 0.1) >= Math.log(10)) missed++
    }
    expect(missed / 150).toBeLessThan(0.1)
  })
})

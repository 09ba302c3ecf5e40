import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../random.ts'
import { nothingSeen, stake } from './bet-size.ts'
import { type Wealth, bettingP, hedgedLogCapital, initialWealth, placeBets } from './betting.ts'
import { addBounded, boundedMeanInterval, hoeffdingInterval, noBoundedMean } from './bounded-mean.ts'
import { addBernstein, bernsteinLower, noBernstein } from './empirical-bernstein.ts'
import { addPolicyEpoch, policyLower } from './off-policy.ts'

/** Skewed values in [0, 1] with this mean. */
const skewed = (random: Random, mean: number): number => random.beta(mean / 2, (1 - mean) / 2)

const batchOf = (values: readonly number[]) => ({
  n: values.length,
  sum: values.reduce((sum, x) => sum + x, 0),
  sumSquares: values.reduce((sum, x) => sum + x * x, 0),
})

describe('stakes', () => {
  it('are large where values vary little, and shrink with time', () => {
    const calm = { n: 100, sum: 50, squares: 0.5 }
    const noisy = { n: 100, sum: 50, squares: 25 }
    expect(stake(calm, 3, 1)).toBeGreaterThan(5 * stake(noisy, 3, 1))
    expect(stake(noisy, 3, 500)).toBeLessThan(stake(noisy, 3, 1))
    expect(stake(nothingSeen, 3, 1)).toBeCloseTo(Math.sqrt(6 / (0.25 * Math.LN2)), 12)
  })
})

describe('capital', () => {
  const wager = { mean: 0.1, alpha: 0.05 }

  it('has mean 1 under the hypothesis, over both outcomes of the next unit', () => {
    const before = placeBets(initialWealth, [{ value: 1, count: 3 }, { value: 0, count: 20 }], wager)
    const after = ([0, 1] as const).map((value) => placeBets(before, [{ value, count: 1 }], wager))
    const mean = (key: 'logPlus' | 'logMinus'): number =>
      0.9 * Math.exp(after[0]?.[key] ?? 0) + 0.1 * Math.exp(after[1]?.[key] ?? 0)
    expect(mean('logPlus')).toBeCloseTo(Math.exp(before.logPlus), 12)
    expect(mean('logMinus')).toBeCloseTo(Math.exp(before.logMinus), 12)
  })

  it('nothing changes without values; values that contradict a mean of 0 or 1 end the argument', () => {
    expect(placeBets(initialWealth, [], wager)).toEqual(initialWealth)
    expect(placeBets(initialWealth, [{ value: 1, count: 0 }], wager)).toEqual(initialWealth)
    let wealth = initialWealth
    for (let i = 0; i < 30; i++) wealth = placeBets(wealth, [{ value: 1, count: 1 }], { mean: 0, alpha: 0.05 })
    expect(bettingP(wealth)).toBeLessThan(1e-9)
    expect(Number.isNaN(wealth.logMinus)).toBe(false)
    expect(hedgedLogCapital(initialWealth, 1)).toBe(0)
    expect(bettingP(initialWealth)).toBe(1)
  })

  it('names what it refuses', () => {
    expect(() => placeBets(initialWealth, [{ value: 1.1, count: 1 }], wager)).toThrow(/value/)
    expect(() => placeBets(initialWealth, [{ value: 1, count: -1 }], wager)).toThrow(/count/)
    expect(() => placeBets(initialWealth, [], { mean: 2, alpha: 0.05 })).toThrow(/mean/)
    expect(() => placeBets(initialWealth, [], { ...wager, truncation: 1.5 })).toThrow(/truncation/)
    expect(() => addBounded(noBoundedMean, { n: 1, sum: 2, sumSquares: 4 }, wager)).toThrow(/batch/)
    expect(() => addBernstein(noBernstein, { n: 0, sum: 0, sumSquares: 0 }, wager)).toThrow(/batch\.n/)
    expect(() => hoeffdingInterval(1.2, 5, 0.05, 5)).toThrow(/mean/)
    const epoch = { units: 5, propensity: 1.5, sum: 1, sumSquares: 1 }
    expect(() => addPolicyEpoch(noBernstein, epoch, { alpha: 0.05 })).toThrow(/propensity/)
  })
})

describe('intervals of a mean in [0, 1]', () => {
  it('are all of [0, 1] at first and narrow; Bernstein beats Hoeffding on values that vary little', () => {
    expect(boundedMeanInterval(noBoundedMean, 0.05)).toEqual({ estimate: null, lower: 0, upper: 1 })
    expect(hoeffdingInterval(0, 0, 0.05, 10)).toEqual({ estimate: null, lower: 0, upper: 1 })
    const random = seededRandom(3)
    let [state, sum] = [noBoundedMean, 0]
    for (let n = 0; n < 4_000; n++) {
      const x = 0.05 + 0.02 * random.uniform()
      sum += x
      state = addBounded(state, { n: 1, sum: x, sumSquares: x * x }, { alpha: 0.05 })
    }
    const bernstein = boundedMeanInterval(state, 0.05)
    const hoeffding = hoeffdingInterval(sum / 4_000, 4_000, 0.05, 4_000)
    expect(bernstein.lower).toBeGreaterThan(0.04)
    expect(bernstein.upper).toBeLessThan(0.08)
    expect(bernstein.upper - bernstein.lower).toBeLessThan((hoeffding.upper - hoeffding.lower) / 2)
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})

describe('watched after every unit or batch, when nothing is wrong', () => {
  it('errs in fewer than alpha of the runs; a t interval at every look does not', () => {
    const [runs, alpha, mean] = [200, 0.1, 0.2]
    const wrong = { betting: 0, bernstein: 0, batches: 0, naive: 0 }
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      const erred = { betting: false, bernstein: false, batches: false, naive: false }
      let wealth: Wealth = initialWealth
      let [single, batched] = [noBoundedMean, noBoundedMean]
      const all: number[] = []
      for (let day = 0; day < 40; day++) {
        const values = Array.from({ length: 20 }, () => skewed(random, mean))
        for (const x of values) {
          wealth = placeBets(wealth, [{ value: x, count: 1 }], { mean, alpha })
          single = addBounded(single, { n: 1, sum: x, sumSquares: x * x }, { alpha })
          erred.betting ||= bettingP(wealth) <= alpha
          const { lower, upper } = boundedMeanInterval(single, alpha)
          erred.bernstein ||= mean < lower || mean > upper
        }
        batched = addBounded(batched, batchOf(values), { alpha })
        const { lower, upper } = boundedMeanInterval(batched, alpha)
        erred.batches ||= mean < lower || mean > upper
        all.push(...values)
        const { n, sum, sumSquares } = batchOf(all)
        const error = Math.sqrt((sumSquares - (sum * sum) / n) / (n - 1) / n)
        erred.naive ||= Math.abs(sum / n - mean) > 1.645 * error
      }
      for (const key of ['betting', 'bernstein', 'batches', 'naive'] as const) if (erred[key]) wrong[key]++
    }
    expect(wrong.betting / runs).toBeLessThan(alpha)
    expect(wrong.bernstein / runs).toBeLessThan(alpha)
    expect(wrong.batches / runs).toBeLessThan(alpha)
    expect(wrong.naive / runs).toBeGreaterThan(0.25)
  })
})

describe('the off-policy bound of an arm that is chosen by its results', () => {
  it('holds at every epoch, where the mean of what was drawn looks better than it is', () => {
    const [runs, alpha, truth] = [200, 0.1, 0.3]
    let [failed, naive, last] = [0, 0, 0]
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let [state, n, sum, propensity] = [noBernstein, 0, 0, 0.5]
      let [broke, fooled] = [false, false]
      for (let epoch = 0; epoch < 30; epoch++) {
        let [drawn, won] = [0, 0]
        for (let unit = 0; unit < 30; unit++) {
          if (random.uniform() >= propensity) continue
          drawn++
          if (random.uniform() < truth) won++
        }
        state = addPolicyEpoch(state, { units: 30, propensity, sum: won, sumSquares: won }, { alpha })
        broke ||= policyLower(state, alpha) > truth
        n += drawn
        sum += won
        fooled ||= n > 20 && sum / n - 1.28 * Math.sqrt((0.3 * 0.7) / n) > truth
        propensity = n > 0 && sum / n > truth ? 0.9 : 0.1
      }
      last += policyLower(state, alpha) / runs
      if (broke) failed++
      if (fooled) naive++
    }
    expect(failed / runs).toBeLessThan(alpha)
    expect(naive / runs).toBeGreaterThan(2 * alpha)
    expect(last).toBeGreaterThan(0.05)
  })

  it('says nothing before, and ignores epochs in which the arm could not be drawn', () => {
    expect(bernsteinLower(noBernstein, 0.05)).toBe(-Infinity)
    const none = { units: 10, propensity: 0, sum: 0, sumSquares: 0 }
    expect(addPolicyEpoch(noBernstein, none, { alpha: 0.05 })).toEqual(noBernstein)
    expect(addPolicyEpoch(noBernstein, { ...none, units: 0, propensity: 1 }, { alpha: 0.05 })).toEqual(noBernstein)
  })
})

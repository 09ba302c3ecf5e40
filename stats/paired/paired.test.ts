import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { asymptoticRadius, exactRho } from '../sequential/index.ts'
import { addPairs, noPairs, pairedContrast, pairedRelative, type PairSums } from './index.ts'

const pair = (a: number, b: number): PairSums => ({
  n: 1, sumA: a, sumB: b, sumAA: a * a, sumBB: b * b, sumD: b - a, sumDD: (b - a) ** 2, disagreements: a === b ? 0 : 1,
})
const sums = (pairs: readonly (readonly [number, number])[]): PairSums => pairs.map(([a, b]) => pair(a, b)).reduce(addPairs, noPairs)

describe('pairedRelative', () => {
  it('is the ratio of the means less 1, with the standard error of its residuals', () => {
    // means 4.25 and 5; residuals b − a·20/17 in units of a seventeenth: 14, 8, −35, 13
    const found = pairedRelative(sums([[1, 2], [3, 4], [6, 5], [7, 9]]))
    expect(found?.estimate).toBeCloseTo(3 / 17, 12)
    expect(found?.se).toBeCloseTo(Math.sqrt((14 ** 2 + 8 ** 2 + 35 ** 2 + 13 ** 2) / 17 ** 2 / 3 / 4) / 4.25, 12)
  })

  it('holds the truth as often as it says', () => {
    const covers = (seed: number): boolean => {
      const random = seededRandom(seed)
      const pairs = Array.from({ length: 200 }, () => {
        const a = 10 + 3 * random.normal()
        return [a, 1.2 * a + 2 * random.normal()] as const
      })
      const { estimate, se } = pairedRelative(sums(pairs))!
      return Math.abs(estimate - 0.2) < 1.96 * se
    }
    expect(Array.from({ length: 500 }, (_, seed) => covers(seed + 1)).filter(Boolean).length / 500).toBeCloseTo(0.95, 1)
  })

  it('says nothing where there is nothing to divide by', () => {
    expect(pairedRelative(noPairs)).toBeNull()
    expect(pairedRelative(sums([[1, 1]]))).toBeNull()
    expect(pairedRelative(sums([[1, 1], [-1, 1], [2, 0], [-2, 3]]))).toBeNull()
    expect(() => pairedRelative({ ...noPairs, n: 0.5 })).toThrow(RangeError)
  })
})

describe('pairedContrast', () => {
  it('is the mean of the differences, its standard error, their correlation', () => {
    // differences 1, 1, −1, 2: squares about 3/4 sum to 4.75; products of deviations to 22, squares to 22.75 and 26
    const found = pairedContrast(sums([[1, 2], [3, 4], [6, 5], [7, 9]]))
    expect(found.estimate).toBeCloseTo(0.75, 12)
    expect(found.se).toBeCloseTo(Math.sqrt(4.75 / 3 / 4), 12)
    expect(found.correlation).toBeCloseTo(22 / Math.sqrt(22.75 * 26), 12)
    expect(found.disagreement).toBe(1)
  })

  it('says nothing where nothing is known', () => {
    expect(pairedContrast(noPairs)).toEqual({ estimate: null, se: null, correlation: null, disagreement: null })
    expect(pairedContrast(sums([[1, 0]]))).toEqual({ estimate: -1, se: null, correlation: null, disagreement: 1 })
    expect(pairedContrast(sums([[1, 1], [1, 1]]))).toEqual({ estimate: 0, se: 0, correlation: null, disagreement: 0 })
    expect(() => pairedContrast({ ...noPairs, n: -1 })).toThrow(RangeError)
  })

  it('needs at most 0.35 of the units that an unpaired comparison needs in each arm, at a correlation of 0.7', () => {
    const [alpha, effect, correlation, planned] = [0.05, 0.15, 0.7, 2_667]
    const [noise, rest] = [correlation, Math.sqrt(1 - correlation ** 2)]
    // units that were planned; a quarter as many pairs, which is right at a correlation of 0.5
    const [rhoPaired, rho] = [exactRho(planned / 4, alpha), exactRho(planned, alpha)]
    // the first of the looks at which the sequence leaves 0 behind, in pairs, and in units an arm
    const needed = (seed: number): { pairs: number; units: number } => {
      const random = seededRandom(seed)
      let [paired, control, candidate] = [noPairs, noPairs, noPairs]
      const found = { pairs: 0, units: 0 }
      for (let n = 1; found.pairs === 0 || found.units === 0; n++) {
        const a = random.normal()
        paired = addPairs(paired, pair(a, effect + noise * a + rest * random.normal()))
        control = addPairs(control, pair(0, random.normal()))
        candidate = addPairs(candidate, pair(0, effect + random.normal()))
        if (n < 50 || n % 10 !== 0) continue
        const { estimate, se } = pairedContrast(paired)
        if (found.pairs === 0 && estimate! - se! * Math.sqrt(n) * asymptoticRadius(n, 1, alpha, rhoPaired) > 0) found.pairs = n
        const [x, y] = [pairedContrast(control), pairedContrast(candidate)]
        const apart = Math.hypot(x.se!, y.se!) * Math.sqrt(2 * n) * asymptoticRadius(2 * n, 1, alpha, rho)
        if (found.units === 0 && y.estimate! - x.estimate! - apart > 0) found.units = n
      }
      return found
    }
    const runs = Array.from({ length: 200 }, (_, seed) => needed(seed + 1))
    const total = (of: 'pairs' | 'units'): number => runs.reduce((sum, run) => sum + run[of], 0)
    expect(total('pairs') / total('units')).toBeLessThan(0.35)
  })
})

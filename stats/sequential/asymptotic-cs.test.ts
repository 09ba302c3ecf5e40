import { describe, expect, it } from 'vitest'
import { mergeCentred, noUnits, pushUnit } from '../moments/centred.ts'
import { type Random, seededRandom } from '../random.ts'
import {
  approximateRho, asymptoticP, asymptoticPOneSided, asymptoticRadius, asymptoticRadiusOneSided, criticalValue,
  criticalValueOneSided, exactRho, lyapunovRadius, tuning,
} from './asymptotic-cs.ts'
import { iteratedLogarithmRadius } from './iterated-logarithm.ts'

describe('asymptoticRadius', () => {
  // 50-digit decimals of √(2σ²(nρ²+1) log(√(nρ²+1)/α)/(nρ)²)
  it.each([[100, 0.1828197435681924], [10_000, 0.0163650931211746]])('n = %i gives %d', (n, radius) => {
    expect(asymptoticRadius(n, 0.25, 0.05, 0.1)).toBeCloseTo(radius, 12)
  })

  it('is 0 for a constant, and names what it refuses', () => {
    expect(asymptoticRadius(10, 0, 0.05, 1)).toBe(0)
    expect(lyapunovRadius(10, 0, 0.05, 1)).toBe(0)
    expect(() => asymptoticRadius(1, 1, 0.05, 1)).toThrow(/n must/)
    expect(() => asymptoticRadius(10, -1, 0.05, 1)).toThrow(/variance/)
    expect(() => asymptoticRadius(10, 1, 2, 1)).toThrow(/alpha/)
    expect(() => asymptoticRadius(10, 1, 0.05, 0)).toThrow(/rho/)
    expect(() => asymptoticRadiusOneSided(10, 1, 0.5, 1)).toThrow(/alpha/)
    expect(() => iteratedLogarithmRadius(1, 0.05)).toThrow(/n must/)
  })

  it('the Lyapunov form is the same sequence when ρ is told in intrinsic time', () => {
    expect(lyapunovRadius(500, 4, 0.05, 0.1 / 2)).toBeCloseTo(asymptoticRadius(500, 4, 0.05, 0.1), 12)
  })
})

describe('tuning', () => {
  it('the exact ρ gives the narrowest interval at its time', () => {
    const at = (rho: number): number => asymptoticRadius(1_000, 1, 0.05, rho)
    const best = exactRho(1_000, 0.05)
    expect(at(best)).toBeLessThan(at(best * 1.05))
    expect(at(best)).toBeLessThan(at(best / 1.05))
    expect(at(approximateRho(1_000, 0.05)) / at(best)).toBeLessThan(1.001)
  })

  it('one-sided sequences take twice the level, and tiny levels do not underflow', () => {
    expect(exactRho(100, 0.05, 1)).toBe(exactRho(100, 0.1))
    expect(approximateRho(100, 0.05, 1)).toBe(approximateRho(100, 0.1))
    expect(tuning(1e-300)).toBeGreaterThan(1_000)
    expect(() => exactRho(0, 0.05)).toThrow(/units/)
    expect(() => exactRho(10, 0.7, 1)).toThrow(/alpha/)
  })
})

describe('p-values', () => {
  it.each([1e-12, 0.001, 0.05, 0.3])('are the level at which the interval touches 0 (%d)', (alpha) => {
    for (const information of [0.1, 8, 900]) {
      expect(asymptoticP(-criticalValue(information, alpha), information) / alpha).toBeCloseTo(1, 10)
      expect(asymptoticPOneSided(criticalValueOneSided(information, alpha), information) / alpha).toBeCloseTo(1, 10)
    }
  })

  it('stay inside [0, 1]', () => {
    expect(asymptoticP(0, 8)).toBe(1)
    expect(asymptoticPOneSided(-5, 8)).toBe(1)
    expect(asymptoticPOneSided(1e-9, 8)).toBe(1)
    expect(asymptoticP(1e3, 8)).toBe(0)
    expect(asymptoticPOneSided(Infinity, 8)).toBe(0)
    expect(() => asymptoticP(Number.NaN, 8)).toThrow(/zScore/)
  })
})

/** Two arms without a difference, watched after every 10 units from 200 to 4,000: is an effect ever claimed? */
const alarms = (random: Random, draw: (random: Random) => number) => {
  const rho = exactRho(2_000, 0.05)
  const rhoOneSided = exactRho(2_000, 0.05, 1)
  const seen = { two: false, one: false, fixed: false }
  let [a, b] = [noUnits, noUnits]
  for (let look = 1; look <= 400; look++) {
    let [blockA, blockB] = [noUnits, noUnits]
    for (let unit = 0; unit < 5; unit++) {
      blockA = pushUnit(blockA, draw(random))
      blockB = pushUnit(blockB, draw(random))
    }
    a = mergeCentred(a, blockA)
    b = mergeCentred(b, blockB)
    const n = a.n + b.n
    if (n < 200) continue
    const variance = n * (a.devXX / (a.n - 1) / a.n + b.devXX / (b.n - 1) / b.n)
    const difference = b.meanX - a.meanX
    seen.two ||= Math.abs(difference) > asymptoticRadius(n, variance, 0.05, rho)
    seen.one ||= difference > asymptoticRadiusOneSided(n, variance, 0.05, rhoOneSided)
    seen.fixed ||= Math.abs(difference) > 1.96 * Math.sqrt(variance / n)
  }
  return seen
}

describe('continuous peeking without an effect', () => {
  it.each<[string, (random: Random) => number]>([
    ['shares of 30 %', (random) => (random.uniform() < 0.3 ? 1 : 0)],
    ['skewed amounts', (random) => random.exponential()],
  ])('claims one in fewer than alpha of the runs: %s', (_, draw) => {
    const runs = Array.from({ length: 600 }, (_, seed) => alarms(seededRandom(seed), draw))
    const rate = (key: 'two' | 'one' | 'fixed'): number => runs.filter((run) => run[key]).length / runs.length
    expect(rate('two')).toBeLessThan(0.05)
    expect(rate('one')).toBeLessThan(0.05)
    expect(rate('fixed')).toBeGreaterThan(0.25) // the interval that is not made for peeking
  })
})

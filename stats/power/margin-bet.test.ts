import { describe, expect, it } from 'vitest'
import { marginLogE } from '../exact/margin-bet.ts'
import { seededRandom } from '../random.ts'
import { marginBetPower } from './margin-bet.ts'

const plan = { shareA: 0.05, shareB: 0.08, margin: 0, units: 29_000, chanceB: 0.95, alpha: 0.02 }

/** The share of simulated experiments that show the harm at one of their looks. */
const shown = ({ shareA, shareB, margin, units, chanceB, alpha }: typeof plan, runs: number, looks: number): number => {
  const random = seededRandom(7)
  const binomial = (n: number, p: number): number => Math.max(0, Math.min(n, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * random.normal())))
  let found = 0
  for (let run = 0; run < runs; run++) {
    const [a, b] = [{ n: 0, successes: 0 }, { n: 0, successes: 0 }]
    for (let look = 0; look < looks; look++) {
      const n = Math.round(units / looks)
      const inB = binomial(n, chanceB)
      b.n += inB
      a.n += n - inB
      b.successes += binomial(inB, shareB)
      a.successes += binomial(n - inB, shareA)
      if (marginLogE([{ chanceB, a, b }], margin, 'fail') < -Math.log(alpha)) continue
      found += 1
      break
    }
  }
  return found / runs
}

describe('marginBetPower', () => {
  it.each([
    ['a bake: 3 points at 5 % and 95/5', plan],
    ['fewer units', { ...plan, units: 20_000 }],
    ['a margin', { ...plan, shareB: 0.1, margin: 0.02 }],
    ['a balanced pair', { ...plan, units: 4_000, chanceB: 0.5 }],
    ['outcomes of which more are better', { ...plan, shareA: 0.37, shareB: 0.45, chanceB: 0.05 }],
  ])('agrees with simulated bets, to which looks on the way only add: %s', (_, one) => {
    const power = marginBetPower(one)
    expect(Math.abs(shown(one, 2_000, 1) - power)).toBeLessThan(0.03)
    expect(shown(one, 500, 20)).toBeGreaterThan(power - 0.06)
  })

  it('finds 3 points at a base of 5 % with 29,000 units split 95 to 5', () => {
    expect(marginBetPower(plan)).toBeGreaterThan(0.8)
    expect(marginBetPower({ ...plan, units: 15_000 })).toBeLessThan(0.8)
  })

  it('rises with units and harm, and is next to nothing without harm', () => {
    const of = (more: object): number => marginBetPower({ ...plan, ...more })
    expect(of({ units: 10_000 })).toBeLessThan(of({ units: 20_000 }))
    expect(of({ shareB: 0.07 })).toBeLessThan(of({ shareB: 0.08 }))
    expect(of({ shareB: 0.05 })).toBeLessThan(0.01)
    expect(of({ shareA: 0, shareB: 0 })).toBe(0)
  })

  it.each([['shareA', -0.1], ['shareB', 1.1], ['margin', 2], ['units', 0], ['chanceB', 1], ['alpha', 0]])('refuses %s = %s', (name, value) => {
    expect(() => marginBetPower({ ...plan, [name]: value })).toThrow(new RegExp(`^${name}`))
  })
})

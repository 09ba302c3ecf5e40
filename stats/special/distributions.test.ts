import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import {
  betaCdf, betaDensity, betaQuantile, betaSurvival, betaUpperQuantile, chiSquareQuantile, chiSquareSurvival, erf, fCdf,
  fDensity, fQuantile, fSurvival, fUpperQuantile, gammaCdf, gammaDensity, gammaQuantile, gammaSurvival,
  gammaUpperQuantile, logBeta, logGammaLower, logGammaUpper, normalQuantile, regularisedBeta, regularisedBetaUpper,
  studentCdf, studentDensity, studentQuantile, studentSurvival, studentUpperQuantile,
} from './index.ts'

// stats/vectors/special_tails.json holds hundreds of values to 25 digits; here is what holds for all arguments

const relative = (got: number, want: number): number => Math.abs(got / want - 1)
const { uniform } = seededRandom(7)
const scale = (low: number, high: number): number => 10 ** (low + (high - low) * uniform())
const rounds = Array.from({ length: 200 }, (_, round) => round)
const chance = (): number => (uniform() < 0.5 ? uniform() : scale(-280, -2))

describe('quantiles invert their distribution functions, in both tails', () => {
  it('Beta', () => {
    for (const _ of rounds) {
      const [p, a, b] = [chance(), scale(-1, 8), scale(-1, 8)]
      const x = betaQuantile(p, a, b)
      if (x > 1e-290 && x < 0.9) expect(relative(betaCdf(x, a, b), p)).toBeLessThan(1e-9)
      const y = betaUpperQuantile(p, a, b)
      if (y > 1e-290 && y < 0.9) expect(relative(betaSurvival(y, a, b), p)).toBeLessThan(1e-9)
    }
  })

  it('Gamma', () => {
    for (const _ of rounds) {
      const [p, shape, rate] = [chance(), scale(-1, 8), scale(-3, 3)]
      const x = gammaQuantile(p, shape, rate)
      if (x > 1e-290) expect(relative(gammaCdf(x, shape, rate), p)).toBeLessThan(1e-9)
      expect(relative(gammaSurvival(gammaUpperQuantile(p, shape, rate), shape, rate), p)).toBeLessThan(1e-9)
    }
  })

  it('t and F', () => {
    for (const _ of rounds) {
      const [p, degrees, second] = [chance(), scale(0, 6), scale(0, 6)]
      expect(relative(studentCdf(studentQuantile(p, degrees), degrees), p)).toBeLessThan(1e-10)
      expect(relative(studentSurvival(studentUpperQuantile(p, degrees), degrees), p)).toBeLessThan(1e-10)
      const [low, high] = [fQuantile(p, degrees, second), fUpperQuantile(p, degrees, second)]
      if (low > 1e-290) expect(relative(fCdf(low, degrees, second), p)).toBeLessThan(1e-10)
      if (high < 1e290) expect(relative(fSurvival(high, degrees, second), p)).toBeLessThan(1e-10)
    }
  })
})

describe('ends and extremes', () => {
  it('quantiles at 0 and 1 are the ends of the support', () => {
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3), betaUpperQuantile(0, 2, 3)]).toEqual([0, 1, 1])
    expect([0, 1].map((p) => gammaQuantile(p, 2, 3))).toEqual([0, Infinity])
    expect([0, 1].map((p) => gammaUpperQuantile(p, 2, 3))).toEqual([Infinity, 0])
    expect([studentQuantile(0, 3), studentQuantile(1, 3), studentQuantile(0.5, 3)]).toEqual([-Infinity, Infinity, 0])
    expect([fQuantile(0, 3, 4), fQuantile(1, 3, 4)]).toEqual([0, Infinity])
    expect([studentCdf(-Infinity, 3), studentCdf(Infinity, 3), studentDensity(Infinity, 3)]).toEqual([0, 1, 0])
  })

  it('densities at an end are the limit there', () => {
    expect([betaDensity(0, 0.5, 1), betaDensity(0, 1, 4), betaDensity(0, 2, 1)]).toEqual([Infinity, 4, 0])
    expect([betaDensity(1, 1, 0.5), betaDensity(1, 4, 1), betaDensity(1, 1, 2)]).toEqual([Infinity, 4, 0])
    expect([gammaDensity(0, 0.5, 2), gammaDensity(0, 1, 2), gammaDensity(0, 2, 2)]).toEqual([Infinity, 2, 0])
    expect([fDensity(0, 1, 5), fDensity(0, 2, 5), fDensity(0, 3, 5)]).toEqual([Infinity, 1, 0])
  })

  it('t nears the normal, and Cauchy is known in closed form however far', () => {
    expect(studentQuantile(0.975, 1e300)).toBeCloseTo(normalQuantile(0.975), 14)
    expect(relative(studentQuantile(0.975, 1e10 * (1 + 1e-9)), studentQuantile(0.975, 1e10))).toBeLessThan(1e-15)
    expect(relative(studentQuantile(1e-300, 1), -1e300 / Math.PI)).toBeLessThan(1e-13)
    expect(relative(studentCdf(-1e200, 1), 1e-200 / Math.PI)).toBeLessThan(1e-13)
    expect(relative(studentQuantile(0.5 + 2 ** -52, 1), Math.PI * 2 ** -52)).toBeLessThan(1e-13)
  })

  it('counts beyond any experiment still give a chance', () => {
    expect(betaCdf(0.5, 1e12, 1e12)).toBeCloseTo(0.5, 10)
    expect(betaQuantile(0.5, 1e12, 1e12)).toBeCloseTo(0.5, 13)
    expect(betaCdf(0.5, 1e-300, 1e-300)).toBeCloseTo(0.5, 10)
    expect(gammaCdf(1e10, 1e10, 1)).toBeCloseTo(0.5, 5)
    expect([gammaCdf(1e308, 5, 1), gammaSurvival(1e308, 5, 1)]).toEqual([1, 0])
  })

  it('logarithms of chances no double can hold', () => {
    expect(relative(logGammaUpper(1, 1e6), -1e6)).toBeLessThan(1e-13)
    expect(relative(logGammaLower(5, 1e-100), 5 * Math.log(1e-100) - Math.log(120))).toBeLessThan(1e-13)
    expect([logGammaLower(5, 0), logGammaUpper(5, 0)]).toEqual([-Infinity, 0])
  })
})

describe('identities', () => {
  it('the two parts of the incomplete beta sum to one, and mirror', () => {
    for (const _ of rounds) {
      const [x, a, b] = [uniform(), scale(-2, 6), scale(-2, 6)]
      expect(regularisedBeta(x, a, b) + regularisedBetaUpper(x, a, b)).toBeCloseTo(1, 12)
    }
    expect([regularisedBeta(0, 2, 3), regularisedBeta(1, 2, 3), regularisedBetaUpper(1, 2, 3)]).toEqual([0, 1, 0])
    expect(relative(regularisedBeta(0.25, 7, 3), regularisedBetaUpper(0.75, 3, 7))).toBeLessThan(1e-14)
  })

  it('B(a + 1, b) = B(a, b) a / (a + b), at counts where log-gammas have cancelled', () => {
    for (const [a, b] of [[0.3, 2], [9, 1e8], [1e9, 2e9], [12, 12]] as const) {
      expect(logBeta(a + 1, b)).toBeCloseTo(logBeta(a, b) + Math.log(a / (a + b)), a > 1e6 ? 5 : 11)
    }
  })

  it('chi-square of one degree is a squared normal; erf is odd and keeps small values', () => {
    expect(relative(chiSquareQuantile(0.95, 1), normalQuantile(0.975) ** 2)).toBeLessThan(1e-14)
    expect(relative(chiSquareSurvival(chiSquareQuantile(0.7, 9), 9), 0.3)).toBeLessThan(1e-13)
    expect(erf(-0.7)).toBe(-erf(0.7))
    expect(relative(erf(1e-12), 2e-12 / Math.sqrt(Math.PI))).toBeLessThan(1e-15)
  })
})

describe('refusals name the argument', () => {
  it.each([
    [() => betaCdf(1.1, 2, 3), /x must/], [() => betaQuantile(-0.1, 2, 3), /probability must/],
    [() => betaDensity(0.5, 0, 3), /a must/], [() => regularisedBeta(0.5, 1, Infinity), /b must/],
    [() => gammaCdf(-1, 2, 3), /x must/], [() => gammaQuantile(0.5, 0, 3), /shape must/],
    [() => gammaDensity(1, 2, -1), /rate must/], [() => chiSquareQuantile(0.5, 0), /degrees must/],
    [() => studentCdf(Number.NaN, 3), /t must/], [() => studentQuantile(2, 3), /probability must/],
    [() => fCdf(-1, 2, 3), /f must/], [() => fQuantile(0.5, 2, 0), /second must/], [() => logBeta(0, 1), /a must/],
    [() => erf(Number.NaN), /x must/],
  ])('%s', (call, message) => {
    expect(call).toThrow(message)
  })
})

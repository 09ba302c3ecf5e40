import { requireCount, requireOpenUnit } from '../check.ts'
import { normalQuantile } from '../special/index.ts'
import { zeroBetween } from '../zero.ts'
import { effectFor } from './effect-for.ts'
import { constantLooks, equalTimes, exitProbabilities, type Look } from './exits.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/**
 * Boundaries c·t^(shape − 1/2) at equally spaced looks: O'Brien–Fleming for shape 0, Pocock for 1/2.
 *
 * @param count looks, an integer of at least 1
 * @param alpha two-sided level over all of them, in (0, 1)
 * @param shape at most 1/2
 * @returns c, the boundary of the last look in standard errors, and all looks with theirs; good to 1e-10
 * @throws {RangeError} outside these domains
 *
 * Source: Wang and Tsiatis (1987), Biometrics 43(1); Pocock (1977), Biometrika 64(2); O'Brien and Fleming (1979),
 * Biometrics 35(3).
 */
export const wangTsiatis = (count: number, alpha: number, shape: number): { constant: number; looks: Look[] } => {
  requireCount('count', count, 1)
  requireOpenUnit('alpha', alpha)
  if (!(shape <= 0.5 && shape > -Infinity)) throw new RangeError(`shape must be at most 0.5, got ${shape}`)
  const times = equalTimes(count)
  const looks = (constant: number): Look[] =>
    times.map((information) => {
      const upper = constant * information ** (shape - 0.5)
      return { information, upper, lower: -upper }
    })
  const excess = (constant: number): number => {
    const { above } = exitProbabilities(looks(constant))
    return 2 * sum(above) - alpha
  }
  // Bonferroni is enough at every look, a single look's boundary is not
  const [least, most] = [-normalQuantile(alpha / 2), -normalQuantile(alpha / (2 * count))]
  const constant = count === 1 ? least : zeroBetween(excess, least, most, 1e-11)
  return { constant, looks: looks(constant) }
}

/** Boundaries of the same height at each of `count` equally spaced looks. As `wangTsiatis` with shape 1/2. */
export const pocock = (count: number, alpha: number): { constant: number; looks: Look[] } =>
  wangTsiatis(count, alpha, 0.5)

/** Boundaries c·√(K/k). As `wangTsiatis` with shape 0. */
export const obrienFleming = (count: number, alpha: number): { constant: number; looks: Look[] } =>
  wangTsiatis(count, alpha, 0)

/**
 * The effect that a test finds with the wanted chance, as the mean of the z statistic at information 1. Only stops
 * above count; below, a two-sided test would find the opposite of the truth.
 *
 * @param power in (0, 1), more than what the test spends above under the null hypothesis
 * @returns drift, above 0; good to 1e-10
 * @throws {RangeError} for a power outside its domain, or looks that no test could have
 */
export const driftForPower = (looks: readonly Look[], power: number): number => {
  requireOpenUnit('power', power)
  const chanceAt = (drift: number): number => sum(exitProbabilities(looks, drift).above)
  const atZero = chanceAt(0)
  if (atZero >= power) throw new RangeError(`power must be above the level spent, ${atZero}, got ${power}`)
  const { information = 1, upper = null } = looks.at(-1) ?? {}
  // what the last look alone would need
  const guess = ((upper ?? 2) + normalQuantile(power)) / Math.sqrt(information)
  return effectFor(chanceAt, power, Math.max(0.1, guess))
}

/**
 * Largest sample of a test with interim looks, as a multiple of the fixed-horizon test of the same level and power.
 *
 * @param looks boundaries by information; the last look is the largest sample
 * @param alpha level over all looks, in (0, 1); of both sides when two-sided
 * @param power in (0, 1)
 * @throws {RangeError} outside these domains
 *
 * Source: Jennison and Turnbull (2000), section 2.3 (their R).
 */
export const inflationFactor = (looks: readonly Look[], alpha: number, power: number, sides: 1 | 2 = 2): number => {
  requireOpenUnit('alpha', alpha)
  const last = looks.at(-1)?.information ?? Number.NaN
  const reach = normalQuantile(power) - normalQuantile(alpha / sides)
  return last * (driftForPower(looks, power) / reach) ** 2
}

/** Chance of at least one |z| at or beyond `boundary` when a fixed-horizon test is read at each of these times. */
export const peekingError = (times: readonly number[], boundary: number): number => {
  const { above, below } = exitProbabilities(constantLooks(times, boundary))
  return sum(above) + sum(below)
}

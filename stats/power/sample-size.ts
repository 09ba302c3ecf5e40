import { requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { normalCdf, normalQuantile } from '../special/index.ts'

/** What a fixed-horizon z test is asked to find. Variances are those of one unit. */
export type Design = {
  varianceA: number
  varianceB: number
  /** Difference to find, in units of the metric; not 0. Its sign does not matter. */
  effect: number
  alpha: number
  /** Chance of finding it, in (0, 1); .8 unless told. */
  power?: number
  sides?: 1 | 2
}

/** z_{1−α/2} (two-sided) or z_{1−α} (one-sided). */
export const fixedCritical = (alpha: number, sides: 1 | 2 = 2): number => {
  requireOpenUnit('alpha', alpha)
  return -normalQuantile(alpha / sides)
}

/**
 * Units each of two equal arms needs: (z_{1−α/2} + z_power)² (v_a + v_b)/effect², not rounded.
 *
 * @returns 0 when neither arm varies
 * @throws {RangeError} naming the argument: a negative variance, an effect of 0, a chance outside (0, 1)
 */
export const unitsPerArm = (design: Design): number => {
  const { varianceA, varianceB, effect, alpha, power = 0.8, sides = 2 } = design
  requireNonNegative('varianceA', varianceA)
  requireNonNegative('varianceB', varianceB)
  requireFinite('effect', effect)
  if (effect === 0) throw new RangeError('effect must not be 0, got 0')
  requireOpenUnit('power', power)
  return ((fixedCritical(alpha, sides) + normalQuantile(power)) ** 2 * (varianceA + varianceB)) / effect ** 2
}

/**
 * The same for shares, each arm with its own variance p(1 − p) (unpooled).
 *
 * @param share  expected share of the control, in [0, 1]
 * @param effect difference in points of the share; share + effect outside [0, 1] is moved to the nearer end
 */
export const unitsPerArmForShare = (
  share: number, effect: number, alpha: number, power = 0.8, sides: 1 | 2 = 2,
): number => {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share must lie in [0, 1], got ${share}`)
  const other = Math.min(1, Math.max(0, share + effect))
  return unitsPerArm({
    varianceA: share * (1 - share), varianceB: other * (1 - other), effect, alpha, power, sides,
  })
}

/**
 * Power of the fixed-horizon z test.
 *
 * @param zEffect     true effect in standard errors of its estimate; signed
 * @param alternative `two-sided`, `greater` or `less`
 * @returns chance of rejecting, both tails included when two-sided
 */
export const zTestPower = (
  zEffect: number, alpha: number, alternative: 'two-sided' | 'greater' | 'less' = 'two-sided',
): number => {
  requireFinite('zEffect', zEffect)
  const critical = fixedCritical(alpha, alternative === 'two-sided' ? 2 : 1)
  if (alternative === 'greater') return normalCdf(zEffect - critical)
  if (alternative === 'less') return normalCdf(-zEffect - critical)
  return normalCdf(zEffect - critical) + normalCdf(-zEffect - critical)
}

/**
 * Smallest relative effect found with the wanted power by n units an arm. The variance of a lift grows with the lift,
 * so this is the root of a quadratic.
 *
 * @param mean     control mean, above 0
 * @param variance of one unit, not negative, the same in both arms
 * @param n        units an arm, above 0
 * @returns relative effect, .1 = 10 %; null when n is too small for any effect to be found
 *
 * Source: GrowthBook documentation, "Power technical details".
 */
export const relativeDetectableEffect = (
  mean: number, variance: number, n: number, alpha: number, power = 0.8,
): number | null => {
  requirePositive('mean', mean)
  requireNonNegative('variance', variance)
  requirePositive('n', n)
  requireOpenUnit('power', power)
  const noise = ((fixedCritical(alpha) + normalQuantile(power)) ** 2 * variance) / n
  const remaining = 1 - noise / mean ** 2
  if (remaining <= 0) return null
  const other = (mean + Math.sqrt(mean ** 2 - remaining * (mean ** 2 - noise))) / remaining
  return other / mean - 1
}

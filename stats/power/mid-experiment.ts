import { requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'
import { asymptoticRadius, approximateRho } from '../sequential/asymptotic-cs.ts'
import { normalCdf, normalQuantile } from '../special/index.ts'
import { zeroBetween } from '../zero.ts'

/** A running pair, and what it should be able to find. */
export type Running = {
  /** Squared standard error of the effect so far, above 0. */
  variance: number
  /** Units of both arms so far, above 0. */
  units: number
  /** Effect to be found, in the unit of the estimate; not negative. */
  effect: number
  /** Two-sided, in (0, 1). */
  alpha: number
  /** .8 unless told. */
  power?: number
}

/** How the experiment will be judged: once, along a sequence tuned for `units`, or by a posterior with this prior. */
export type Judged =
  | { kind: 'fixed' }
  | { kind: 'sequential'; units: number }
  | { kind: 'bayesian'; priorMean: number; priorVariance: number }

/**
 * Chance that the effect will be found after `more` times as many units again as there are now.
 *
 * @param more at least 0; 1 doubles what there is
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: GrowthBook, "Mid-experiment power", and its statistics engine of 2024; a bayesian decision is one whose
 * posterior interval excludes 0.
 */
export const laterPower = (running: Running, judged: Judged, more: number): number => {
  const { variance, units, effect, alpha } = running
  requirePositive('variance', variance)
  requirePositive('units', units)
  requireNonNegative('effect', effect)
  requireNonNegative('more', more)
  requireOpenUnit('alpha', alpha)
  const later = variance / (1 + more)
  const error = Math.sqrt(later)
  const [reach, pull] = reachOf(judged, { variance, units, alpha, later, more })
  return normalCdf((effect + pull - reach) / error) + normalCdf(-(effect + pull + reach) / error)
}

/** How far the estimate must lie from 0 to decide, and how far a prior pulls it. */
const reachOf = (
  judged: Judged, { variance, units, alpha, later, more }: Omit<Running, 'effect'> & { later: number; more: number },
): [reach: number, pull: number] => {
  const critical = -normalQuantile(alpha / 2)
  if (judged.kind === 'fixed') return [critical * Math.sqrt(later), 0]
  if (judged.kind === 'sequential') {
    // the radius at the later size: total variance units·SE², which does not change
    const size = units * (1 + more)
    return [radiusAt(size, units * variance, alpha, approximateRho(judged.units, alpha)), 0]
  }
  requirePositive('priorVariance', judged.priorVariance)
  const precision = 1 / judged.priorVariance + 1 / later
  return [later * Math.sqrt(precision) * critical, (later * judged.priorMean) / judged.priorVariance]
}

/** `asymptoticRadius` between whole units: the later size is a plan, not a count. */
const radiusAt = (size: number, variance: number, alpha: number, rho: number): number => {
  const whole = Math.max(2, Math.round(size))
  return asymptoticRadius(whole, (variance * whole) / size, alpha, rho * Math.sqrt(size / whole))
}

/**
 * How many times as many units again are needed until the effect is found with the wanted chance.
 *
 * @returns 0 when it already is; null when not even 10⁸ times as many suffice
 * @throws {RangeError} as `laterPower`, or for a power outside (0, 1)
 */
export const scalingFactor = (running: Running, judged: Judged): number | null => {
  const { power = 0.8 } = running
  requireOpenUnit('power', power)
  const missing = (more: number): number => laterPower(running, judged, more) - power
  if (missing(0) >= 0) return 0
  let most = 1
  while (missing(most) < 0) {
    most *= 2
    if (most > 1e8) return null
  }
  return zeroBetween(missing, 0, most, 1e-9 * most)
}

import { requireFinite, requireNonNegative, requirePositive } from '../check.ts'
import {
  asymptoticP, asymptoticPOneSided, criticalValue, criticalValueOneSided,
} from './asymptotic-cs.ts'

/**
 * An estimate on its sequence's clock. `n` is the number of units of both arms, or any accumulated variance in
 * which ρ is told (adaptive allocation: n = V and ρ² = tuning(α)/V_plan).
 */
export type Sequential = { estimate: number; se: number; n: number }

/** Level and tuning of one sequence, both frozen before the first look. */
export type Level = { alpha: number; rho: number }

/** Ends are ∓Infinity where nothing is excluded; `estimate` is null where there is nothing to estimate. */
export type Interval = { estimate: number | null; lower: number; upper: number }

/**
 * One end of an interval, as a one-sided sequence at its own level: the true value ever lies beyond it with chance
 * at most alpha.
 *
 * @throws {RangeError} when se is negative, n or rho not above 0, or alpha outside (0, 1/2)
 */
export const oneSidedBound = (at: Sequential, level: Level, side: 'lower' | 'upper'): number => {
  requireSequential(at)
  const reach = at.se * criticalValueOneSided(information(at, level.rho), level.alpha)
  return side === 'lower' ? at.estimate - reach : at.estimate + reach
}

/** A two-sided sequence at one level: for signals and diagnostics. alpha in (0, 1). */
export const twoSided = (at: Sequential, level: Level): Interval => {
  requireSequential(at)
  const reach = at.se * criticalValue(information(at, level.rho), level.alpha)
  return { estimate: at.estimate, lower: at.estimate - reach, upper: at.estimate + reach }
}

/**
 * An interval of two one-sided tests: its lower end decides at `lower.alpha`, its upper end at `upper.alpha`, so each
 * end crosses a margin exactly when that test rejects.
 */
export const drawn = (at: Sequential, lower: Level, upper: Level): Interval => ({
  estimate: at.estimate,
  lower: oneSidedBound(at, lower, 'lower'),
  upper: oneSidedBound(at, upper, 'upper'),
})

/**
 * Always-valid one-sided p-value against H0: value ≤ boundary (`greater`) or value ≥ boundary (`less`). It is at most α
 * exactly when the one-sided bound at α, with the same ρ, lies at or beyond the boundary. With se = 0 it is 0 or 1.
 */
export const oneSidedP = (
  at: Sequential, rho: number, alternative: 'greater' | 'less' = 'greater', boundary = 0,
): number => {
  const score = zScore(at, boundary)
  return asymptoticPOneSided(alternative === 'greater' ? score : -score, information(at, rho))
}

/** Always-valid two-sided p-value of H0: value = boundary. */
export const twoSidedP = (at: Sequential, rho: number, boundary = 0): number =>
  asymptoticP(zScore(at, boundary), information(at, rho))

const information = (at: Sequential, rho: number): number => {
  requirePositive('rho', rho)
  return at.n * rho ** 2
}

const zScore = (at: Sequential, boundary: number): number => {
  requireSequential(at)
  requireFinite('boundary', boundary)
  const distance = at.estimate - boundary
  return distance === 0 ? 0 : distance / at.se
}

const requireSequential = (at: Sequential): void => {
  requireFinite('estimate', at.estimate)
  requireNonNegative('se', at.se)
  requirePositive('n', at.n)
}

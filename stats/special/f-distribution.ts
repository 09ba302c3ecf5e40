import { requireNonNegative, requirePositive, requireUnit } from '../check.ts'
import { betaTail, logBetaPeak } from './beta.ts'
import { betaRoot } from './beta-root.ts'

/** d₁ f / (d₁ f + d₂), which is Beta(d₁/2, d₂/2), and its complement; neither by subtraction. */
const shares = (f: number, first: number, second: number): [number, number] => {
  const odds = (f * first) / second
  return odds < 1 ? [odds / (1 + odds), 1 / (1 + odds)] : [1 / (1 + 1 / odds), 1 / (1 + odds)]
}

const tail = (f: number, first: number, second: number, upper: boolean): number => {
  requireNonNegative('f', f)
  requirePositive('first', first)
  requirePositive('second', second)
  return betaTail(...shares(f, first, second), first / 2, second / 2, upper)
}

/** P(F ≤ f) with `first` and `second` degrees of freedom; f at least 0, degrees above 0. Throws RangeError outside. */
export const fCdf = (f: number, first: number, second: number): number => tail(f, first, second, false)

/** P(F > f), with full relative accuracy in the upper tail. Same domains. */
export const fSurvival = (f: number, first: number, second: number): number => tail(f, first, second, true)

/** Density of F at f; at 0 it is 0, 1 or Infinity as `first` is above, at or below 2. Same domains. */
export const fDensity = (f: number, first: number, second: number): number => {
  requireNonNegative('f', f)
  requirePositive('first', first)
  requirePositive('second', second)
  if (f === 0) return first > 2 ? 0 : first === 2 ? 1 : Infinity
  const [x, y] = shares(f, first, second)
  return Math.exp(logBetaPeak(x, y, first / 2, second / 2) - Math.log(f))
}

const root = (probability: number, first: number, second: number, upper: boolean): number => {
  requireUnit('probability', probability)
  requirePositive('first', first)
  requirePositive('second', second)
  const { x, y } = betaRoot(probability, first / 2, second / 2, upper)
  return ((x / y) * second) / first
}

/**
 * Quantile of F: the f with P(F ≤ f) = probability.
 *
 * @param probability in [0, 1]; 0 and 1 give 0 and Infinity
 * @throws {RangeError} when an argument is outside its range
 */
export const fQuantile = (probability: number, first: number, second: number): number =>
  root(probability, first, second, false)

/** The f with P(F > f) = probability: for upper tails beyond 1e-16, which 1 − probability cannot hold. */
export const fUpperQuantile = (probability: number, first: number, second: number): number =>
  root(probability, first, second, true)

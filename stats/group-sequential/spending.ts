import { requireFinite, requireOpenUnit, requirePositive } from '../check.ts'
import { normalLogCdf, normalQuantile } from '../special/index.ts'

/**
 * How the level is spent over the information: sparingly at first (`obrien-fleming`), evenly (`pocock`), or anything
 * between. `hwang-shih-decani` with gamma −4 is near O'Brien–Fleming, with 1 near Pocock.
 */
export type Spending =
  | { kind: 'obrien-fleming' }
  | { kind: 'pocock' }
  | { kind: 'hwang-shih-decani'; gamma: number }
  | { kind: 'power'; exponent: number }

const requireSpending = (spending: Spending): void => {
  if (spending.kind === 'hwang-shih-decani') requireFinite('gamma', spending.gamma)
  if (spending.kind === 'power') requirePositive('exponent', spending.exponent)
}

/**
 * Logarithm of the level spent on one side up to an information fraction; finite where the level itself underflows.
 *
 * @param alpha       level of that side, in (0, 1)
 * @param information fraction of the planned information, at least 0; from 1 on everything is spent
 * @returns at most log(alpha); −Infinity at 0
 * @throws {RangeError} outside these domains, for an infinite gamma or an exponent not above 0
 *
 * Source: Lan and DeMets (1983), Biometrika 70(3); Hwang, Shih and DeCani (1990), Statistics in Medicine 9; Kim and
 * DeMets (1987), Biometrika 74(1).
 */
export const logSpent = (spending: Spending, alpha: number, information: number): number => {
  requireOpenUnit('alpha', alpha)
  requireSpending(spending)
  if (!(information >= 0)) throw new RangeError(`information must be at least 0, got ${information}`)
  if (information === 0) return -Infinity
  if (information >= 1) return Math.log(alpha)
  switch (spending.kind) {
    case 'obrien-fleming':
      return Math.LN2 + normalLogCdf(normalQuantile(alpha / 2) / Math.sqrt(information))
    case 'pocock':
      return Math.log(alpha) + Math.log(Math.log1p((Math.E - 1) * information))
    case 'hwang-shih-decani':
      return Math.log(alpha) + logTruncatedExponential(spending.gamma, information)
    case 'power':
      return Math.log(alpha) + spending.exponent * Math.log(information)
  }
}

/** log of (1 − e^(−γt))/(1 − e^(−γ)), which is t for γ = 0; a large negative γ would overflow outside of logarithms. */
const logTruncatedExponential = (gamma: number, information: number): number => {
  if (Math.abs(gamma) < 1e-12) return Math.log(information)
  const logOne = (exponent: number): number => Math.log(-Math.expm1(-Math.abs(exponent)))
  const shift = gamma < 0 ? gamma * (1 - information) : 0
  return shift + logOne(gamma * information) - logOne(gamma)
}

/** Level spent on one side up to an information fraction. Domains of `logSpent`; 0 at 0, `alpha` from 1 on. */
export const spent = (spending: Spending, alpha: number, information: number): number =>
  information >= 1 && logSpent(spending, alpha, 1) < 0 ? alpha : Math.exp(logSpent(spending, alpha, information))

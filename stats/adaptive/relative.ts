import { criticalValueOneSided } from '../sequential/asymptotic-cs.ts'
import type { Interval, Level } from '../sequential/bounds.ts'
import { type PairEstimate, pairContrast } from './pair.ts'

const DOUBLINGS = 60
const HALVINGS = 80

/**
 * b/a − 1 with ends by inversion: an end lies at the r where the test of b − (1 + r)·a = 0 just rejects, so that it
 * crosses a relative margin exactly when that test decides; nothing is divided by the control's estimate.
 *
 * @param lower level of the end below, as a test of b against a: for a negative control the ends turn around, and each
 *              keeps its test
 * @returns `estimate` null when the control is exactly 0; an end is ∓Infinity where no multiple of the control is
 *          excluded, as happens when the control cannot be told from 0
 *
 * Source: Fieller (1954), "Some problems in interval estimation", with the sequence's critical value.
 */
export const relativeInterval = (pair: PairEstimate, lower: Level, upper: Level): Interval => {
  if (pair.a === 0) return { estimate: null, lower: -Infinity, upper: Infinity }
  const quotient = pair.b / pair.a
  const [from, to] = pair.a < 0 ? [upper, lower] : [lower, upper]
  return {
    estimate: quotient - 1,
    lower: tellsFromZero(pair, from) ? end(pair, quotient, from, -1) - 1 : -Infinity,
    upper: tellsFromZero(pair, to) ? end(pair, quotient, to, 1) - 1 : Infinity,
  }
}

/** Whether the control itself is excluded from being 0 at this level; else its multiples are not bounded. */
const tellsFromZero = ({ a, varianceA, weight }: PairEstimate, { alpha, rho }: Level): boolean => {
  if (!(varianceA > 0)) return true
  return Math.abs(a) > (Math.sqrt(varianceA) / weight) * criticalValueOneSided(varianceA * rho ** 2, alpha)
}

/** How far beyond its critical value the contrast at a factor lies; positive where the test rejects. */
const beyond = (pair: PairEstimate, factor: number, { alpha, rho }: Level): number => {
  const at = pairContrast(pair, factor)
  if (!at) return Math.abs(pair.b - factor * pair.a)
  return Math.abs(at.estimate) - at.se * criticalValueOneSided(at.n * rho ** 2, alpha)
}

const end = (pair: PairEstimate, quotient: number, level: Level, side: 1 | -1): number => {
  const at = pairContrast(pair, quotient)
  if (!at) return quotient
  let step = (at.se * 3) / Math.abs(pair.a)
  let doublings = 0
  while (!(beyond(pair, quotient + side * step, level) > 0)) {
    step *= 2
    if (++doublings > DOUBLINGS) return side * Infinity
  }
  let inside = 0
  let outside = step
  for (let halving = 0; halving < HALVINGS && outside - inside > 1e-15 * Math.abs(quotient); halving++) {
    const middle = (inside + outside) / 2
    if (beyond(pair, quotient + side * middle, level) > 0) outside = middle
    else inside = middle
  }
  return quotient + side * outside
}

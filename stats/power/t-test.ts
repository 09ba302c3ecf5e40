import { requireFinite, requireOpenUnit } from '../check.ts'
import { studentUpperQuantile } from '../special/index.ts'
import { noncentralTCdf, noncentralTSurvival } from './noncentral-t.ts'
import { unitsPerArm } from './sample-size.ts'

/** A two-sample t test with equal variances. */
export type TTest = {
  /** Cohen's d: true difference in standard deviations of a unit; signed, finite. */
  effectSize: number
  /** Units of each arm, at least 2 together with more than 2; need not be whole. */
  n1: number
  n2: number
  alpha: number
  alternative?: 'two-sided' | 'greater' | 'less'
}

/**
 * Chance that a two-sample t test rejects.
 *
 * @returns both tails included when two-sided; absolute error below 1e-10
 * @throws {RangeError} naming the argument: n1 or n2 not above 1, alpha outside (0, 1), effectSize not finite
 *
 * Source: Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2; noncentral t.
 */
export const tTestPower = ({ effectSize, n1, n2, alpha, alternative = 'two-sided' }: TTest): number => {
  requireFinite('effectSize', effectSize)
  requireOpenUnit('alpha', alpha)
  for (const [name, n] of [['n1', n1], ['n2', n2]] as const) {
    if (!(n > 1 && n < Infinity)) throw new RangeError(`${name} must be a finite number above 1, got ${n}`)
  }
  const degrees = n1 + n2 - 2
  const noncentrality = effectSize * Math.sqrt((n1 * n2) / (n1 + n2))
  const critical = studentUpperQuantile(alternative === 'two-sided' ? alpha / 2 : alpha, degrees)
  const above = noncentralTSurvival(critical, degrees, noncentrality)
  const below = noncentralTCdf(-critical, degrees, noncentrality)
  if (alternative === 'greater') return above
  return alternative === 'less' ? below : above + below
}

/**
 * Units each of two equal arms needs so that the t test finds an effect with the wanted chance.
 *
 * @param design effectSize not 0; `power` in (0, 1), .8 unless told
 * @returns the smallest integer of at least 2
 * @throws {RangeError} outside these domains, or when more than 1e9 units would be needed
 */
export const tTestUnits = (
  { effectSize, alpha, power = 0.8, sides = 2 }: { effectSize: number; alpha: number; power?: number; sides?: 1 | 2 },
): number => {
  const rough = unitsPerArm({ varianceA: 1, varianceB: 1, effect: effectSize, alpha, power, sides })
  if (!(rough <= 1e9)) throw new RangeError(`effectSize must need at most 1e9 units, got ${effectSize}`)
  const alternative = sides === 2 ? 'two-sided' : 'greater'
  const found = (n: number): boolean =>
    tTestPower({ effectSize: Math.abs(effectSize), n1: n, n2: n, alpha, alternative }) >= power
  // the t test needs about z²/4 more than the z test, a few units at most for usual levels
  let n = Math.max(2, Math.floor(rough))
  while (n > 2 && found(n - 1)) n--
  while (!found(n)) n++
  return n
}

import { type FixedEstimate, welchDegrees } from '../fixed/welch.ts'
import type { Adjusted } from './adjust.ts'

/**
 * What a Welch test at the planned end takes: the adjusted difference or lift, with the degrees of freedom of the
 * adjusted arms. For one regime.
 *
 * @returns null while an arm's variance is not known or 0, or (relative) the control is 0
 */
export const welchAdjusted = (
  { a, b, adjusted, difference, relative }: Adjusted, scale: 'absolute' | 'relative' = 'absolute',
): FixedEstimate | null => {
  const effect = scale === 'absolute' ? difference : relative
  if (!a || !b || !adjusted || !effect || effect.variance === null || !(effect.variance > 0)) return null
  const degrees = welchDegrees({ ...adjusted.a, n: a.units }, { ...adjusted.b, n: b.units })
  return degrees === null ? null : { estimate: effect.estimate, se: Math.sqrt(effect.variance), degrees }
}

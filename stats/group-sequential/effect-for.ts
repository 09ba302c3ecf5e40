import { normalQuantile } from '../special/index.ts'
import { zeroBetween } from '../zero.ts'

/**
 * The effect at which a chance that grows with it reaches what is wanted. On the scale of normal quantiles such a curve
 * is nearly straight, so the secant method needs three or four looks at it; where that fails, bisection does not.
 *
 * @param chanceAt  increasing in the effect; below `wanted` at 0
 * @param wanted    in (0, 1)
 * @param guess     above 0
 * @param tolerance of the effect
 * @throws {RangeError} when no effect up to 10⁴ has the chance
 */
export const effectFor = (
  chanceAt: (effect: number) => number, wanted: number, guess: number, tolerance = 1e-10,
): number => {
  const target = normalQuantile(wanted)
  const excess = (effect: number): number => {
    const chance = chanceAt(effect)
    return chance > 1e-12 && chance < 1 - 1e-12 ? normalQuantile(chance) - target : Number.NaN
  }
  let [before, atBefore] = [guess, excess(guess)]
  let here = before - atBefore
  for (let step = 0; step < 12 && here > 0; step++) {
    const atHere = excess(here)
    const next = here - (atHere * (here - before)) / (atHere - atBefore)
    if (atHere === 0 || Math.abs(next - here) < tolerance) return atHere === 0 ? here : next
    if (Number.isNaN(next)) break
    ;[before, atBefore, here] = [here, atHere, next]
  }
  return bisected((effect) => chanceAt(effect) - wanted, guess, tolerance)
}

const bisected = (missing: (effect: number) => number, guess: number, tolerance: number): number => {
  let most = guess
  while (missing(most) < 0) {
    most *= 2
    if (most > 1e4) throw new RangeError('no effect is found with this chance: looks must have a boundary above')
  }
  return zeroBetween(missing, 0, most, tolerance)
}

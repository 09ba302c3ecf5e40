import { requireFinite } from '../check.ts'
import { normalLogCdf } from '../special/index.ts'
import { zeroBetween } from '../zero.ts'
import { type Schedule, scheduleAt } from './schedule.ts'

/** Levels below this are not told apart. */
const LEAST = 1e-300

/**
 * Repeated p-value at the last look: the smallest level whose schedule, with looks at the same times, would stop here.
 * It is at most alpha exactly when this look crosses its boundary, and holds at whichever look the test is read. Its
 * companion is the repeated confidence interval, estimate ± boundary × standard error.
 *
 * @param schedule with at least one look
 * @param zScore   at the last look; one-sided schedules look at large ones, two-sided ones at |z|
 * @returns in [1e-300, 1]; 1 when not even a level near 1 would stop, or when everything was spent at an earlier look
 * @throws {RangeError} without looks, or when zScore is not finite
 *
 * Source: Jennison and Turnbull (1989), "Interim analyses: the repeated confidence interval approach", JRSS B 51(3).
 */
export const repeatedP = (schedule: Schedule, zScore: number): number => {
  requireFinite('zScore', zScore)
  const times = schedule.looks.map(({ information }) => information)
  if (times.length === 0) throw new RangeError('schedule must have at least one look')
  const score = schedule.sides === 2 ? Math.abs(zScore) : zScore
  const boundaryAt = (logAlpha: number): number => {
    const { looks } = scheduleAt({ ...schedule, alpha: Math.exp(logAlpha) }, times)
    return looks.at(-1)?.boundary ?? Infinity
  }
  const short = (logAlpha: number): number => Math.min(1e6, boundaryAt(logAlpha)) - score
  const [least, most] = [Math.log(LEAST), Math.log(0.999)]
  // the level that this look alone would need is never enough where other looks spend, too; from there it is not far
  let low = Math.min(most, Math.max(least, normalLogCdf(-score)))
  if (short(low) <= 0) return low > least ? Math.exp(low) : LEAST
  for (let step = 0.5; ; step *= 2) {
    const high = Math.min(most, low + step)
    if (short(high) <= 0) return Math.exp(zeroBetween(short, low, high, 1e-9))
    if (high === most) return 1
    low = high
  }
}

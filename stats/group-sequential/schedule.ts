import { requireOpenUnit } from '../check.ts'
import { normalQuantileLog } from '../special/index.ts'
import type { Look } from './exits.ts'
import { logSpent, type Spending } from './spending.ts'
import { advance, type Cloud, chanceAbove, origin, REACH } from './walk.ts'

/** A look that was taken: the z statistic stops at or beyond `boundary` (two-sided: or at or below its negative). */
export type TakenLook = {
  /** Fraction of the planned information; above 1 after an overrun. */
  information: number
  /** In standard errors; null when nothing was left to spend, so that this look can not stop. */
  boundary: number | null
  /** Level spent up to and with this look, over both sides. */
  spent: number
}

/**
 * A spending schedule with the looks so far. Plain JSON: store it, and add looks as they come, at any times. Alpha and
 * the spending function are frozen at the start; boundaries of past looks are never computed again.
 */
export type Schedule = {
  /** Chance of a false stop over all looks, in (0, 1); two-sided: half of it on each side. */
  alpha: number
  sides: 1 | 2
  spending: Spending
  looks: TakenLook[]
}

/** Looks nearer to each other than this are one. */
export const SAME_LOOK = 1e-5

/** Below e^−600 the paths that stopped before no longer matter; the boundary is then beyond 34 standard errors. */
const NEGLIGIBLE = -600

/** A schedule without looks. @throws {RangeError} when alpha lies outside (0, 1) or the spending is not defined */
export const newSchedule = ({ alpha, sides = 2, spending = { kind: 'obrien-fleming' } }: {
  alpha: number
  sides?: 1 | 2
  spending?: Spending
}): Schedule => {
  requireOpenUnit('alpha', alpha)
  logSpent(spending, alpha / sides, 1)
  return { alpha, sides, spending, looks: [] }
}

/**
 * Take one more look.
 *
 * @param schedule    not changed
 * @param information fraction of the planned information so far, above 0; at 1 and beyond everything left is spent. Not
 *                    before the last look; one within 1e-5 of it is the same look, and changes nothing
 * @returns the schedule with the look at its end; boundaries are good to 1e-9
 * @throws {RangeError} when information is not above 0 or before the last look
 *
 * Source: Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials", Biometrika 70(3).
 */
export const addLook = (schedule: Schedule, information: number): Schedule => {
  const last = schedule.looks.at(-1)
  const before = last?.information ?? 0
  if (!(information > 0 && information < Infinity)) {
    throw new RangeError(`information must be a finite number above 0, got ${information}`)
  }
  if (information < before - SAME_LOOK) {
    throw new RangeError(`information must not shrink, got ${information} after ${before}`)
  }
  if (last && information < before + SAME_LOOK) return schedule
  const side = schedule.alpha / schedule.sides
  const [already, now] = [before, information].map((at) => logSpent(schedule.spending, side, at)) as [number, number]
  const logTarget = now + Math.log(-Math.expm1(already - now))
  const look: TakenLook = {
    information,
    boundary: boundaryFor(schedule, information, logTarget),
    spent: Math.exp(now) * schedule.sides,
  }
  return { ...schedule, looks: [...schedule.looks, look] }
}

/** All looks of a plan at once. Times ascend. */
export const scheduleAt = (design: Parameters<typeof newSchedule>[0], times: readonly number[]): Schedule =>
  times.reduce(addLook, newSchedule(design))

/** Looks with both boundaries, as `exitProbabilities` takes them. */
export const looksOf = ({ looks, sides }: Pick<Schedule, 'looks' | 'sides'>): Look[] =>
  looks.map(({ information, boundary }) => ({
    information,
    upper: boundary,
    lower: sides === 1 || boundary === null ? null : -boundary,
  }))

const boundaryFor = (schedule: Schedule, information: number, logTarget: number): number | null => {
  if (!(logTarget > -Infinity)) return null
  // stopping here at all is at least as likely as stopping here first, so the root lies below this
  const marginal = -quantile(logTarget)
  if (logTarget < NEGLIGIBLE || schedule.looks.length === 0) return marginal
  const { cloud, gap } = survivors(schedule, information, Math.max(REACH, marginal + 3))
  const root = Math.sqrt(information)
  // and below this: 37 deviations of the increment above the highest survivor, the chance has left the doubles
  const highest = ((cloud.points.at(-1) ?? 0) + 37 * Math.sqrt(gap)) / root
  return solve(cloud, gap, root, logTarget, Math.min(marginal, highest))
}

const quantile = (logTail: number): number =>
  logTail <= -Math.LN2 ? normalQuantileLog(logTail) : -normalQuantileLog(Math.log(-Math.expm1(logTail)))

/** What is still inside after the looks so far, under the null hypothesis. */
const survivors = ({ looks, sides }: Schedule, information: number, reach: number): { cloud: Cloud; gap: number } => {
  let [cloud, before] = [origin, 0]
  for (const [index, look] of looks.entries()) {
    const root = Math.sqrt(look.information)
    const end = Math.min(look.boundary ?? Infinity, reach) * root
    cloud = advance(cloud, {
      gap: look.information - before,
      nextGap: (looks[index + 1]?.information ?? information) - look.information,
      drift: 0, reach,
      lower: sides === 2 ? -end : -reach * root,
      upper: end,
    })
    before = look.information
  }
  return { cloud, gap: information - before }
}

/** Newton's method from above on the logarithm, which is concave in the boundary: it never overshoots. */
const solve = (cloud: Cloud, gap: number, root: number, logTarget: number, start: number): number | null => {
  let boundary = start
  for (let step = 0; step < 60; step++) {
    const { chance, density } = chanceAbove(cloud, gap, 0, boundary * root)
    // nobody is left who could stop here
    if (!(chance > 0)) return null
    const change = (Math.log(chance) - logTarget) / ((density * root) / chance)
    boundary += change
    if (Math.abs(change) < 1e-13 * Math.max(1, Math.abs(boundary))) break
  }
  return boundary
}

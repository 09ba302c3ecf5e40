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
export const addLook = (schedule: Schedule, information: number): Schedule => addLooks(schedule, [information])

/**
 * Take several looks, in one pass.
 *
 * @param times ascending, none before the last look; otherwise as in `addLook`
 * @throws {RangeError} as `addLook`
 */
export const addLooks = (schedule: Schedule, times: readonly number[]): Schedule => {
  const added = newTimes(schedule.looks.at(-1)?.information ?? null, times)
  if (added.length === 0) return schedule
  const targets = targetsOf(schedule, added)
  const looks = [...schedule.looks]
  for (const [index, boundary] of boundariesOf(schedule, targets).entries()) {
    const { information, logSpent: total } = targets[index]!
    looks.push({ information, boundary, spent: Math.exp(total) * schedule.sides })
  }
  return { ...schedule, looks }
}

/** All looks of a plan at once. Times ascend. */
export const scheduleAt = (design: Parameters<typeof newSchedule>[0], times: readonly number[]): Schedule =>
  addLooks(newSchedule(design), times)

/** Looks with both boundaries, as `exitProbabilities` takes them. */
export const looksOf = ({ looks, sides }: Pick<Schedule, 'looks' | 'sides'>): Look[] =>
  looks.map(({ information, boundary }) => ({
    information,
    upper: boundary,
    lower: sides === 1 || boundary === null ? null : -boundary,
  }))

/** The times that are looks of their own. */
const newTimes = (last: number | null, times: readonly number[]): number[] => {
  const added: number[] = []
  for (const information of times) {
    const before = added.at(-1) ?? last
    if (!(information > 0 && information < Infinity)) {
      throw new RangeError(`information must be a finite number above 0, got ${information}`)
    }
    if (before !== null && information < before - SAME_LOOK) {
      throw new RangeError(`information must not shrink, got ${information} after ${before}`)
    }
    if (before === null || information >= before + SAME_LOOK) added.push(information)
  }
  return added
}

/** What a look may spend on a side (log), and its boundary if nobody had stopped before: an upper bound. */
type Target = { information: number; logSpent: number; logTarget: number; marginal: number }

const targetsOf = ({ alpha, sides, spending, looks }: Schedule, times: readonly number[]): Target[] => {
  let before = logSpent(spending, alpha / sides, looks.at(-1)?.information ?? 0)
  return times.map((information) => {
    const total = logSpent(spending, alpha / sides, information)
    const logTarget = total + Math.log(-Math.expm1(before - total))
    before = total
    return { information, logSpent: total, logTarget, marginal: -quantile(logTarget) }
  })
}

const quantile = (logTail: number): number =>
  logTail <= -Math.LN2 ? normalQuantileLog(logTail) : -normalQuantileLog(Math.log(-Math.expm1(logTail)))

/** Boundaries of new looks, one after the other, behind those that were taken. */
const boundariesOf = ({ looks, sides }: Schedule, targets: readonly Target[]): (number | null)[] => {
  const times = [...looks, ...targets].map(({ information }) => information)
  const solved = targets.filter(({ logTarget }) => logTarget >= NEGLIGIBLE)
  const reach = Math.max(REACH, ...solved.map(({ marginal }) => marginal + 3))
  const boundaries = looks.map(({ boundary }) => boundary)
  let [cloud, before] = [origin, 0]
  for (const [index, information] of times.entries()) {
    const [gap, root] = [information - before, Math.sqrt(information)]
    const target = targets[index - looks.length]
    if (target) boundaries.push(boundaryFor(cloud, gap, target))
    const next = times[index + 1]
    if (next === undefined) break
    const end = Math.min(boundaries[index] ?? Infinity, reach) * root
    const lower = sides === 2 ? -end : -reach * root
    cloud = advance(cloud, { gap, nextGap: next - information, drift: 0, reach, lower, upper: end })
    before = information
  }
  return boundaries.slice(looks.length)
}

const boundaryFor = (cloud: Cloud, gap: number, { information, logTarget, marginal }: Target): number | null => {
  if (!(logTarget > -Infinity)) return null
  // the first look, or one so early that nobody can have stopped before
  if (logTarget < NEGLIGIBLE || cloud === origin) return marginal
  const root = Math.sqrt(information)
  // 37 deviations of the increment above the highest survivor, the chance has left the doubles
  const highest = ((cloud.points.at(-1) ?? 0) + 37 * Math.sqrt(gap)) / root
  return solve(cloud, gap, root, logTarget, Math.min(marginal, highest))
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

import { requireCount } from '../check.ts'

/** What days beyond the planned ones may spend together. */
const AFTERWARDS = 0.1

/** 1/(1·2) + 1/(2·3) + … = 1: a series without end that spends no more than there is. */
const partOf = (index: number): number => 1 / (index * (index + 1))

/**
 * The part of a share that is spent on one day, where each day is a test of its own: the planned days have nine tenths of
 * it in equal parts, and the rest is for those that nobody planned (a bake, or a person who has not decided yet), less on
 * each. Over all days that can ever come that is the share, no more.
 *
 * @param day     0 for the first day
 * @param planned days that are planned, at least 1
 * @returns above 0, at most 1
 * @throws {RangeError} when a number is no count in its domain
 */
export const dayPart = (day: number, planned: number): number => {
  requireCount('day', day)
  requireCount('planned', planned, 1)
  return day < planned ? (1 - AFTERWARDS) / planned : AFTERWARDS * partOf(day - planned + 1)
}

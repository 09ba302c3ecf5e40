import { requireCount, requireOpenUnit } from '../check.ts'

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

/**
 * What a scope may spend of a stage's share, where a stage begins anew whenever units are moved: `first` is the first
 * scope's part, and those after it have `later` together, less each time, however many there will be.
 */
export type ScopeParts = { first: number; later: number }

/**
 * @param reopened how often the stage began anew before; 0 for its first scope
 * @returns above 0; over all scopes that can ever come `first + later`
 * @throws {RangeError} when `reopened` is no count
 */
export const scopePart = (reopened: number, { first, later }: ScopeParts): number => {
  requireCount('reopened', reopened)
  return reopened === 0 ? first : later * partOf(reopened)
}

/** A stretch of windows in which several must be broken, each at its own level, before anything is done. */
export const WINDOWS = 5
export const BROKEN_WINDOWS = 3
/** Ways to choose the two later ones among the four that follow the first of three. */
const LATER_PAIRS = 6

/**
 * Level of one window's test, where harm is shown by 3 of 5 windows in a row that reject: γᵢ = ∛(α·sᵢ/6) with sᵢ = 1/(i(i+1)).
 *
 * Three windows i < j < k of five in a row all reject with a chance of at most γᵢγⱼγₖ: each is a test of units of its own,
 * which holds its level whatever happened before. Levels fall, so that is at most γᵢ³, and of the four windows after the
 * i-th 4·3/2 = 6 pairs complete it. So P(ever 3 of 5) ≤ Σ 6γᵢ³ = Σ α·sᵢ = α, over windows without end.
 *
 * @param alpha  the chance that three of five ever reject though none should, in (0, 1)
 * @param window 1 for the first
 * @throws {RangeError} outside these domains
 *
 * Source: union and chain rule, as derived here.
 */
export const windowLevel = (alpha: number, window: number): number => {
  requireOpenUnit('alpha', alpha)
  requireCount('window', window, 1)
  return Math.cbrt((alpha * partOf(window)) / LATER_PAIRS)
}

import { chancesAt, compileContext, sharesAt } from '../../assign/context.ts'
import type { Context, ContextArm, ContextRule } from '../../assign/snapshot.ts'
import type { Standing } from '../../../stats/index.ts'
import type { ContextualBelief } from './belief.ts'

/** Everything that the next rule follows from, as plain JSON: kept with the decision, so that it can be replayed. */
export type ContextualInputs = {
  algorithm: 'contextual'
  belief: ContextualBelief
  context: Context
  floor: number
  cap: number
  /** How much more the chances count with each move. */
  maxStep: number
  /** How often the rule has moved. */
  moves: number
  /** By variant ordinal; closed for arms that are not live. */
  standings: Standing[]
  /** Features of the units that stand for all. */
  contexts: readonly (readonly number[])[]
}

/** `weights`: what part of those units each arm gets, by variant ordinal; `probability` by place in `belief.arms`. */
export type ContextualAllocated = { weights: number[]; probability: number[]; context: ContextRule }

const mean = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length)

/**
 * By what a contextual bandit draws next. Nothing is drawn here: the same inputs give the same digits.
 *
 * @returns null when no arm may receive anything
 */
export const allocateContextual = (inputs: ContextualInputs): ContextualAllocated | null => {
  const { belief, context, floor, cap, maxStep, standings, contexts } = inputs
  const moves = inputs.moves + 1
  const arms = belief.posteriors.flatMap((posterior, place): ContextArm[] => {
    const variant = belief.arms[place] ?? -1
    const standing = standings[variant] ?? 'closed'
    return standing === 'closed' ? [] : [{ variant, held: standing === 'held', ...posterior }]
  })
  const rule: ContextRule = { floor, cap, trust: Math.min(1, maxStep * moves), moves, arms }
  const receiving = standings.flatMap((standing, ordinal) => (standing === 'closed' ? [] : [{ key: String(ordinal), weight: 1, ordinal }]))
  if (receiving.length === 0) return null
  const compiled = compileContext(context, rule, receiving)
  const shares = mean(contexts.map((features) => sharesAt(compiled, features)))
  const sum = shares.reduce((total, share) => total + share, 0)
  const all = belief.posteriors.map((posterior, place): ContextArm => ({ variant: belief.arms[place] ?? -1, held: false, ...posterior }))
  return {
    weights: standings.map((_, ordinal) => (shares[compiled.arms.ordinals.indexOf(ordinal)] ?? 0) / sum),
    probability: mean(contexts.map((features) => chancesAt(all, features))),
    context: rule,
  }
}

import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { VariantBreaker, VariantState } from '../define/definitions.ts'
import { bakeOf } from '../analyze/bake.ts'
import { type Calls, callsSince, type Slot } from './calls.ts'

/** What one look at the breakers of an experiment sees. */
export type BreakerLook = {
  experiment: ExperimentFacts
  /** The last minute. */
  slots: readonly Slot[]
  now: Date
  /** Versions that may stand in for the control, in the order in which they are tried. */
  fallbacks: readonly string[]
}

/** The state of a variant's breaker as it matters now: whoever is served as usual is closed. */
export const stateOf = ({ status, breaker }: VariantState): VariantBreaker['state'] =>
  status === 'quarantined' ? (breaker?.state ?? 'open') : 'closed'

/** From when on calls tell of a variant's present state, milliseconds. */
export const sinceOf = ({ breaker }: VariantState): number => (breaker ? Date.parse(breaker.since) : -Infinity)

export const controlOf = ({ experiment: { variants } }: BreakerLook): number => Math.max(0, variants.findIndex(({ control }) => control))

/** Does a variant serve anybody? In a bake the control and the winner do, whatever is still reported of others. */
export const servesNow = ({ experiment }: BreakerLook, arm: number): boolean => {
  const bake = bakeOf(experiment)
  return bake === null || arm === bake.control || arm === bake.winner
}

/** The calls of a variant in its present state. */
export const seenOf = ({ experiment: { variants }, slots }: BreakerLook, arm: number): Calls => {
  const variant = variants[arm]
  return variant ? callsSince(slots, arm, sinceOf(variant)) : { calls: 0, errors: 0 }
}

/** The control's calls of the same time. */
export const meanwhileOf = (look: BreakerLook, arm: number): Calls => {
  const { variants } = look.experiment
  const control = controlOf(look)
  const since = Math.max(...[arm, control].map((one) => (variants[one] ? sinceOf(variants[one]) : -Infinity)))
  return callsSince(look.slots, control, since)
}

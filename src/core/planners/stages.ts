import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { coverageAt, type Gate, gatesHere, nextPosition, noProgress, type Position, positionOf, positionWords, stepAt } from '../decide/position.ts'
import { enteredNext } from '../decide/stage-checks.ts'
import { isDrawn } from '../analyze/weights.ts'
import type { Refusal, Wish } from '../decide/wish.ts'
import { conflict, type Planner, refuseLocked, refuseShut, refuseUnready } from './planner.ts'
import { reallocated } from './traffic.ts'

/** The version of a candidate in the race that may not become champion: neither may it get more traffic. */
const lockedIn = ({ variants }: ExperimentFacts, locked: readonly { version: string }[]): string | undefined =>
  variants.find((one) => !one.control && isDrawn(one) && locked.some(({ version }) => version === one.version))?.version

const racingIn = ({ variants }: ExperimentFacts): string[] => variants.filter((one) => !one.control && isDrawn(one)).map(({ key }) => key)

/**
 * The next step in the same scope: every unit that is enrolled keeps its variant and stays; or the next stage, in a
 * scope of its own.
 */
export const ramp: Planner = (experiment, wish, context) => {
  const { definition, variants } = experiment
  const here = positionOf(experiment)
  const position = nextPosition(definition, here)
  if (!position) return conflict('ramp: no step or stage is left; promote ends it')
  const refused = refuseLocked(wish, lockedIn(experiment, context.locks ?? []), context)
    ?? refuseUnready(experiment, wish, context, racingIn(experiment), enteredNext(experiment)) ?? refuseShut(wish, gatesHere(experiment))
  if (refused) return refused
  const stays = position.stage === here.stage
  const { stage, step } = position
  const progress = { ...(experiment.progress ?? noProgress), step }
  // a stage of its own begins with its own weights, not with those that an earlier bandit came to
  const there = { ...experiment, stage, progress, ...(!stays && { weights: null }) }
  const { next, variants: standing } = reallocated(there, variants, stays ? 'same' : 'new')
  const at = (one: Position) => ({ ...one, coverage: coverageAt(definition, one), words: positionWords(definition, one) })
  return { position, ...(standing && { variants: standing }), ...(next && { next }), told: { ramp: { from: at(here), to: at(position) } } }
}

/** Which gate somebody speaks of: the one before what comes next; the second of two by its name. */
const spokenOf = (experiment: ExperimentFacts, { action, gate }: Wish): Gate | Refusal => {
  const gates = gatesHere(experiment)
  if (gate === undefined) return gates[0] ?? conflict(`${action}: no gate stands before what comes next`)
  const found = gates.find(({ name }) => name === gate)
  const names = gates.map(({ name }) => name).join(', ')
  return found ?? { refused: 'invalid_definition', path: 'gate', message: `no gate "${gate}" stands before what comes next${names === '' ? '' : `; ${names} does`}` }
}

/** A gate is opened, or shut until somebody opens it; traffic does not change by that. */
export const sayOfGate = (said: 'approved' | 'rejected'): Planner => (experiment, wish) => {
  const gate = spokenOf(experiment, wish)
  if ('refused' in gate) return gate
  const { key, name, position, state } = gate
  if (state === said) return conflict(`${wish.action}: the gate "${name}" is ${said} already`)
  const words = stepAt(experiment.definition, position) ? positionWords(experiment.definition, position) : 'the switch'
  // what was seen so far still counts
  return { looks: experiment.looks, gates: { ...experiment.progress?.gates, [key]: said }, told: { gate: { name, before: state, of: words } } }
}

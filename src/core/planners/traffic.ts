import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { bakeTraffic } from '../analyze/bake.ts'
import { banditOf } from '../define/bandit-stage.ts'
import type { VariantState } from '../define/definitions.ts'
import { atSwitch, inShadow, plannedBake, positionOf } from '../decide/position.ts'
import { beforeStandby, controlOnly, drawsOf, inForce, isDrawn, noStandbyWords, standbyOf, type Traffic, trafficOf } from '../analyze/weights.ts'
import { candidate, conflict, type Planner, refuseLocked, refuseUnready, type Step } from './planner.ts'
import type { Wish } from '../decide/wish.ts'

/**
 * Units move with a change of traffic, so their exposures begin anew; but not where the control has
 * them all, nor those of a bandit: each keeps the variant that it first got (or is a unit only once), and those of a variant that is taken out are no longer analysed.
 */
const scopeAfter = (experiment: ExperimentFacts): 'same' | 'new' => {
  const keeps = banditOf(experiment) !== null || atSwitch(experiment) || inShadow(experiment)
  return keeps ? 'same' : 'new'
}

/** The weights with which units are drawn: as the stage says, with these variants, where a bandit goes on from its own; or as a bake does. */
const drawnBy = (experiment: ExperimentFacts, variants: VariantState[]): Traffic => {
  const { definition, state, weights, variants: before, winner } = experiment
  const bake = plannedBake(definition)
  if (state === 'baking' && bake && winner !== null) return bakeTraffic(variants, winner, bake)
  return trafficOf(definition, positionOf(experiment), variants, weights && drawsOf(before, weights))
}

/** The same stage with these variants, in force. */
export const reallocated = (experiment: ExperimentFacts, variants: VariantState[], scope = scopeAfter(experiment)): Step => {
  const { definition, state } = experiment
  const traffic = drawnBy(experiment, variants)
  const toControl = state === 'paused' && definition.policy.onPause === 'control'
  const { variants: standing, weights: given } = inForce(variants, toControl ? controlOnly(variants) : traffic.weights)
  return { variants: standing, next: { cause: 'action', scope, coverage: traffic.coverage, weights: given } }
}

/** Breakers turned: every unit keeps its variant, and is analysed where it gets it, so the scope goes on. */
export const turnBreakers: Planner = (experiment, { action, variants }) =>
  variants ? reallocated(experiment, variants, 'same') : conflict(`${action}: only the engine does that`)

/** Fewer or more units come in, of all arms alike: nobody changes arm, the scope goes on, and so does what rules remember. */
export const throttle: Planner = (experiment, { throttle: cut }) =>
  cut ? { ...reallocated(experiment, experiment.variants, 'same'), looks: experiment.looks, throttle: cut.to, told: cut } : conflict('throttle: only the engine does that')

const withStatus = ({ variants }: ExperimentFacts, key: string, status: VariantState['status']): VariantState[] =>
  variants.map((variant) => (variant.key === key ? { ...variant, status } : variant))

export const pause: Planner = (experiment) => {
  const { definition, variants } = experiment
  if (definition.policy.onPause === 'keep') return { state: 'paused' }
  const { coverage } = trafficOf(definition, positionOf(experiment), variants)
  const { variants: standing, weights } = inForce(variants, controlOnly(variants))
  return { state: 'paused', variants: standing, next: { cause: 'action', scope: scopeAfter(experiment), coverage, weights } }
}

export const resume: Planner = (experiment) =>
  experiment.definition.policy.onPause === 'keep'
    ? { state: 'running' }
    : { ...reallocated({ ...experiment, state: 'running', weights: null }, experiment.variants), state: 'running' }

/** A person says that a quarantined variant is well: its breaker begins anew, and looks at nothing that was before its time was over. Nothing stands in for it any more. */
const letIn = ({ key, version, control, breaker }: VariantState, epoch: number): VariantState => ({
  key, version, control, status: 'live',
  ...(breaker && { breaker: { state: 'closed', since: breaker.until ?? breaker.since, opened: [], series: breaker.series + 1, from: epoch } }),
})

export const enable: Planner = (experiment, wish, context) => {
  const control = experiment.variants.find((one) => one.control && one.status === 'quarantined' && one.key === wish.variant)
  const variant = control ?? candidate(experiment, wish)
  if ('refused' in variant) return variant
  const { key, status } = variant
  if (status === 'quarantined') return reallocated(experiment, experiment.variants.map((one) => (one.key === key ? letIn(one, experiment.epoch + 1) : one)), 'same')
  if (experiment.state === 'baking') return conflict(`enable: "${key}" is ${status}; in a bake only a quarantined variant comes back`)
  if (status !== 'disabled') return conflict(`enable: "${key}" is ${status}; only a disabled or quarantined variant comes back`)
  // its stage may have begun without it
  return refuseUnready(experiment, wish, context, [], [{ stage: experiment.stage, keys: [key] }]) ?? reallocated(experiment, withStatus(experiment, key, 'live'))
}

export const disable: Planner = (experiment, wish) => {
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (!isDrawn(variant)) return conflict(`disable: "${variant.key}" is ${variant.status} already`)
  return reallocated(experiment, withStatus(experiment, variant.key, 'disabled'))
}

/** What a rule has shown to do harm: a loser is only worse, and of what a person stops nobody but them knows why. */
const harmed = ({ rule = 'manual' }: Wish): boolean => rule !== 'manual' && rule !== 'loser'

/** The last candidate's death ends the experiment; the champion serves. What did harm is locked, but for what others serve as well. */
export const kill: Planner = (experiment, wish) => {
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  const { key, version } = variant
  if (variant.status === 'killed') return conflict(`kill: "${key}" is killed already`)
  const variants = withStatus(experiment, key, 'killed')
  const survives = variants.some(({ control, status }) => !control && status !== 'killed')
  const lock = harmed(wish) && !variants.some((one) => one.version === version && one.status !== 'killed') ? [version] : []
  return { ...(survives ? reallocated(experiment, variants) : { state: 'killed', variants }), ...(lock.length > 0 && { lock, told: { locked: lock } }) }
}

/** Every candidate with traffic is killed, its version locked, and the one that waited gets what they had. A person may name one of those, but need not. */
export const rollThrough: Planner = (experiment, wish, context) => {
  const { definition, stage, variants } = experiment
  const named = wish.variant ? candidate(experiment, wish) : null
  if (named && 'refused' in named) return named
  const standby = variants[standbyOf(definition, stage, variants) ?? -1]
  if (!standby) return conflict(`roll-through: ${noStandbyWords(definition, stage, variants)}`)
  const locked = refuseLocked(wish, standby.version, context)
  if (locked) return locked
  const stopped = beforeStandby(variants, standby.key)
  if (stopped.length === 0) return conflict(`roll-through: no candidate has traffic that "${standby.key}" could get`)
  if (named && !stopped.includes(named)) return conflict(`roll-through: "${named.key}" has no traffic to hand on`)
  const serving = new Set(variants.filter((one) => one.control || one === standby).map(({ version }) => version))
  const lock = [...new Set(stopped.map(({ version }) => version))].filter((version) => !serving.has(version))
  const after = variants.map((one) => (stopped.includes(one) ? { ...one, status: 'killed' as const } : one))
  return { ...reallocated(experiment, after), lock, told: { locked: lock, next: standby.key } }
}

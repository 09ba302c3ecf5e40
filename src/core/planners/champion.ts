import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { bakeTraffic, championChanged } from '../analyze/bake.ts'
import type { VariantState } from '../define/definitions.ts'
import type { Context, Refusal, Wish } from '../decide/wish.ts'
import { gatesAhead, plannedBake, positionOf } from '../decide/position.ts'
import { enteredBy } from '../decide/stage-checks.ts'
import { alarmingIn, refrozen } from '../drift/drifts.ts'
import { controlOnly, inForce, trafficOf } from '../analyze/weights.ts'
import { firstHealthy } from '../breaker/stand-in.ts'
import { candidate, conflict, type Planner, refuseLocked, refuseShut, refuseUnready, type Step, trusted } from './planner.ts'

/** With a bake the winner serves at once, but for what the control keeps; promoting once more, without a name, ends the bake. */
export const promote: Planner = (experiment, wish, context) => {
  const { champion } = context
  if (experiment.state === 'baking') return confirmed(experiment, wish, context)
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (variant.status !== 'live') return conflict(`promote: "${variant.key}" is ${variant.status}; only a live variant can win`)
  const refused = refuseLocked(wish, variant.version, context)
    ?? refuseUnready(experiment, wish, context, [variant.key], enteredBy(experiment, variant.key)) ?? refuseShut(wish, gatesAhead(experiment))
  if (refused) return refused
  const won = { winner: variant.key, champion: variant.version, championBefore: champion }
  const bake = plannedBake(experiment.definition)
  if (!bake) return { state: 'promoted', ...won }
  const { coverage, weights } = bakeTraffic(experiment.variants, variant.key, bake)
  const given = inForce(experiment.variants.map(trusted), weights)
  return { state: 'baking', ...won, variants: given.variants, next: { cause: 'action', scope: 'new', kind: 'bake', coverage, weights: given.weights } }
}

const winnerOf = ({ variants, winner }: ExperimentFacts): string | null => variants.find(({ key }) => key === winner)?.version ?? null

const statusOf = ({ variants, winner }: ExperimentFacts): VariantState['status'] | undefined => variants.find(({ key }) => key === winner)?.status

/** A request that is sent again must not end the bake that it began: that one named a variant. */
const confirmed = (experiment: ExperimentFacts, { variant, mode = 'manual' }: Wish, { champion }: Context): Step | Refusal => {
  const { winner } = experiment
  if (variant && variant !== winner) return conflict(`promote: "${winner}" was promoted and bakes; roll back before another one wins`)
  if (variant && mode === 'manual') return conflict(`promote: "${variant}" was promoted already and bakes; to end its bake early, name no variant`)
  if (statusOf(experiment) === 'quarantined') return conflict(`promote: "${winner}" is quarantined; only a live variant can win`)
  return champion === winnerOf(experiment) ? { state: 'promoted' } : conflict(`promote: ${movedWords(experiment, champion)}; roll back`)
}

const movedWords = (experiment: ExperimentFacts, champion: string | null): string =>
  `the champion is ${champion ?? 'none'} by now, not the promoted ${winnerOf(experiment) ?? 'none'}`

/** The versions that a rollback puts out of service: of the variant it names, else of all that were still in the race. */
const rolledBack = (experiment: ExperimentFacts, wish: Wish): string[] | Refusal => {
  const named = wish.variant ? candidate(experiment, wish) : null
  if (named && 'refused' in named) return named
  const { variants } = experiment
  const serving = variants.find(({ control }) => control)?.version
  const stopped = named ? [named] : variants.filter(({ control, status }) => !control && status !== 'killed')
  return [...new Set(stopped.map(({ version }) => version))].filter((version) => version !== serving)
}

export const rollback: Planner = (experiment, wish, context) => {
  const { state } = experiment
  if (state === 'promoted' || state === 'baking') {
    const step = undone(experiment, wish, context)
    return 'refused' in step ? step : { ...step, state: 'rolled_back' }
  }
  const lock = rolledBack(experiment, wish)
  if ('refused' in lock) return lock
  const { champion } = context
  const instead = champion !== null && isFailing(experiment, champion) ? standInFor(experiment, champion, lock, context) : null
  const step: Step = { state: 'rolled_back', lock, told: { locked: lock, ...(instead && { fallback: toldFallback(champion, instead, 'its calls fail') }) } }
  return instead === null ? step : { ...step, champion: instead, championBefore: champion }
}

/** Nobody gets a candidate any more, which is an epoch of its own, and a promotion that was not final is undone. */
export const emergencyStop: Planner = (experiment, wish, context) => {
  const { definition, variants, state } = experiment
  const { coverage } = trafficOf(definition, positionOf(experiment), variants)
  const step = state === 'baking' ? undone(experiment, wish, context) : {}
  return 'refused' in step ? step : { ...step, state: 'killed', next: { cause: 'action', scope: 'same', coverage, weights: controlOnly(variants) } }
}

/** A promotion taken back: the champion before it serves again, unless somebody has made another one champion meanwhile. */
const undone = (experiment: ExperimentFacts, wish: Wish, context: Context): Step | Refusal => {
  const { champion, beforePromotion } = context
  const promoted = winnerOf(experiment)
  const lock = promoted === null || promoted === beforePromotion ? [] : [promoted]
  if (promoted === null || champion !== promoted) {
    // a bake ends all the same; nobody is blamed where that is its only reason
    const locked = wish.rule === championChanged ? [] : lock
    if (experiment.state === 'baking') return { lock: locked, told: { locked, champion } }
    return conflict(`${wish.action}: ${movedWords(experiment, champion)}; roll back the model`)
  }
  if (beforePromotion === null) return conflict(`${wish.action}: there was no champion before this promotion`)
  const locked = refuseLocked(wish, beforePromotion, context)
  const failing = isFailing(experiment, beforePromotion)
  const instead = locked || failing ? standInFor(experiment, beforePromotion, lock, context) : null
  if (instead !== null) {
    const fallback = toldFallback(beforePromotion, instead, locked ? 'it is locked' : 'its calls fail')
    return { champion: instead, championBefore: champion, lock, told: { locked: lock, fallback } }
  }
  if (locked) return locked
  return { champion: beforePromotion, championBefore: champion, lock, told: { locked: lock } }
}

/** Is this what the control serves, and is its breaker open? */
const isFailing = ({ variants }: ExperimentFacts, version: string): boolean =>
  variants.some((one) => one.control && one.version === version && one.status === 'quarantined')

/** The first of the fallbacks that is well: neither locked, nor left behind by this rollback, nor seen to fail. */
const standInFor = ({ variants }: ExperimentFacts, target: string, left: readonly string[], { fallbacks = [], locks = [] }: Context): string | null =>
  firstHealthy(fallbacks, variants, [target, ...left, ...locks.map(({ version }) => version), ...variants.flatMap(({ breaker }) => breaker?.standIn?.failed ?? [])])

const toldFallback = (target: string | null, to: string, why: string): { from: string | null; to: string; why: string } => ({ from: target, to, why })

/**
 * A person has seen why a version was taken out of service: it may become champion again, and the post-mortems that waited
 * for this are signed; those of a kill that locked nothing, too. Of distributions that have moved the values to come are the
 * reference from now on.
 */
export const acknowledge: Planner = ({ key, variants, scope, drift }, { variant }, { locks = [], postMortems = [] }) => {
  const named = variants.filter((one) => !variant || one.key === variant).map(({ version }) => version)
  if (named.length === 0) return { refused: 'invalid_definition', path: 'variant', message: `"${key}" has no variant "${variant}"` }
  const lifted = locks.filter(({ version }) => named.includes(version))
  const left = new Set(locks.flatMap((one) => (lifted.includes(one) ? [] : [one.version])))
  const signed = postMortems.filter(({ experiment, variant: of, locked }) => {
    const own = experiment === key && (!variant || of === variant || of === null)
    return (own || locked.some((version) => named.includes(version))) && !locked.some((version) => left.has(version))
  })
  const moved = drift && drift.scope === scope ? alarmingIn(drift, variants, variant) : []
  if (lifted.length === 0 && signed.length === 0 && moved.length === 0) {
    return conflict(`acknowledge: no version of ${variant ? `"${variant}"` : `"${key}"`} is locked, no post-mortem is open, and nothing has drifted`)
  }
  const sign = signed.map(({ decision }) => decision)
  return {
    unlock: lifted.map(({ version }) => version), ...(sign.length > 0 && { sign }), ...(drift && moved.length > 0 && { drift: refrozen(drift, moved) }),
    told: { acknowledged: lifted, signed: sign, ...(moved.length > 0 && { drift: moved }) },
  }
}

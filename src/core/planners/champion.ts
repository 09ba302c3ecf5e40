import type { ExperimentFacts } from '../analysis-input.ts'
import type { Refusal, Wish } from '../wish.ts'
import { candidate, conflict, type Planner, refuseLocked } from './planner.ts'

export const promote: Planner = (experiment, wish, context) => {
  const { champion } = context
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (variant.status !== 'live') return conflict(`promote: "${variant.key}" is ${variant.status}; only a live variant can win`)
  const locked = refuseLocked(wish, variant.version, context)
  if (locked) return locked
  return { state: 'promoted', winner: variant.key, champion: variant.version, championBefore: champion }
}

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
  const { champion, beforePromotion } = context
  if (experiment.state !== 'promoted') {
    const lock = rolledBack(experiment, wish)
    return 'refused' in lock ? lock : { state: 'rolled_back', lock, told: { locked: lock } }
  }
  const promoted = experiment.variants.find(({ key }) => key === experiment.winner)?.version ?? null
  if (promoted === null || champion !== promoted) {
    return conflict(`rollback: the champion is ${champion ?? 'none'} by now, not the promoted ${promoted ?? 'none'}; roll back the model`)
  }
  if (beforePromotion === null) return conflict('rollback: there was no champion before this promotion')
  const locked = refuseLocked(wish, beforePromotion, context)
  if (locked) return locked
  const lock = promoted === beforePromotion ? [] : [promoted]
  return { state: 'rolled_back', champion: beforePromotion, championBefore: champion, lock, told: { locked: lock } }
}

/** A person has seen why a version was rolled back: it may become champion again. */
export const acknowledge: Planner = ({ key, variants }, { variant }, { locks = [] }) => {
  const named = variants.filter((one) => !variant || one.key === variant).map(({ version }) => version)
  if (named.length === 0) return { refused: 'invalid_definition', path: 'variant', message: `"${key}" has no variant "${variant}"` }
  const lifted = locks.filter(({ version }) => named.includes(version))
  if (lifted.length === 0) return conflict(`acknowledge: no version of ${variant ? `"${variant}"` : `"${key}"`} is locked`)
  return { unlock: lifted.map(({ version }) => version), told: { acknowledged: lifted } }
}

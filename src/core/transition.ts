import type { ErrorCode } from '../errors.ts'
import { priorsFrom } from './adaptive/priors.ts'
import type { AnalysisInput, ExperimentFacts } from './analysis-input.ts'
import { banditOf, isBandit } from './bandit-stage.ts'
import { type LockedVersion, lockedWords } from './champion.ts'
import type { Account, Change } from './change.ts'
import type { ExperimentDefinition, ExperimentState, Frozen, MetricDefinition, VariantState } from './definitions.ts'
import { freeze } from './freeze.ts'
import { plannedOnly } from './planned-looks.ts'
import { controlOnly, trafficOf } from './weights.ts'

/** What a person or the engine wants. `conclude` ends without a winner because the time is over. */
export type Wish = {
  action: 'start' | 'pause' | 'resume' | 'enable' | 'disable' | 'promote' | 'kill' | 'rollback' | 'stop' | 'acknowledge' | 'archive' | 'conclude' | 'reallocate'
  variant?: string | null
  reason: string
  actor: string
  /** `manual` unless told. */
  mode?: Account['mode']
  /** The rule that led here; `manual` unless told. */
  rule?: string
  evidence?: Account['evidence']
  /** Of a reallocation: the next epoch. */
  traffic?: Pick<Change, 'next' | 'frozen'>
}

/** What is known beside the experiment's own row. */
export type Context = {
  /** The version the model serves now. */
  champion: string | null
  /** What it served before this experiment's promotion; null when nothing was promoted or nothing was there. */
  beforePromotion: string | null
  /** The experiment's metrics by key; only `start` looks at them. */
  metrics: ReadonlyMap<string, MetricDefinition>
  /** Versions of the model that may not become champion; none unless told. */
  locks?: readonly LockedVersion[]
  /** The earlier experiment from which a bandit starts; only `start` looks at it. */
  earlier?: AnalysisInput | null
}

/** `path` is the field of the wish that is wrong, where one is. */
export type Refusal = { refused: ErrorCode; message: string; path?: string }

/** From which states an action may be taken. Everything else is an illegal transition. */
export const legalFrom: Record<Wish['action'], readonly ExperimentState[]> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused'],
  enable: ['running', 'paused'],
  disable: ['running', 'paused'],
  promote: ['running', 'paused'],
  kill: ['running', 'paused'],
  rollback: ['running', 'paused', 'promoted'],
  stop: ['running', 'paused'],
  conclude: ['running', 'paused'],
  reallocate: ['running'],
  acknowledge: ['running', 'paused', 'promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived'],
  archive: ['promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped'],
}

/** What a planner says, perhaps with something for the entry; revision, state before and the account are added around it. */
type Step = Omit<Change, 'experiment' | 'revision' | 'account' | 'fence' | 'state'> & { state?: ExperimentState; told?: Account['evidence'] }

/**
 * What an action does to an experiment, or why it may not be taken. Pure: the store applies the change, if nobody was
 * faster. Traffic always follows from the definition and the variants' statuses, so that undoing restores it exactly.
 */
export const plan = (experiment: ExperimentFacts, wish: Wish, context: Context): Change | Refusal => {
  const { id, state, revision } = experiment
  const from = legalFrom[wish.action]
  if (!from.includes(state)) {
    return { refused: 'illegal_transition', message: `${wish.action} needs the state ${orWords(from)}; "${experiment.key}" is ${state}` }
  }
  const step = planners[wish.action](experiment, wish, context)
  if ('refused' in step) return step
  const { told, ...change } = step
  const account = accountOf({ ...wish, evidence: { ...wish.evidence, ...told } }, 'applied')
  // what a rule had seen so far counts no more; looks of a plan were taken once and for all
  return { experiment: id, revision, state, looks: plannedOnly(experiment.looks), ...change, account }
}

/** An entry that tells what was not done, and why. It changes nothing but the engine's memory. */
export const planHeld = (experiment: ExperimentFacts, wish: Wish): Change => ({
  experiment: experiment.id,
  revision: experiment.revision,
  state: experiment.state,
  account: accountOf(wish, 'held'),
})

const accountOf = ({ actor, action, variant, reason, mode, rule, evidence }: Wish, status: Account['status']): Account => ({
  actor, action, reason, status,
  mode: mode ?? 'manual',
  variant: variant ?? null,
  rule: rule ?? 'manual',
  evidence: evidence ?? {},
})

const orWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

type Planner = (experiment: ExperimentFacts, wish: Wish, context: Context) => Step | Refusal

const conflict = (message: string): Refusal => ({ refused: 'conflict', message })

/** Nobody makes a locked version champion, whatever the evidence: somebody has to acknowledge first. */
const refuseLocked = ({ action }: Wish, version: string | undefined, { locks = [] }: Context): Refusal | null => {
  const lock = locks.find((one) => one.version === version)
  return lock ? { refused: 'version_locked', message: `${action}: ${lockedWords(lock)}` } : null
}

/** The variant a wish names, which must not be the control. */
const candidate = ({ variants, key }: ExperimentFacts, { action, variant }: Wish): VariantState | Refusal => {
  if (!variant) return { refused: 'invalid_definition', path: 'variant', message: `${action} needs the key of a variant` }
  const found = variants.find((one) => one.key === variant)
  if (!found) {
    const keys = variants.map((one) => one.key).join(', ')
    return { refused: 'invalid_definition', path: 'variant', message: `"${key}" has no variant "${variant}"; it has ${keys}` }
  }
  return found.control ? conflict(`${action}: "${variant}" is the control, which the others are compared with`) : found
}

/**
 * Units move with a change of traffic, so their exposures begin anew; but not those of a bandit: each keeps the variant
 * that it first got (or is a unit only once), and those of a variant that is taken out are no longer analysed.
 */
const scopeAfter = (experiment: ExperimentFacts): 'same' | 'new' => (banditOf(experiment) ? 'same' : 'new')

/** Traffic as the stage says, with these variants; a bandit goes on from its weights. */
const reallocated = (experiment: ExperimentFacts, variants: VariantState[]): Step => {
  const traffic = trafficOf(experiment.definition, experiment.stage, variants, experiment.weights)
  const toControl = experiment.state === 'paused' && experiment.definition.policy.onPause === 'control'
  return {
    variants,
    next: { cause: 'action', scope: scopeAfter(experiment), ...traffic, weights: toControl ? controlOnly(variants) : traffic.weights },
  }
}

const withStatus = ({ variants }: ExperimentFacts, key: string, status: VariantState['status']): VariantState[] =>
  variants.map((variant) => (variant.key === key ? { ...variant, status } : variant))

/** What the bandit of a definition starts from; null when it starts from nothing. */
const takenOver = (definition: ExperimentDefinition, { earlier }: Context): NonNullable<Frozen['priors']> | Refusal | null => {
  const at = definition.stages.findIndex(isBandit)
  const stage = definition.stages[at]
  if (!isBandit(stage) || !stage.priors) return null
  const { from, discount } = stage.priors
  const path = `stages[${at}].priors.from`
  if (!earlier) return { refused: 'invalid_definition', path, message: `there is no experiment "${from}"` }
  const priors = priorsFrom(earlier, definition, discount)
  return typeof priors === 'string' ? { refused: 'invalid_definition', path, message: priors } : priors
}

const start: Planner = ({ definition, variants }, wish, context) => {
  const { champion, metrics } = context
  const control = variants.find((variant) => variant.control)
  const locked = champion === null ? refuseLocked(wish, control?.version, context) : null
  if (locked) return locked
  const priors = takenOver(definition, context)
  if (priors && 'refused' in priors) return priors
  const { frozen, ...plans } = freeze(definition, metrics)
  return {
    state: 'running',
    frozen: priors ? { ...frozen, priors } : frozen,
    ...plans,
    next: { cause: 'action', scope: 'new', ...trafficOf(definition, 0, variants) },
    ...(champion === null && control ? { champion: control.version, championBefore: null } : {}),
  }
}

const pause: Planner = (experiment) => {
  const { definition, stage, variants } = experiment
  if (definition.policy.onPause === 'keep') return { state: 'paused' }
  const { coverage } = trafficOf(definition, stage, variants)
  return { state: 'paused', next: { cause: 'action', scope: scopeAfter(experiment), coverage, weights: controlOnly(variants) } }
}

const resume: Planner = (experiment) =>
  experiment.definition.policy.onPause === 'keep'
    ? { state: 'running' }
    : { ...reallocated({ ...experiment, state: 'running', weights: null }, experiment.variants), state: 'running' }

const enable: Planner = (experiment, wish) => {
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (variant.status !== 'disabled') return conflict(`enable: "${variant.key}" is ${variant.status}; only a disabled variant comes back`)
  return reallocated(experiment, withStatus(experiment, variant.key, 'live'))
}

const disable: Planner = (experiment, wish) => {
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (variant.status !== 'live') return conflict(`disable: "${variant.key}" is ${variant.status} already`)
  return reallocated(experiment, withStatus(experiment, variant.key, 'disabled'))
}

/** The last candidate's death ends the experiment; the champion serves. */
const kill: Planner = (experiment, wish) => {
  const variant = candidate(experiment, wish)
  if ('refused' in variant) return variant
  if (variant.status === 'killed') return conflict(`kill: "${variant.key}" is killed already`)
  const variants = withStatus(experiment, variant.key, 'killed')
  const survives = variants.some(({ control, status }) => !control && status !== 'killed')
  return survives ? reallocated(experiment, variants) : { state: 'killed', variants }
}

const promote: Planner = (experiment, wish, context) => {
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

const rollback: Planner = (experiment, wish, context) => {
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
const acknowledge: Planner = ({ key, variants }, { variant }, { locks = [] }) => {
  const named = variants.filter((one) => !variant || one.key === variant).map(({ version }) => version)
  if (named.length === 0) return { refused: 'invalid_definition', path: 'variant', message: `"${key}" has no variant "${variant}"` }
  const lifted = locks.filter(({ version }) => named.includes(version))
  if (lifted.length === 0) return conflict(`acknowledge: no version of ${variant ? `"${variant}"` : `"${key}"`} is locked`)
  return { unlock: lifted.map(({ version }) => version), told: { acknowledged: lifted } }
}

const planners: Record<Wish['action'], Planner> = {
  start, pause, resume, enable, disable, promote, kill, rollback, acknowledge,
  stop: () => ({ state: 'stopped' }),
  reallocate: (_, { traffic }) => traffic ?? conflict('reallocate: only a bandit knows where to'),
  conclude: () => ({ state: 'inconclusive' }),
  archive: () => ({ state: 'archived' }),
}

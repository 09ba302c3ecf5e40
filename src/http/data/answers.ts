import type { CompiledExperiment, CompiledModel } from '../../assign/compile.ts'
import type { Decision, Json, Reason, SnapshotExperiment } from '../../assign/snapshot.ts'
import { ServiceError } from '../../errors.ts'

/** What a token has to say beside unit, id and time. */
type Signed = { watch: boolean; experiment: number; scope: number; epoch: number | null; variant: number; propensity: number | null }

/** Everything of an answer that does not depend on the unit, serialised once a snapshot. */
export type Prepared = {
  /** JSON up to the token. */
  readonly head: string
  /** JSON after the token, by what was not at hand: see `degradedBy`. */
  readonly tails: readonly string[]
  readonly signed: Signed
  /** Is the unit one that is analysed? */
  readonly exposes: boolean
  /** What its experiment wants to know of a unit that is exposed. */
  readonly observes: SnapshotExperiment['observes']
  /** The scope in which it enters anew each day. */
  readonly generation: SnapshotExperiment['generation']
  readonly served: Served
}

/** Assignments answered, by experiment, variant and reason. */
export type Served = { readonly experiment: string; readonly variant: string; readonly reason: Reason; count: number }

const analysed = (reason: Reason): boolean => reason === 'split' || reason === 'sticky'

/** Bits of an index into `tails`. */
export const degradedBy = { nothing: 0, counters: 1, database: 2 } as const
const degradations = [[], ['counters'], ['database'], ['counters', 'database']]

const tailsOf = (fallbacks: Json): string[] =>
  degradations.map((degraded) => `","shadow":[],"fallbacks":${JSON.stringify(fallbacks)},"degraded":${JSON.stringify(degraded)}}`)

const noShadows = '","shadow":['
/** A tail that names shadows, given as JSON without the brackets. */
export const withShadows = (tail: string, shadows: string): string => noShadows + shadows + tail.slice(noShadows.length)

type Fallback = NonNullable<CompiledExperiment['fallback']>

type Facts = {
  experiment: string | null
  variant: string | null
  version: string
  payload: Json
  epoch: number | null
  propensity: number | null
}

type Fallbacks = CompiledModel['fallbacks']

const prepare = (
  facts: Facts, reason: Reason, fallbacks: Fallbacks, signed: Signed, served: Served,
  { observes, generation }: Pick<SnapshotExperiment, 'observes' | 'generation'> = {},
): Prepared => {
  const { experiment, variant, version, payload, epoch, propensity } = facts
  const open = JSON.stringify({ experiment, variant, version, payload, reason, epoch, propensity })
  return {
    head: `${open.slice(0, -1)},"token":"`,
    tails: tailsOf(fallbacks),
    signed,
    exposes: !signed.watch,
    observes,
    generation,
    served,
  }
}

/** The champion's answer. @throws {ServiceError} not_running while the model has no champion */
const prepareChampion = (model: CompiledModel, experiment: string | null, reason: Reason, served: Served): Prepared => {
  const { champion } = model
  if (!champion) throw new ServiceError('not_running', `model "${model.key}" has no champion yet, and no experiment runs on it`)
  const { version, payload, watch } = champion
  return prepare(
    { experiment, variant: null, version, payload, epoch: null, propensity: null },
    reason,
    model.fallbacks,
    { watch: true, experiment: model.id, scope: watch, epoch: null, variant: 0, propensity: null },
    served,
  )
}

/** What stands in for a control that fails. */
const prepareFallback = ({ key, model, fallbacks }: CompiledExperiment, { version, payload, watch }: Fallback, served: Served): Prepared =>
  prepare(
    { experiment: key, variant: null, version, payload, epoch: null, propensity: null },
    'fallback',
    fallbacks ?? model.fallbacks,
    { watch: true, experiment: model.id, scope: watch, epoch: null, variant: 0, propensity: null },
    served,
  )

const prepareVariant = (experiment: CompiledExperiment, decision: Decision, served: Served): Prepared => {
  const { reason } = decision
  const variant = experiment.variants[decision.variant]
  if (!variant) throw new RangeError(`experiment "${experiment.key}" has no variant ${decision.variant}`)
  const { key, version, payload } = variant
  const fallbacks = experiment.fallbacks ?? experiment.model.fallbacks
  if (!analysed(reason)) {
    return prepare(
      { experiment: experiment.key, variant: key, version, payload, epoch: null, propensity: null },
      reason,
      fallbacks,
      { watch: true, experiment: experiment.model.id, scope: variant.watch, epoch: null, variant: 0, propensity: null },
      served,
    )
  }
  const { epoch, scope, id } = experiment
  const { propensity } = decision
  return prepare(
    { experiment: experiment.key, variant: key, version, payload, epoch, propensity },
    reason,
    fallbacks,
    { watch: false, experiment: id, scope, epoch, variant: decision.variant, propensity },
    served,
    experiment,
  )
}

export type Answers = {
  /** The answer of an experiment to one of its decisions. */
  of(experiment: CompiledExperiment, decision: Decision): Prepared
  /** The champion's answer, for a model without an experiment or an experiment that has ended. */
  champion(model: CompiledModel, experiment: string | null, reason: Reason): Prepared
  served(): Iterable<Served>
}

/**
 * Prepared answers, kept as long as the snapshot they belong to: decisions are objects made once a snapshot,
 * so the same decision always has the same answer.
 */
export const createAnswers = (): Answers => {
  const byExperiment = new WeakMap<CompiledExperiment, Map<Decision, Prepared>>()
  const byModel = new WeakMap<CompiledModel, Map<string, Prepared>>()
  const counts = new Map<string, Served>()

  const servedOf = (experiment: string, variant: string, reason: Reason): Served => {
    const name = `${experiment}\0${variant}\0${reason}`
    const known = counts.get(name)
    if (known) return known
    const fresh = { experiment, variant, reason, count: 0 }
    counts.set(name, fresh)
    return fresh
  }

  const build = (experiment: CompiledExperiment, decision: Decision): Prepared => {
    const variant = experiment.variants[decision.variant]?.key ?? ''
    const served = servedOf(experiment.key, variant, decision.reason)
    if (decision.reason === 'fallback' && experiment.fallback) return prepareFallback(experiment, experiment.fallback, served)
    return decision.variant < 0
      ? prepareChampion(experiment.model, experiment.key, decision.reason, served)
      : prepareVariant(experiment, decision, served)
  }

  /** A remembered propensity, or one by attributes, makes a decision of its own, which nobody will ask for again. */
  const isLasting = (experiment: CompiledExperiment, decision: Decision): boolean => {
    if (experiment.contextual) return decision.propensity === null
    return decision.reason !== 'sticky' || experiment.kept[decision.variant]?.sticky === decision
  }

  return {
    of(experiment, decision) {
      let answers = byExperiment.get(experiment)
      if (!answers) byExperiment.set(experiment, (answers = new Map()))
      const known = answers.get(decision)
      if (known) return known
      const built = build(experiment, decision)
      if (isLasting(experiment, decision)) answers.set(decision, built)
      return built
    },
    champion(model, experiment, reason) {
      let answers = byModel.get(model)
      if (!answers) byModel.set(model, (answers = new Map()))
      const name = `${experiment ?? ''} ${reason}`
      const known = answers.get(name)
      if (known) return known
      const built = prepareChampion(model, experiment, reason, servedOf(experiment ?? '', '', reason))
      answers.set(name, built)
      return built
    },
    served: () => counts.values(),
  }
}

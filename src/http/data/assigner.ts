import { assign, assignChampion, chooseExperiment } from '../../assign/assign.ts'
import type { CompiledExperiment, CompiledModel, CompiledSnapshot } from '../../assign/compile.ts'
import type { Attributes, Decision } from '../../assign/snapshot.ts'
import { observe } from '../../core/analyze/observed.ts'
import type { Deps } from '../../deps.ts'
import { notFound, ServiceError } from '../../errors.ts'
import { utcDay, watchUnit } from '../../token/unit.ts'
import { createAnswers, degradedBy, withShadows, type Answers, type Prepared } from './answers.ts'
import type { AssignInput } from './read-assign.ts'
import { createRecently } from './recently.ts'
import { shadowCalls } from './shadows.ts'

/** A snapshot that the database has not confirmed for so long is served, and said to be old. */
const STALE_MS = 60_000
/** Exposures are sent once while they are remembered; sending one again only costs a row that conflicts. */
const REMEMBERED_EXPOSURES = 100_000

export type AssignDeps = Pick<Deps, 'live' | 'tokens' | 'hashUnit' | 'assignmentId' | 'counters' | 'ingest' | 'now'>

export type Assigner = {
  /** The answer of /assign as JSON text. A promise only where a first touch has to be looked up. */
  assign(input: AssignInput): string | Promise<string>
  answers: Answers
}

/** The snapshot in force. @throws {ServiceError} unavailable before the first one was loaded */
export const requireSnapshot = (live: Deps['live']): CompiledSnapshot => {
  const snapshot = live.current()
  if (!snapshot) throw new ServiceError('unavailable', 'no configuration was loaded yet', { retryAfterSeconds: 1 })
  return snapshot
}

/** What a request is about: a running experiment, or the champion of a model (and why). */
type Target = { experiment: CompiledExperiment } | { experiment: null; model: CompiledModel; ended: string | null }

const requireModel = (snapshot: CompiledSnapshot, key: string): CompiledModel => {
  const model = snapshot.models.get(key)
  if (!model) throw notFound('model', key)
  return model
}

/** An experiment by key: running, ended (its model's champion answers) or a draft (refused). */
const targetByKey = (snapshot: CompiledSnapshot, key: string): Target => {
  const experiment = snapshot.experiments.get(key)
  if (experiment) return { experiment }
  const dormant = snapshot.dormant.get(key)
  if (!dormant) throw notFound('experiment', key)
  if (dormant.state === 'draft') throw new ServiceError('not_running', `experiment "${key}" is a draft; start it first`)
  return { experiment: null, model: requireModel(snapshot, dormant.model), ended: key }
}

export const createAssigner = (deps: AssignDeps): Assigner => {
  const { tokens, hashUnit, ingest, now } = deps
  const answers = createAnswers()
  const recently = createRecently(REMEMBERED_EXPOSURES)

  const targetOf = (snapshot: CompiledSnapshot, input: AssignInput): Target => {
    if (input.experiment !== undefined) return targetByKey(snapshot, input.experiment)
    const model = requireModel(snapshot, input.model as string)
    const { unit, attributes } = input
    const experiment = chooseExperiment(model, { unit, attributes, unitHash: () => hashUnit(model.unitType, unit) })
    return experiment ? { experiment } : { experiment: null, model, ended: null }
  }

  /** `draw`: what was hashed, the unit itself or, without stickiness, unit and id. */
  const finish = (
    prepared: Prepared, unitType: string, draw: string, id: string, attributes: Attributes, counters: 0 | 1 = 0,
    experiment: CompiledExperiment | null = null,
  ): string => {
    const { signed } = prepared
    const time = now()
    const epoch = signed.epoch ?? utcDay(time)
    const unit = hashUnit(unitType, signed.watch ? watchUnit(draw, epoch) : draw)
    const token = tokens.sign({
      watch: signed.watch, shadow: false, experiment: signed.experiment, scope: signed.scope, epoch,
      variant: signed.variant, unit, propensity: signed.propensity, time, id,
    })
    if (prepared.exposes) deps.counters.served(signed.experiment, signed.variant)
    const { observes, generation } = prepared
    const name = generation ? `${signed.scope}:${unit}:${utcDay(time)}` : `${signed.scope}:${unit}`
    if (prepared.exposes && recently.isNew(name)) {
      const { scope, variant, propensity } = signed
      const observed = observes && { observed: observe(observes, attributes) }
      ingest.expose({ scope, unit, epoch, variant, propensity, time, ...observed, ...(generation && { generation }) })
    }
    prepared.served.count++
    const degraded = counters | (deps.live.ageMs() > STALE_MS ? degradedBy.database : degradedBy.nothing)
    const tail = prepared.tails[degraded] as string
    const shadows = experiment?.shadows && prepared.exposes ? shadowsFor(experiment, { draw, unit, time, id }) : ''
    return prepared.head + token + (shadows === '' ? tail : withShadows(tail, shadows))
  }

  /** Who is to be called as well, as JSON. */
  const shadowsFor = (experiment: CompiledExperiment, assigned: { draw: string; unit: string; time: number; id: string }): string =>
    shadowCalls(tokens, experiment, assigned, (exposure) => {
      if (recently.isNew(`${exposure.scope}:${exposure.unit}`)) ingest.expose(exposure)
    }).map((call) => JSON.stringify(call)).join()

  /** A unit keeps the variant it first got; without counters the client's token remembers, else the hash answers. */
  const assignFirstTouch = async (experiment: CompiledExperiment, input: AssignInput, drawn: Decision, id: string): Promise<string> => {
    const { unit, attributes } = input
    const { unitType } = experiment
    const unitHash = (): string => hashUnit(unitType, unit)
    const request = { unit, draw: unit, attributes, unitHash }
    const own = drawn.instead ?? drawn.variant
    const first = await deps.counters.firstTouch(experiment.id, unitHash(), own).catch(() => null)
    if (first !== null) {
      const decision = first === own ? drawn : assign(experiment, { ...request, sticky: first })
      return finish(answers.of(experiment, decision), unitType, unit, id, attributes, 0, experiment)
    }
    const remembered = input.token === undefined ? null : tokens.verify(input.token)
    const known = remembered !== null && !remembered.watch && remembered.experiment === experiment.id && remembered.unit === unitHash()
    const decision = known
      ? assign(experiment, { ...request, sticky: remembered.variant, stickyPropensity: remembered.propensity })
      : drawn
    return finish(answers.of(experiment, decision), unitType, unit, id, attributes, degradedBy.counters, experiment)
  }

  return {
    answers,
    assign(input) {
      const target = targetOf(requireSnapshot(deps.live), input)
      const id = deps.assignmentId()
      if (target.experiment === null) {
        const { model, ended } = target
        const prepared = answers.champion(model, ended, assignChampion(model).reason)
        return finish(prepared, model.unitType, input.unit, id, input.attributes)
      }
      const { experiment } = target
      const { unit, attributes } = input
      const draw = experiment.stickiness === 'none' ? `${unit}:${id}` : unit
      const unitHash = (): string => hashUnit(experiment.unitType, unit)
      const decision = assign(experiment, { unit, draw, attributes, sticky: null, unitHash })
      if (experiment.stickiness === 'first-touch' && (decision.reason === 'split' || decision.instead !== undefined)) {
        return assignFirstTouch(experiment, input, decision, id)
      }
      return finish(answers.of(experiment, decision), experiment.unitType, draw, id, attributes, 0, experiment)
    },
  }
}

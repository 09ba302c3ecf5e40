import { assign } from '../../assign/assign.ts'
import type { CompiledExperiment } from '../../assign/compile.ts'
import type { Decision } from '../../assign/snapshot.ts'
import { observe } from '../../core/analyze/observed.ts'
import type { Deps } from '../../deps.ts'
import { invalid, notFound, ServiceError } from '../../errors.ts'
import type { Epochs } from './epochs.ts'
import type { ExposureBody } from './schemas.ts'
import { type ShadowCall, shadowCalls } from './shadows.ts'

const SKEW_MS = 5 * 60_000

export type ExposeDeps = Pick<Deps, 'tokens' | 'hashUnit' | 'assignmentId' | 'ingest' | 'now'>

const mismatch = (message: string): ServiceError => invalid('conflict', 'variant', message)

/**
 * Record an assignment that a client made by itself, after making it again: the epoch must be one that this node
 * remembers, and must give this unit this variant.
 *
 * @returns the token for its outcomes, and who is to be called as well: by the same hash that the client has
 * @throws {ServiceError} experiment_not_found, stale, conflict, in_future
 */
export const createExposer = (deps: ExposeDeps, epochs: Epochs) => {
  const remade = (experiment: CompiledExperiment, { unit, attributes, variant }: ExposureBody): Decision => {
    if (experiment.stickiness !== 'hash') throw mismatch(`stickiness ${experiment.stickiness} can not be evaluated locally`)
    const unitHash = (): string => deps.hashUnit(experiment.unitType, unit)
    const decision = assign(experiment, { unit, draw: unit, attributes: attributes ?? {}, sticky: null, unitHash })
    const drawn = experiment.variants[decision.variant]?.key
    if (decision.reason !== 'split') throw mismatch(`this unit is not in the split (${decision.reason})`)
    if (drawn !== variant) throw mismatch(`this epoch gives the unit another variant`)
    return decision
  }

  return (body: ExposureBody): { token: string; shadow: ShadowCall[] } => {
    const experiment = epochs.at(body.experiment, body.epoch)
    if (experiment === 'unknown experiment') throw notFound('experiment', body.experiment)
    if (experiment === 'unknown epoch') throw invalid('stale', 'epoch', 'is not remembered; fetch the snapshot again')
    const time = Date.parse(body.at)
    if (time > deps.now() + SKEW_MS) throw invalid('in_future', 'at', 'lies in the future')
    const { variant, propensity } = remade(experiment, body)
    const { scope, epoch, id } = experiment
    const unit = deps.hashUnit(experiment.unitType, body.unit)
    const { observes, generation } = experiment
    const observed = observes && observe(observes, body.attributes ?? {})
    deps.ingest.expose({ scope, unit, epoch, variant, propensity, time, ...(observed && { observed }), ...(generation && { generation }) })
    const assignment = deps.assignmentId()
    return {
      token: deps.tokens.sign({ watch: false, shadow: false, experiment: id, scope, epoch, variant, unit, propensity, time, id: assignment }),
      shadow: shadowCalls(deps.tokens, experiment, { draw: body.unit, unit, time, id: assignment }, (exposure) => deps.ingest.expose(exposure)),
    }
  }
}

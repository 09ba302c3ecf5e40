import type { CompiledExperiment, CompiledModel } from './compile.ts'
import { type CompiledContext, drawInContext } from './context.ts'
import { hashFrom } from './hash.ts'
import { drawArm } from './rendezvous.ts'
import type { Attributes, Decision, Shadow } from './snapshot.ts'

const SPAN = 4_294_967_296

export type AssignRequest = {
  /** The unit in clear, as the caller named it: 1 character or more, no lone surrogates. */
  readonly unit: string
  /** What is hashed for enrolment and draw: the unit, or `unit + ':' + assignmentId` with stickiness `none`. */
  readonly draw: string
  readonly attributes: Attributes
  /** The ordinal this unit was first given, when the experiment is `first-touch` and somebody remembers. */
  readonly sticky: number | null
  /** The propensity it was drawn with then, when known; else that of the epoch in force is answered. */
  readonly stickyPropensity?: number | null
  /** The unit's keyed hash (32 hex digits). Called only where the experiment has overrides. */
  readonly unitHash?: () => string
}

const toChampion = (reason: Decision['reason']): Decision => Object.freeze({ reason, variant: -1, propensity: null })

const champion = toChampion('champion')
const disabled = toChampion('disabled')
const outsideLayer = toChampion('layer')
const notTargeted = toChampion('not_targeted')
const notEnrolled = toChampion('not_enrolled')
const fallback = toChampion('fallback')

const inLayer = ({ layer }: CompiledExperiment, unit: string): boolean => {
  if (!layer) return true
  const place = hashFrom(layer.start, unit) / SPAN
  return place >= layer.from && place < layer.to
}

const isEnrolled = ({ coverage, coverageStart }: CompiledExperiment, draw: string): boolean =>
  coverage >= 1 || hashFrom(coverageStart, draw) / SPAN < coverage

/** An override counts while its variant is live: pinning a tester must not keep a killed version in service. */
const overrideOf = (experiment: CompiledExperiment, request: AssignRequest): Decision | null => {
  if (!experiment.overrides || !request.unitHash) return null
  const ordinal = experiment.overrides.get(request.unitHash())
  return ordinal !== undefined && experiment.variants[ordinal]?.status === 'live'
    ? (experiment.kept[ordinal]?.override ?? null)
    : null
}

/** A quarantined arm's unit: does it try the arm, or what does it get instead? Null where nothing is quarantined. */
const heldBack = ({ quarantine }: CompiledExperiment, ordinal: number, draw: string): Decision | null => {
  const held = quarantine[ordinal]
  if (!held) return null
  return held.probes > 0 && hashFrom(held.start, draw) / SPAN < held.probes ? null : held.otherwise
}

/** The champion's answer, or what stands in for it where it is the champion that fails. */
const championOf = ({ fallback: inForce }: CompiledExperiment, decision: Decision): Decision =>
  inForce?.champion ? fallback : decision

const keep = (experiment: CompiledExperiment, ordinal: number, propensity: number | null | undefined): Decision => {
  const { sticky } = experiment.kept[ordinal] as { sticky: Decision }
  return propensity == null || propensity === sticky.propensity ? sticky : { ...sticky, propensity }
}

/** The same where the attributes decide the chances: the propensity is this unit's own. */
const assignInContext = (experiment: CompiledExperiment, contextual: CompiledContext, request: AssignRequest, first: number | null): Decision => {
  const { drawn, propensityOf } = drawInContext(contextual, request.attributes, hashFrom(experiment.drawStart, request.draw))
  const status = first === null ? null : experiment.variants[first]?.status
  if (first !== null && (status === 'live' || status === 'quarantined')) {
    const propensity = request.stickyPropensity ?? propensityOf(first)
    return heldBack(experiment, first, request.draw) ?? { reason: 'sticky', variant: first, propensity }
  }
  if (!drawn) return fallback
  return heldBack(experiment, drawn.variant, request.draw) ?? { reason: first === null ? 'split' : 'killed_reassigned', ...drawn }
}

/**
 * Decide one unit's variant, and why. Pure: the same experiment and request always give the same decision.
 * Order: model disabled, override, layer, audience, enrolment, stickiness, draw, quarantine. `variant` −1 means the
 * champion, or with the reason `fallback` what stands in for a control that fails.
 */
export const assign = (experiment: CompiledExperiment, request: AssignRequest): Decision => {
  if (!experiment.model.enabled) return disabled
  const override = overrideOf(experiment, request)
  if (override) return override
  if (!inLayer(experiment, request.unit)) return championOf(experiment, outsideLayer)
  if (experiment.targets && !experiment.targets(request.attributes)) return championOf(experiment, notTargeted)
  if (!isEnrolled(experiment, request.draw)) return championOf(experiment, notEnrolled)

  const first = experiment.stickiness === 'first-touch' ? request.sticky : null
  if (experiment.contextual) return assignInContext(experiment, experiment.contextual, request, first)
  const status = first === null ? null : experiment.variants[first]?.status
  if (first !== null && (status === 'live' || status === 'quarantined')) {
    return heldBack(experiment, first, request.draw) ?? keep(experiment, first, request.stickyPropensity)
  }
  const arm = experiment.drawn[drawArm(experiment.arms, hashFrom(experiment.drawStart, request.draw))]
  if (!arm) return fallback
  const drawn = first === null ? arm.split : arm.reassigned
  return heldBack(experiment, drawn.variant, request.draw) ?? drawn
}

/** What a model answers when no experiment on it runs. */
export const assignChampion = (model: Pick<CompiledModel, 'enabled'>): Decision => (model.enabled ? champion : disabled)

/**
 * The running experiment that a request by `model` belongs to: the only one, or, in layers, the first that has
 * an override for the unit, else the first whose layer and audience take it, else the first whose layer does,
 * else the first. Null when none runs: the champion answers.
 */
export const chooseExperiment = (
  model: CompiledModel,
  request: Pick<AssignRequest, 'unit' | 'attributes' | 'unitHash'>,
): CompiledExperiment | null => {
  const [first] = model.experiments
  if (!first || model.experiments.length === 1) return first ?? null
  const full: AssignRequest = { ...request, draw: request.unit, sticky: null }
  const layered = model.experiments.filter((experiment) => inLayer(experiment, request.unit))
  return (
    model.experiments.find((experiment) => overrideOf(experiment, full) !== null) ??
    layered.find((experiment) => !experiment.targets || experiment.targets(request.attributes)) ??
    layered[0] ??
    first
  )
}

const noShadows: readonly Shadow[] = []

/** Who is to be called beside what a unit gets: for a part of the units, chosen by their hash, so that the same ones are compared. */
export const shadowsOf = ({ shadows, shadowStart }: CompiledExperiment, draw: string): readonly Shadow[] => {
  if (!shadows) return noShadows
  const place = hashFrom(shadowStart, draw) / SPAN
  return shadows.filter(({ sampleRate }) => sampleRate >= 1 || place < sampleRate)
}

import { type CompiledContext, compileContext } from './context.ts'
import { type HashState, startHash } from './hash.ts'
import { type Arms, compileArms } from './rendezvous.ts'
import type { Decision, Json, Rule, Snapshot, SnapshotExperiment, SnapshotModel, SnapshotVariant } from './snapshot.ts'

export type CompiledModel = SnapshotModel & {
  /** Running, paused and baking experiments on this model, by id. */
  readonly experiments: readonly CompiledExperiment[]
}

export type CompiledVariant = SnapshotVariant & { readonly ordinal: number }

export type CompiledExperiment = Omit<SnapshotExperiment, 'model' | 'layer' | 'overrides' | 'variants' | 'contextual'> & {
  readonly model: CompiledModel
  readonly variants: readonly CompiledVariant[]
  readonly layer: { readonly key: string; readonly from: number; readonly to: number; readonly start: HashState } | null
  readonly targets: Rule | null
  /** Keyed unit hash → ordinal; null when there are none, so that nobody hashes in vain. */
  readonly overrides: ReadonlyMap<string, number> | null
  readonly drawStart: HashState
  readonly coverageStart: HashState
  readonly shadowStart: HashState
  readonly arms: Arms
  /** Where the attributes decide a unit's chances; then `arms` is not asked. */
  readonly contextual: CompiledContext | null
  /** One ready decision for each arm of `arms`, so that assigning allocates nothing. */
  readonly drawn: readonly { readonly split: Decision; readonly reassigned: Decision }[]
  /** One ready decision for each variant. */
  readonly kept: readonly { readonly sticky: Decision; readonly override: Decision }[]
  /** For each variant: null while all of its units get it. */
  readonly quarantine: readonly (Quarantine | null)[]
}

/** What becomes of a quarantined arm's units: the part `probes` of them tries it, the others get something else. */
export type Quarantine = { readonly probes: number; readonly start: HashState; readonly otherwise: Decision }

export type CompiledSnapshot = {
  readonly version: number
  readonly models: ReadonlyMap<string, CompiledModel>
  readonly modelsById: ReadonlyMap<number, CompiledModel>
  readonly experiments: ReadonlyMap<string, CompiledExperiment>
  readonly experimentsById: ReadonlyMap<number, CompiledExperiment>
  readonly dormant: ReadonlyMap<string, Snapshot['dormant'][number]>
}

/** Turns an audience (JSON Logic) into a function. May throw; then the snapshot is refused. */
export type CompileRule = (rule: Json) => Rule

/** The weight with which units are drawn: those of a quarantined arm stay its own. */
const drawWeight = ({ status, weight }: SnapshotVariant): number => (status === 'live' || status === 'quarantined' ? weight : 0)

/** The part of an arm's units that get it. */
const servedPart = ({ status, probes = 0 }: SnapshotVariant): number => (status === 'quarantined' ? probes : 1)

/** Units of a quarantined arm get the control, or what stands in for it. */
const quarantineOf = (source: SnapshotExperiment, variant: SnapshotVariant, ordinal: number): Quarantine | null => {
  if (variant.status !== 'quarantined') return null
  const control = source.variants.findIndex((one) => one.control)
  const replaced = source.fallback !== undefined && source.variants[control]?.status === 'quarantined'
  const instead = { propensity: null, instead: ordinal }
  return {
    probes: servedPart(variant),
    // others try it in every epoch: nobody shall have to bear it alone
    start: startHash(`probe:${source.key}:${source.salt}:${source.epoch}:`),
    otherwise: replaced ? { reason: 'fallback', variant: -1, ...instead } : { reason: 'quarantined', variant: control, ...instead },
  }
}

/** Each variant's chance to be given: its weight, or its share of them where arms were taken out. */
const propensitiesOf = (variants: readonly SnapshotVariant[]): number[] => {
  const sum = variants.reduce((total, variant) => total + drawWeight(variant), 0)
  const scale = Math.abs(sum - 1) < 1e-9 ? 1 : sum
  return variants.map((variant) => (scale > 0 ? (drawWeight(variant) * servedPart(variant)) / scale : 0))
}

/**
 * Prepare one experiment for `assign`: hash what does not depend on the unit, build every possible decision.
 *
 * @throws {RangeError} with no variant or more than 256 of them, or a coverage or weight outside [0, 1]
 */
export const compileExperiment = (
  source: SnapshotExperiment,
  model: CompiledModel,
  compileRule: CompileRule,
): CompiledExperiment => {
  const { key, salt, layer, overrides, contextual } = source
  if (source.variants.length < 1 || source.variants.length > 256) {
    throw new RangeError(`experiment "${key}" must have 1 to 256 variants, got ${source.variants.length}`)
  }
  for (const share of [source.coverage, ...source.variants.flatMap(({ weight, probes = 0 }) => [weight, probes])]) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`experiment "${key}": ${share} must lie in [0, 1]`)
  }
  const variants = source.variants.map((variant, ordinal) => ({ ...variant, ordinal }))
  const propensities = propensitiesOf(source.variants)
  const drawable = variants.map((variant) => ({ ...variant, weight: drawWeight(variant), served: servedPart(variant) }))
  const arms = compileArms(drawable)
  return {
    ...source,
    model,
    variants,
    layer: layer && { ...layer, start: startHash(`layer:${layer.key}:`) },
    targets: source.audience === null ? null : compileRule(source.audience),
    overrides: Object.keys(overrides).length > 0 ? new Map(Object.entries(overrides)) : null,
    drawStart: startHash(`${key}:${salt}:`),
    coverageStart: startHash(`coverage:${key}:${salt}:`),
    shadowStart: startHash(`shadow:${key}:${salt}:`),
    arms,
    contextual: contextual ? compileContext(contextual.context, contextual.rule, drawable) : null,
    drawn: arms.ordinals.map((variant) => ({
      split: { reason: 'split', variant, propensity: propensities[variant] as number },
      reassigned: { reason: 'killed_reassigned', variant, propensity: propensities[variant] as number },
    })),
    kept: variants.map(({ ordinal: variant }) => ({
      sticky: { reason: 'sticky', variant, propensity: propensities[variant] || null },
      override: { reason: 'override', variant, propensity: null },
    })),
    quarantine: variants.map((variant) => quarantineOf(source, variant, variant.ordinal)),
  }
}

/**
 * Prepare a published snapshot for serving.
 *
 * @throws {RangeError} for a format this code does not know or an experiment that cannot be served; the caller
 * keeps the snapshot it has
 */
export const compileSnapshot = (snapshot: Snapshot, compileRule: CompileRule): CompiledSnapshot => {
  if (snapshot.format !== 1) throw new RangeError(`snapshot format ${String(snapshot.format)} is not known here`)
  const running = new Map<string, CompiledExperiment[]>()
  const models = snapshot.models.map((model): CompiledModel => {
    const experiments: CompiledExperiment[] = []
    running.set(model.key, experiments)
    return { ...model, experiments }
  })
  const modelsByKey = new Map(models.map((model) => [model.key, model]))
  const experiments = [...snapshot.experiments].sort((a, b) => a.id - b.id).map((source) => {
    const model = modelsByKey.get(source.model)
    if (!model) throw new RangeError(`experiment "${source.key}" names the unknown model "${source.model}"`)
    const experiment = compileExperiment(source, model, compileRule)
    running.get(model.key)?.push(experiment)
    return experiment
  })
  return {
    version: snapshot.version,
    models: modelsByKey,
    modelsById: new Map(models.map((model) => [model.id, model])),
    experiments: new Map(experiments.map((experiment) => [experiment.key, experiment])),
    experimentsById: new Map(experiments.map((experiment) => [experiment.id, experiment])),
    dormant: new Map(snapshot.dormant.map((experiment) => [experiment.key, experiment])),
  }
}

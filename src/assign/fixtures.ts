import { type CompiledExperiment, compileSnapshot } from './compile.ts'
import type { Decision, Rule, Snapshot, SnapshotExperiment, SnapshotModel, SnapshotVariant } from './snapshot.ts'
import { type AssignRequest, assign } from './assign.ts'

export const modelNamed = (key: string, more: Partial<SnapshotModel> = {}): SnapshotModel => ({
  id: 1, key, enabled: true, unitType: 'user', champion: null, fallbacks: [], ...more,
})

/** Variants `a`, `b`, … with these weights; those named in `killed` are so. */
export const variantsOf = (weights: readonly number[], killed: readonly number[] = []): SnapshotVariant[] =>
  weights.map((weight, ordinal) => ({
    key: weights.length > 26 ? `v${ordinal}` : String.fromCharCode(97 + ordinal),
    version: String(ordinal + 1),
    payload: null,
    weight,
    control: ordinal === 0,
    status: killed.includes(ordinal) ? 'killed' : 'live',
    watch: ordinal + 1,
  }))

export const experimentWith = (more: Partial<SnapshotExperiment> = {}): SnapshotExperiment => ({
  id: 1, key: 'experiment', model: 'model', unitType: 'user', stickiness: 'hash', salt: 'salt', scope: 1, epoch: 1,
  coverage: 1, layer: null, audience: null, overrides: {}, variants: variantsOf([0.5, 0.5]), ...more,
})

export const snapshotWith = (experiments: SnapshotExperiment[], models = [modelNamed('model')]): Snapshot => ({
  format: 1, version: 1, models, experiments, dormant: [],
})

/** Stands in for JSON Logic: the audience is the name of an attribute that must be true. */
export const attributeRule = (name: unknown): Rule => (attributes) => attributes[String(name)] === true

export const compiledWith = (more: Partial<SnapshotExperiment> = {}, model: Partial<SnapshotModel> = {}): CompiledExperiment => {
  const source = experimentWith(more)
  const snapshot = compileSnapshot(snapshotWith([source], [modelNamed('model', model)]), attributeRule)
  return snapshot.experiments.get(source.key) as CompiledExperiment
}

export const requestFor = (unit: string, more: Partial<AssignRequest> = {}): AssignRequest => ({
  unit, draw: unit, attributes: {}, sticky: null, ...more,
})

export const units = (count: number, prefix = 'user-'): string[] => Array.from({ length: count }, (_, i) => prefix + i)

export const decide = (experiment: CompiledExperiment, unit: string): Decision => assign(experiment, requestFor(unit))

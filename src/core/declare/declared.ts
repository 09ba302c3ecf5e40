import { z } from 'zod'
import { CreateModel, CreateVersion, MetricDefinition, PatchModel } from '../define/definitions.ts'
import { DraftExperiment } from '../define/presets.ts'

/** A model as a file declares it, with its versions. What it leaves out stays as it is. */
export const DeclaredModel = CreateModel.extend({
  ...PatchModel.shape,
  versions: z.array(CreateVersion).max(1_000).optional(),
})
export type DeclaredModel = z.infer<typeof DeclaredModel>

const keysOnce = (items: readonly { key: string }[]): boolean => new Set(items.map(({ key }) => key)).size === items.length
const once = { message: 'each key at most once' }

/** What a team keeps in files: models with their versions, metrics, experiments. */
export const Declared = z.strictObject({
  metrics: z.array(MetricDefinition).max(1_000).refine(keysOnce, once).optional(),
  models: z.array(DeclaredModel).max(200).refine(keysOnce, once).optional(),
  experiments: z.array(DraftExperiment).max(500).refine(keysOnce, once).optional(),
})
export type Declared = z.infer<typeof Declared>

/**
 * What stands between a declaration and what is there. `drift`: it differs and cannot be made the same, because what is
 * there has had traffic or is referred to.
 */
export type DeclaredStep = {
  kind: 'metric' | 'model' | 'version' | 'experiment'
  /** Of a version `model/version`. */
  key: string
  does: 'create' | 'change' | 'nothing' | 'drift'
  /** Fields that differ, `metrics[0].margin`. */
  fields: string[]
  /** Why it cannot be made the same; null unless it drifted. */
  why: string | null
  /** Where it stands in the declaration, `models[0].versions[1]`. */
  at: string
}

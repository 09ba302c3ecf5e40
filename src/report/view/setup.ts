import type { ExperimentView } from '../../core/tell/views.ts'

/** What an experiment's definition does not hold: all that came after it. */
const later = new Set(['state', 'epoch', 'winner', 'holds', 'revision', 'createdAt', 'startedAt', 'endedAt', 'fallback'])
const laterOfVariants = new Set(['status', 'breaker'])

const without = (value: object, keys: ReadonlySet<string>): object => Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)))

/** The definition as it could be sent to `POST /api/experiments` once more, under another key. */
export const setupOf = (experiment: ExperimentView): string =>
  JSON.stringify({ ...without(experiment, later), variants: experiment.variants.map((variant) => without(variant, laterOfVariants)) }, null, 2)

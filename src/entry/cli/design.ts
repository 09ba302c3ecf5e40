import { z } from 'zod'
import { checkExperiment } from '../../core/define/check-experiment.ts'
import { CreateExperiment, MetricDefinition } from '../../core/define/definitions.ts'
import type { StoredDesign } from '../../core/simulate/design.ts'
import { checkSimulation } from '../../core/simulate/plan.ts'
import { SimulationRequest } from '../../core/simulate/request.ts'
import { ServiceError, type Violation } from '../../errors.ts'
import { validateRule } from '../../targeting/validate.ts'
import { exits, Failure } from './failure.ts'
import { inFile, parsed, readJson } from './input.ts'
import { type Asking, experimentPath, ofExperiment, remote } from './service.ts'

/** What a file says: a request of the API, and the metrics that the service would know. */
const Given = SimulationRequest.extend({ metrics: z.array(MetricDefinition).max(50).optional() })

/** Of an object only what its schema has: answers of the API say more than may be sent. */
const only = (schema: z.ZodObject, value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key in schema.shape))

/** The stored definition of an experiment, as it could be sent again. */
const storedExperiment = async (key: string, to: Pick<Asking, 'url' | 'key'>): Promise<unknown> => {
  const api = remote(to)
  const stored = await ofExperiment(api, key, () => api<CreateExperiment>('GET', experimentPath(key)))
  const { overrides: _, ...definition } = only(CreateExperiment, stored)
  return { ...definition, variants: stored.variants.map((variant) => only(CreateExperiment.shape.variants.element, variant)) }
}

const storedMetric = (key: string, to: Pick<Asking, 'url' | 'key'>): Promise<MetricDefinition> =>
  remote(to)<MetricDefinition>('GET', `/api/metrics/${encodeURIComponent(key)}`)

const refuse = (violations: readonly Violation[], file: string): void => {
  const [first] = violations
  if (first) throw inFile(new ServiceError('invalid_definition', `${first.path}: ${first.message}`, { violations: [...violations] }), file)
}

/**
 * A simulation as a file describes it, checked as the service checks one. What the file only names is read from the
 * service; a file that defines everything needs none.
 */
export const designFrom = async (file: string, more: { runs?: number; seed?: number }, to: Pick<Asking, 'url' | 'key'>): Promise<StoredDesign> => {
  const read = await readJson(file)
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Failure('expected an object', { where: file, exit: exits.usage })
  const { metrics: given = [], ...request } = parsed(Given, { ...read, ...more }, file)
  const own = typeof request.experiment === 'string' ? await storedExperiment(request.experiment, to) : null
  const definition = own === null ? (request.experiment as CreateExperiment) : parsed(CreateExperiment, own, 'the service')
  const named = new Map(given.map((metric) => [metric.key, metric]))
  for (const { metric } of definition.metrics) {
    if (!named.has(metric)) named.set(metric, await storedMetric(metric, to).catch((error: unknown) => { throw missing(metric, file, error) }))
  }
  const versions = new Set(definition.variants.map(({ version }) => version))
  const wrong = own === null ? checkExperiment(definition, { metrics: named, versions }, validateRule) : []
  refuse([...wrong.map(({ path, message }) => ({ path: `experiment.${path}`, message })), ...checkSimulation(definition, named, request)], file)
  const { overrides: _, ...kept } = definition
  return { definition: kept, request: { ...request, experiment: kept }, metrics: definition.metrics.map(({ metric }) => named.get(metric)!) }
}

const missing = (metric: string, file: string, cause: unknown): Failure =>
  new Failure(`metric "${metric}" is not defined in the file, and could not be read from a service`, {
    where: file, fix: `add it to "metrics" of the file: {"key": "${metric}", "kind": "conversion", "measure": …, "direction": "increase"}`, exit: exits.usage, cause,
  })

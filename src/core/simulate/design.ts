import { seededRandom, splitMix64 } from '../../../stats/random.ts'
import type { CreateExperiment, MetricDefinition } from '../define/definitions.ts'
import type { SimulationRequest } from './request.ts'
import { type Run, simulateRun } from './run.ts'

/** All that a simulation needs, as plain JSON: what was asked for, and the definitions as they were then. */
export type StoredDesign = { definition: CreateExperiment; metrics: MetricDefinition[]; request: SimulationRequest }

export const designOf = ({ definition, metrics, request }: StoredDesign) => ({
  definition, request, metrics: new Map(metrics.map((metric) => [metric.key, metric])),
})

/** The runs numbered `from` up to (not including) `to`. Each has draws of its own, so any part can be run anywhere, in any order. */
export const simulateRuns = (stored: StoredDesign, from: number, to: number): Run[] => {
  const design = designOf(stored)
  return Array.from({ length: to - from }, (_, index) =>
    simulateRun(design, seededRandom(splitMix64(BigInt(stored.request.seed) * 1_000_003n + BigInt(from + index))())),
  )
}

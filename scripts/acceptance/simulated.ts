import { Worker } from 'node:worker_threads'
import { CreateExperiment, type MetricDefinition } from '../../src/core/define/definitions.ts'
import type { StoredDesign } from '../../src/core/simulate/design.ts'
import { SimulationRequest, type SimulationResult } from '../../src/core/simulate/request.ts'
import type { Word } from '../../src/engine/simulator-thread.ts'

/** A design from plain JSON, as POST /api/simulations takes it. */
export const designed = (request: Record<string, unknown>, metrics: MetricDefinition[]): StoredDesign => {
  const parsed = SimulationRequest.parse(request)
  return { definition: CreateExperiment.parse(parsed.experiment), metrics, request: parsed }
}

/** Run it as the service does, on a thread of its own. */
export const simulate = async (design: StoredDesign, progress: (runs: number) => void): Promise<SimulationResult> => {
  const thread = new Worker(new URL('../../src/engine/simulator-thread.ts', import.meta.url))
  let told = 0
  try {
    return await new Promise((resolve, reject) => {
      thread.on('error', reject)
      thread.on('message', (word: Word) => {
        if ('result' in word) return resolve(word.result)
        progress(word.done - told)
        told = word.done
      })
      thread.postMessage(design, [])
    })
  } finally {
    await thread.terminate()
  }
}

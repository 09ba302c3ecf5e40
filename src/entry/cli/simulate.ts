import { Worker } from 'node:worker_threads'
import type { StoredDesign } from '../../core/simulate/design.ts'
import type { SimulationResult } from '../../core/simulate/request.ts'
import { simulatorThread, type Word } from '../../engine/simulator.ts'
import { simulationProgress } from '../../report/terminal/simulation.ts'
import { beforeEnd } from './interrupts.ts'
import { createProgress } from './output.ts'

/** Run a simulation on a thread, so that Ctrl-C is heard, and say how far it is. */
export const simulateDesign = async (design: StoredDesign): Promise<SimulationResult> => {
  const thread = new Worker(simulatorThread)
  const progress = createProgress()
  const began = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<SimulationResult>()
  thread.on('error', reject)
  thread.on('message', (word: Word) => {
    if ('result' in word) resolve(word.result)
    else progress.show(simulationProgress(word.done, design.request.runs, performance.now() - began))
  })
  const forget = beforeEnd(progress.clear)
  thread.postMessage(design, [])
  try {
    return await promise
  } finally {
    forget()
    progress.clear()
    await thread.terminate()
  }
}

import { parentPort } from 'node:worker_threads'
import { designOf, simulateRuns, type StoredDesign } from '../core/simulate/design.ts'
import type { SimulationResult } from '../core/simulate/request.ts'
import type { Run } from '../core/simulate/run.ts'
import { summarize } from '../core/simulate/summary.ts'

/** Told after every few runs, and once at the end. */
export type Word = { done: number } | { result: SimulationResult }

/** Runs between two words. */
const stretch = 5

parentPort?.once('message', (stored: StoredDesign) => {
  const runs: Run[] = []
  while (runs.length < stored.request.runs) {
    runs.push(...simulateRuns(stored, runs.length, Math.min(stored.request.runs, runs.length + stretch)))
    parentPort?.postMessage({ done: runs.length } satisfies Word, [])
  }
  parentPort?.postMessage({ result: summarize(designOf(stored), runs) } satisfies Word, [])
})

import { parentPort } from 'node:worker_threads'
import { randomOf } from './seeds.ts'
import { noRuns, tally, type Tally } from './study.ts'
import { studies } from './studies/index.ts'

/** Runs `from` up to (not including) `to` of one cell. */
export type Task = { study: string; cell: string; seed: number; from: number; to: number }
export type Done = { task: Task; sums: Tally }

/** Simulate a stretch of one cell's runs. */
export const simulate = (task: Task): Tally => {
  const cell = studies.find(({ name }) => name === task.study)?.cells.find(({ key }) => key === task.cell)
  if (!cell) throw new RangeError(`there is no cell ${task.study}/${task.cell}`)
  const sums = noRuns()
  for (let run = task.from; run < task.to; run++) tally(sums, cell.run(randomOf(task.seed, task.study, task.cell, run)))
  return sums
}

parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage({ task, sums: simulate(task) } satisfies Done, [])
})

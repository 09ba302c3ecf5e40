import { Worker } from 'node:worker_threads'
import { addTally, noRuns, type Study, type Tally } from './study.ts'
import type { Done, Task } from './worker.ts'

export type Options = {
  seed: number
  quick: boolean
  workers: number
  onProgress: (done: number, total: number) => void
}

const key = (study: string, cell: string): string => `${study}/${cell}`
/** Runs of one task: few enough that all cores end together. */
const stretch = 50

const tasksOf = (studies: readonly Study[], { seed, quick }: Options): Task[] =>
  studies.flatMap((study) =>
    study.cells.flatMap((cell) => {
      const runs = quick ? cell.quick : cell.runs
      return Array.from({ length: Math.ceil(runs / stretch) }, (_, part) => ({
        study: study.name, cell: cell.key, seed, from: part * stretch, to: Math.min(runs, (part + 1) * stretch),
      }))
    }),
  )

/** Simulate all cells on all cores; answers the sums by `study/cell`. The same seed gives the same sums on any number of cores. */
export const simulateAll = async (studies: readonly Study[], options: Options): Promise<Map<string, Tally>> => {
  const tasks = tasksOf(studies, options)
  const total = tasks.reduce((sum, { from, to }) => sum + to - from, 0)
  const sums = new Map(studies.flatMap(({ name, cells }) => cells.map((cell) => [key(name, cell.key), noRuns()])))
  const parts: Done[] = []
  let next = 0
  let done = 0

  const drive = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const task = tasks[next++]
        if (task) worker.postMessage(task, [])
        else resolve()
      }
      worker.on('error', reject)
      worker.on('message', (part: Done) => {
        parts.push(part)
        done += part.task.to - part.task.from
        options.onProgress(done, total)
        give()
      })
      give()
    })

  const workers = Array.from({ length: options.workers }, () => new Worker(new URL('./worker.ts', import.meta.url)))
  try {
    await Promise.all(workers.map(drive))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  // sums of floating-point numbers depend on their order: add in that of the runs
  for (const { task, sums: part } of parts.toSorted((a, b) => a.task.from - b.task.from)) {
    addTally(sums.get(key(task.study, task.cell))!, part)
  }
  return sums
}

import { Worker } from 'node:worker_threads'
import type { StoredDesign } from '../core/simulate/design.ts'
import type { SimulationResult } from '../core/simulate/request.ts'
import type { Log } from '../deps.ts'
import type { Word } from './simulator-thread.ts'

export type { Word } from './simulator-thread.ts'

/** Where simulations wait; see the store. */
export type SimulationQueue = {
  take(): Promise<{ id: string; design: StoredDesign } | null>
  progress(id: string, done: number): Promise<boolean>
  finish(id: string, end: { result: SimulationResult } | { error: string }): Promise<void>
  giveBack(id: string): Promise<void>
}

/** The module of the thread: it takes a design, and posts words. Compiled or not, it stands beside this one. */
export const simulatorThread = new URL(`./simulator-thread${import.meta.url.slice(-3)}`, import.meta.url)

export type Simulator = { start(): void; stop(): Promise<void> }

/** Milliseconds between looks for something to simulate, and between words of progress. */
const POLL_MS = 1_000

/** What became of a simulation: a result, or why there is none. */
type End = { result: SimulationResult } | { error: string } | 'lost' | 'stopped'

/**
 * Takes simulations one after the other and runs them on a thread of its own, so that requests never wait for them.
 * Progress doubles as a sign of life: a process that dies leaves its simulation to another one, which runs it anew.
 */
export const createSimulator = ({ queue, log, pollMs = POLL_MS }: { queue: SimulationQueue; log: Log; pollMs?: number }): Simulator => {
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let working: Promise<void> = Promise.resolve()

  const simulate = async (id: string, design: StoredDesign): Promise<End> => {
    const thread = new Worker(simulatorThread)
    const ended = Promise.withResolvers<End>()
    let done = 0
    const tell = setInterval(() => {
      queue.progress(id, done).then(
        (ours) => ours || ended.resolve('lost'),
        (error: unknown) => log.warn({ err: error, simulation: id }, 'progress could not be written'),
      )
    }, pollMs)
    const stopped = (): void => ended.resolve('stopped')
    stopping.signal.addEventListener('abort', stopped, { once: true })
    thread.on('message', (word: Word) => {
      if ('result' in word) ended.resolve(word)
      else done = word.done
    })
    thread.on('error', (error) => {
      log.error({ err: error, simulation: id }, 'a simulation failed')
      ended.resolve({ error: 'the simulation failed; the log of the service says why' })
    })
    thread.postMessage(design, [])
    try {
      return await ended.promise
    } finally {
      clearInterval(tell)
      stopping.signal.removeEventListener('abort', stopped)
      await thread.terminate()
    }
  }

  /** Simulate until nothing waits. */
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const next = await queue.take()
      if (!next) return
      const end = await simulate(next.id, next.design)
      if (end === 'lost') continue
      if (end === 'stopped') await queue.giveBack(next.id)
      else await queue.finish(next.id, end)
    }
  }

  const later = (): void => {
    if (stopping.signal.aborted) return
    timer = setTimeout(() => {
      working = work().catch((error: unknown) => log.warn({ err: error }, 'simulations could not be looked for')).finally(later)
    }, pollMs)
    timer.unref()
  }

  return {
    start: later,
    async stop() {
      stopping.abort()
      if (timer) clearTimeout(timer)
      await working
    },
  }
}

import { Worker } from 'node:worker_threads'
import type { Answer, Request, WorkerData } from './messages.ts'
import { Session } from './session.ts'

export type Host = {
  /** A socket for postgres.js, once the engine can be opened. Only one session exists: a new one ends the last. */
  dial(): Promise<Session>
  /** Since when the engine has been at work on what it was last given, milliseconds; null when idle. */
  busySince(): number | null
  /** End the engine wherever it is, as kill -9 would. The next session opens it again. */
  terminate(): void
  syncs(): Promise<number>
  close(): Promise<void>
}

/** The engine's thread, as long as it lives. */
type Thread = { worker: Worker; bursts: number; since: number | null; exited: Promise<unknown> }

/**
 * Runs PGlite in a worker thread: its calls are synchronous and would stop the event loop. No timeout of its
 * own ever fires in there either, so whoever waits decides when to `terminate`.
 */
export const createHost = (data: WorkerData): Host => {
  let thread: Thread | undefined
  let session: Session | undefined
  let number = 0
  let ended: Promise<unknown> = Promise.resolve()
  const asked: ((count: number) => void)[] = []

  const receive = (from: Thread, answer: Answer): void => {
    if (answer.type === 'syncs') {
      from.worker.unref()
      return asked.shift()?.(answer.count)
    }
    if (answer.type !== 'answer') return
    from.bursts--
    from.since = from.bursts > 0 ? performance.now() : null
    if (answer.session === number && answer.bytes.length > 0) session?.receive(answer.bytes)
  }

  const start = (): Thread => {
    const worker = new Worker(new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url), { workerData: data, name: 'contender-store' })
    const { promise: exited, resolve } = Promise.withResolvers<unknown>()
    const started: Thread = { worker, bursts: 0, since: null, exited }
    let failure: Error | undefined
    worker.on('message', (answer: Answer) => receive(started, answer))
    worker.on('error', (error) => (failure = error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => {
      resolve(undefined)
      if (thread !== started) return
      thread = undefined
      session?.destroy(failure ?? new Error('the embedded store ended unexpectedly'))
    })
    worker.unref()
    return started
  }

  const begin = (next: Session): void => {
    session?.destroy()
    session = next
    number++
  }

  const send = (from: Session, bytes: Uint8Array): void => {
    if (!thread || from !== session) return void from.destroy()
    if (thread.bursts++ === 0) thread.since = performance.now()
    const request: Request = { type: 'burst', session: number, bytes }
    thread.worker.postMessage(request, [bytes.buffer as ArrayBuffer])
  }

  const terminate = (): void => {
    const current = thread
    if (!current) return
    thread = undefined
    ended = current.worker.terminate()
    session?.destroy()
  }

  return {
    dial: async () => {
      await ended // two engines must never have the directory open
      thread ??= start()
      return new Session({ begin, send })
    },
    busySince: () => thread?.since ?? null,
    terminate,
    syncs: () => {
      const { promise, resolve } = Promise.withResolvers<number>()
      asked.push(resolve)
      thread?.worker.ref()
      thread?.worker.postMessage({ type: 'syncs' } satisfies Request, [])
      return promise
    },
    close: async () => {
      session?.destroy()
      const current = thread
      thread = undefined
      if (current) {
        current.worker.ref()
        current.worker.postMessage({ type: 'close' } satisfies Request, [])
        await current.exited
      }
      await ended
    },
  }
}

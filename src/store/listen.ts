import postgres from 'postgres'
import { clientOptions } from './client.ts'
import { createDialer, tlsModeOf } from './dial.ts'
import { endable } from './clients.ts'

/** The channel that src/store/control/publish.ts notifies, inside the transaction that publishes. */
const channel = 'contender_snapshot'

/** How long the database may take to answer, in milliseconds; a connection that does not is given up. */
const answerMs = 2_000
/** Pauses before the next attempt, in milliseconds: they double from the first to the last. */
const firstPauseMs = 100
const longestPauseMs = 10_000

export type ListenOptions = {
  /** `postgres://…` */
  url: string
  /** Told each published version, and the one in force whenever it begins to listen. */
  hear(version: number): void
  /** Told once when listening ends by itself, not again until it was heard of anew. */
  lost?(cause: unknown): void
  /** Milliseconds between questions whether the connection still listens: a dead network looks like silence. */
  pingMs?: number
}

type Asked = { version: number; listening: boolean }

/**
 * Hear of published versions as they commit, on a connection of its own: notifications carry nothing but the number.
 * A connection that is lost, or does not answer, is replaced for as long as it takes. Notifications in between are
 * lost, so each new connection asks for the version; and whoever needs to be sure polls.
 *
 * Behind a pooler that shares connections between transactions nothing is heard: it says so and keeps trying.
 *
 * @returns a function that ends it
 * @throws {Error} when the address asks for an encryption that does not exist
 */
export const listenForVersions = (options: ListenOptions): (() => Promise<void>) => {
  const { url, hear, lost = () => {}, pingMs = 5_000 } = options
  const mode = tlsModeOf(url)
  const ended = new AbortController()
  let failures = 0

  /** One connection, from its beginning to its end. Rejects when it is lost. */
  const attend = async (): Promise<void> => {
    const { promise: gone, reject: giveUp } = Promise.withResolvers<never>()
    gone.catch(() => {}) // it may go while nobody asks
    const dialer = createDialer(mode, giveUp)
    const settings = {
      ...clientOptions,
      max: 1,
      socket: dialer.dial,
      ssl: false,
      connect_timeout: 2,
      connection: { application_name: 'contender-listen' },
      onnotify: (_channel: string, version: string) => hear(Number(version)),
      // the driver would connect again, and listen to nothing
      onclose: () => giveUp(new Error('the connection was closed')),
    }
    const { sql, destroy } = endable(postgres(url, settings), dialer)
    const onEnd = (): void => giveUp(new Error('no longer wanted'))
    ended.signal.addEventListener('abort', onEnd)
    const answered = <T>(query: PromiseLike<T>): Promise<T> => Promise.race([query, gone, failAfter(answerMs)])
    try {
      await answered(sql`listen ${sql(channel)}`)
      for (let first = true; ; first = false) {
        const [asked] = await answered(sql<Asked[]>`
          select version, exists (select from pg_listening_channels()) as listening from publication`)
        if (!asked?.listening) throw new Error('the session does not listen; is there a pooler in between?')
        if (first) hear(asked.version)
        else failures = 0
        await Promise.race([pause(pingMs, ended.signal), gone])
      }
    } finally {
      ended.signal.removeEventListener('abort', onEnd)
      await destroy()
    }
  }

  const attendAlways = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        await attend()
      } catch (cause) {
        if (ended.signal.aborted) return
        if (failures === 0) lost(cause)
        await pause(Math.min(firstPauseMs * 2 ** failures++, longestPauseMs) * (0.5 + Math.random() / 2), ended.signal)
      }
    }
  }
  const attending = attendAlways()
  return () => {
    ended.abort()
    return attending
  }
}

/** Resolves after `ms` milliseconds, or at once when the signal says so. Keeps no process alive. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) return Promise.resolve()
  const over = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', over)
    resolve()
  }
  const timer = setTimeout(over, ms)
  timer.unref()
  signal.addEventListener('abort', over)
  return promise
}

const failAfter = (ms: number): Promise<never> =>
  new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref()
  })

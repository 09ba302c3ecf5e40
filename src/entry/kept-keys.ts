import { Buffer } from 'node:buffer'
import type { Keys } from '../deps.ts'
import type { KeptFiles } from './kept-files.ts'

const NAME = 'keys'

/** How long a key that worked may go on while nobody can say otherwise, in milliseconds. */
const KEPT_MS = 3_600_000
/** How long an answer about a key that worked is waited for. */
const PATIENCE_MS = 500
const MOST_KEPT = 10_000
/** How often what worked is written to disk at most, in milliseconds. */
const WRITE_MS = 5_000

type Found = Awaited<ReturnType<Keys['find']>>

type KeptKey = { found: NonNullable<Found>; at: number }

const unanswered = Symbol('unanswered')

const within = async <T>(ms: number, promise: Promise<T>): Promise<T | typeof unanswered> => {
  const { promise: late, resolve } = Promise.withResolvers<typeof unanswered>()
  const timer = setTimeout(() => resolve(unanswered), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The same keys, and callers whose key worked within the last hour still known while the database is away or hangs:
 * assignments go on without it. A key that it says is gone is gone at once.
 *
 * @param now   milliseconds since 1970
 * @param files where their hashes are kept for a start without the database; nowhere unless told
 */
export const keepKeys = (keys: Keys, now: () => number, patienceMs = PATIENCE_MS, files?: KeptFiles): Keys => {
  const kept = new Map(files?.read(NAME) as [string, KeptKey][] | null)
  let written = -Infinity

  const write = (): void => {
    written = now()
    files?.write(NAME, [...kept])
  }
  const note = (name: string, found: Found): Found => {
    const known = kept.delete(name)
    if (found === null) {
      if (known) write()
      return null
    }
    const [oldest] = kept.keys()
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    kept.set(name, { found, at: now() })
    if (now() - written >= WRITE_MS) write()
    return found
  }

  return {
    ...keys,
    async find(hash) {
      const name = Buffer.from(hash).toString('base64')
      const asked = keys.find(hash).then((found) => note(name, found))
      const known = kept.get(name)
      if (!known || now() - known.at > KEPT_MS) return asked
      const answer = await within(patienceMs, asked).catch(() => unanswered)
      return answer === unanswered ? known.found : (answer as Found)
    },
  }
}

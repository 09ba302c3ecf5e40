import type { CompileRule } from '../../assign/compile.ts'
import type { Live, Log, SnapshotSource } from '../../deps.ts'
import { createLive } from '../../live/live.ts'
import { atMost } from './at-most.ts'
import { contextOrNull, currentContext } from './context.ts'

/** Younger than this nobody asks the database, in milliseconds. */
export const freshMs = 4_000
/** Older than this an answer waits for a newer one, and says so when none came. */
export const staleMs = 60_000
/** How long it waits: with an old snapshot, and without any. */
const waitMs = 500
export const coldMs = 1_800
/** One request at a time looks behind its answer; a look that died with its request counts this long. */
const lookMs = 1_000

export type EdgeLiveOptions = {
  source: SnapshotSource
  compileRule: CompileRule
  log: Log
  /** Milliseconds. It may stand still while a request computes. */
  now(): number
}

export type EdgeLive = Live & {
  /** Before a request is served: see that the snapshot is recent enough, at once when it is. Never rejects. */
  freshen(): Promise<void>
  /** Did the database answer when it was last asked? */
  answered(): boolean
}

/**
 * The snapshot that an isolate keeps between requests: plain data. Looking for a newer one is the work of some
 * request, with its own connection, and no other request waits for it.
 */
export const createEdgeLive = ({ source, compileRule, log, now }: EdgeLiveOptions): EdgeLive => {
  const holder = createLive({ source, compileRule, log, now })
  let confirmed = -Infinity
  let attempted = -Infinity
  let answered = false

  const ageMs = (): number => now() - confirmed

  const look = async (): Promise<void> => {
    const asked = now()
    attempted = asked
    const known = holder.current()
    if (known === null || (await source.version()) > known.version) {
      const loaded = await source.load()
      holder.offer(loaded.snapshot, loaded.measures)
    }
    confirmed = Math.max(confirmed, asked)
  }
  const refresh = async (): Promise<void> => {
    try {
      await look()
      answered = true
    } catch (error) {
      answered = false
      throw error
    }
  }

  /** Look now, for at most `ms`; what takes longer goes on behind the answer. */
  const lookWithin = async (ms: number): Promise<void> => {
    const looking = refresh()
    currentContext().behind(() => looking)
    await atMost(ms, looking)
  }

  return {
    current: holder.current,
    source: holder.source,
    measures: holder.measures,
    ageMs,
    refresh,
    answered: () => answered,
    async freshen() {
      const age = ageMs()
      if (age < freshMs) return
      if (holder.current() === null) await lookWithin(coldMs)
      else if (age >= staleMs) await lookWithin(waitMs)
      else if (now() - attempted >= lookMs) currentContext().behind(refresh)
    },
    /** A stream cannot be told by another request, so each looks for itself while it lasts. */
    subscribe(listener) {
      const context = contextOrNull()
      if (context === null) return holder.subscribe(listener)
      let seen = holder.current()?.version ?? 0
      const timer = setInterval(() => {
        const version = holder.current()?.version ?? 0
        if (version > seen) listener((seen = version))
        if (ageMs() < freshMs || now() - attempted < lookMs) return
        context.behind(refresh)
        void context.end()
      }, lookMs)
      return () => clearInterval(timer)
    },
  }
}

import type { Log } from '../deps.ts'

/** The lease of the one engine that acts. `fence` rises with every takeover, and writes carry it. */
export type Lease = {
  /** Take it if it is free or has expired; null while another holds it. */
  acquire(): Promise<{ fence: number } | null>
  /** False when it has been taken over meanwhile. */
  renew(fence: number): Promise<boolean>
  release(fence: number): Promise<void>
}

/** Call `work` after `ms` milliseconds; answers a function that cancels. */
export type Timer = (work: () => void, ms: number) => () => void

export const systemTimer: Timer = (work, ms) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

export type LeaderOptions = {
  lease: Lease
  /** One look at everything. The signal aborts when leadership is lost or the engine stops. */
  tick(fence: number, signal: AbortSignal): Promise<unknown>
  log: Log
  /** Milliseconds from the end of a tick to the next. */
  intervalMs: number
  /** What is looked at more often, beside the ticks: so many milliseconds from the end of one look to the next. */
  often?: { look(fence: number, signal: AbortSignal): Promise<unknown>; everyMs: number }
  /** Milliseconds between attempts to take or renew the lease; well below its life. */
  heartbeatMs?: number
  /** Milliseconds without a confirmed renewal after which this node stops acting; at most the lease's life. */
  patienceMs?: number
  timer?: Timer
  /** Milliseconds on a clock that only moves forward. */
  elapsed?: () => number
}

export type Leader = {
  start(): void
  /** Finish the tick under way, give the lease back. */
  stop(): Promise<void>
  leading(): boolean
}

/** Something that is done again and again in a term. */
type Loop = { work(fence: number, signal: AbortSignal): Promise<unknown>; everyMs: number; underWay: Promise<void>; cancel(): void }

type Term = { fence: number; confirmed: number; abort: AbortController; loops: Loop[] }

/**
 * Stand for leadership, and tick while it lasts. The lease is renewed beside the ticks, so that a long one does not
 * cost it; whoever cannot renew it stops by itself, and a write that comes too late is refused by its fence.
 */
export const createLeader = (options: LeaderOptions): Leader => {
  const {
    lease,
    log,
    intervalMs,
    often,
    heartbeatMs = 1_000,
    patienceMs = 6_000,
    timer = systemTimer,
    elapsed = () => performance.now(),
  } = options
  let term: Term | null = null
  let stopped = true
  let cancelBeat = (): void => {}
  let beating: Promise<void> = Promise.resolve()

  const lose = (why: string): void => {
    if (!term) return
    log.warn({ fence: term.fence }, `no longer leading: ${why}`)
    term.abort.abort()
    for (const { cancel } of term.loops) cancel()
    term = null
  }

  const once = async (own: Term, loop: Loop): Promise<void> => {
    try {
      await loop.work(own.fence, own.abort.signal)
    } catch (error) {
      log.error({ err: error }, 'a tick failed')
    }
    if (!own.abort.signal.aborted) loop.cancel = timer(() => run(own, loop), loop.everyMs)
  }
  const run = (own: Term, loop: Loop): void => {
    if (elapsed() - own.confirmed >= patienceMs) return lose('the lease has not been confirmed for too long')
    loop.underWay = once(own, loop)
  }
  const loopOf = (work: Loop['work'], everyMs: number): Loop => ({ work, everyMs, underWay: Promise.resolve(), cancel: () => {} })

  const renew = async (own: Term): Promise<void> => {
    try {
      const asked = elapsed()
      if (await lease.renew(own.fence)) own.confirmed = asked
      else lose('another engine has taken over')
    } catch (error) {
      if (elapsed() - own.confirmed >= patienceMs) lose('the lease could not be renewed')
      else log.warn({ err: error }, 'the lease could not be renewed yet')
    }
  }

  const stand = async (): Promise<void> => {
    const asked = elapsed()
    const won = await lease.acquire().catch((error: unknown) => {
      log.warn({ err: error }, 'the lease could not be asked for')
      return null
    })
    if (!won) return
    if (stopped) return lease.release(won.fence).catch(() => {})
    log.info({ fence: won.fence }, 'leading')
    const own = { fence: won.fence, confirmed: asked, abort: new AbortController(), loops: [loopOf(options.tick, intervalMs)] }
    if (often) own.loops.push(loopOf(often.look, often.everyMs))
    term = own
    for (const loop of own.loops) run(own, loop)
  }

  const beat = async (): Promise<void> => {
    await (term ? renew(term) : stand())
    if (!stopped) cancelBeat = timer(() => void (beating = beat()), heartbeatMs)
  }

  return {
    start: () => {
      if (!stopped) return
      stopped = false
      beating = beat()
    },
    stop: async () => {
      stopped = true
      cancelBeat()
      await beating
      const own = term
      term = null
      if (!own) return
      own.abort.abort()
      for (const { cancel } of own.loops) cancel()
      await Promise.all(own.loops.map(({ underWay }) => underWay))
      await lease.release(own.fence).catch((error: unknown) => log.warn({ err: error }, 'the lease was not released'))
    },
    leading: () => term !== null,
  }
}

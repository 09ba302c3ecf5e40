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

type Term = { fence: number; confirmed: number; abort: AbortController; ticking: Promise<void>; cancel(): void }

/**
 * Stand for leadership, and tick while it lasts. The lease is renewed beside the ticks, so that a long one does not
 * cost it; whoever cannot renew it stops by itself, and a write that comes too late is refused by its fence.
 */
export const createLeader = (options: LeaderOptions): Leader => {
  const {
    lease,
    log,
    intervalMs,
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
    term.cancel()
    term = null
  }

  const tickOnce = async (own: Term): Promise<void> => {
    try {
      await options.tick(own.fence, own.abort.signal)
    } catch (error) {
      log.error({ err: error }, 'a tick failed')
    }
    if (!own.abort.signal.aborted) own.cancel = timer(() => run(own), intervalMs)
  }
  const run = (own: Term): void => {
    if (elapsed() - own.confirmed >= patienceMs) return lose('the lease has not been confirmed for too long')
    own.ticking = tickOnce(own)
  }

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
    term = {
      fence: won.fence,
      confirmed: asked,
      abort: new AbortController(),
      ticking: Promise.resolve(),
      cancel: () => {},
    }
    run(term)
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
      own.cancel()
      await own.ticking
      await lease.release(own.fence).catch((error: unknown) => log.warn({ err: error }, 'the lease was not released'))
    },
    leading: () => term !== null,
  }
}

export type Window = { calls: number; errors: number }
/** Five seconds of calls from `start` on (milliseconds), by arm. */
export type Slot = { start: number; arms: Window[] }
export type Allowance = { allowed: true } | { allowed: false; retryAfterSeconds: number }

/**
 * Hot, best-effort numbers. Nothing here is truth: no statistic reads them, a lost server loses them, and a call
 * that timed out may have happened. Every awaited call answers within 30 ms, with its fallback when nobody does.
 */
export interface Counters {
  /** Count one served assignment; collected and written in batches. */
  served(experiment: number, variant: number): void
  /** Served assignments by variant ordinal (missing ones are 0), or null when unavailable. */
  servedCounts(experiment: number): Promise<number[] | null>
  /**
   * The variant this unit was given first: `candidate` if it is new. Null when unavailable.
   * @param unit       keyed unit hash, 32 hex digits
   * @param ttlSeconds how long it is remembered, from the first touch on; at least 1
   */
  firstTouch(experiment: number, unit: string, candidate: number, ttlSeconds: number): Promise<number | null>
  /** Move a unit on when its variant is gone: sets `to` if it still has `from`; answers what it has now. */
  reassign(experiment: number, unit: string, from: number, to: number, ttlSeconds: number): Promise<number | null>
  /** Note calls and errors of an arm for its breaker. `now` in milliseconds. */
  observe(experiment: number, arm: number, calls: number, errors: number, now: number): void
  /** The slots of the last minute, the oldest first, for arms 0 … `arms` − 1; or null when unavailable. */
  recent(experiment: number, arms: number, now: number): Promise<Slot[] | null>
  /** GCRA rate limit: `ratePerSecond` sustained, `burst` at once. Unavailable: this process limits by itself. */
  allow(key: string, ratePerSecond: number, burst: number, now: number): Promise<Allowance>
  /** Tell all nodes that this snapshot version was published. Never throws. */
  publish(version: number): Promise<void>
  /** Told each published version, those missed while disconnected excepted; answers a function that ends this. */
  subscribe(listener: (version: number) => void): () => void
  /** Of the last results and the connection; asks nobody. */
  health(): 'ok' | 'degraded'
  /** Increments of `served` and `observe` that are not known to be written, since the start. */
  dropped(): number
  /** Write what is pending, within half a second, and disconnect. */
  close(): Promise<void>
}

/** Width of a breaker slot and how many make the window: one minute. */
export const slotMs = 5_000
export const slotsPerWindow = 12

/** The slots of the last minute, the oldest first. `now` in milliseconds. */
export const lastSlots = (now: number): number[] =>
  Array.from({ length: slotsPerWindow }, (_, index) => Math.floor(now / slotMs) - slotsPerWindow + 1 + index)

/** How long a unit's first variant is remembered, in seconds: 90 days, longer than experiments run. On Node and at the edge. */
export const firstTouchSeconds = 90 * 86_400

import { gcra } from './gcra.ts'
import type { Allowance } from './port.ts'
import { remember } from './remember.ts'

/** Callers remembered at most; one that was forgotten starts with its whole burst. */
const maxKeys = 10_000

export type Buckets = {
  /** Counts the call if it is allowed. `ratePerSecond` sustained, `burst` at once, `now` in milliseconds. */
  allow(key: string, ratePerSecond: number, burst: number, now: number): Allowance
}

/** Rate limits of one process, bounded in memory. */
export const createBuckets = (): Buckets => {
  const arrivals = new Map<string, number>()
  return {
    allow(key, ratePerSecond, burst, now) {
      const { allowance, arrival } = gcra(arrivals.get(key), ratePerSecond, burst, now)
      remember(arrivals, key, arrival, maxKeys)
      return allowance
    },
  }
}

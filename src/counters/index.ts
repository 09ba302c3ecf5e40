import { createMemoryCounters } from './memory.ts'
import type { Counters } from './port.ts'
import { createRedisCounters } from './redis.ts'

export { type Allowance, type Counters, firstTouchSeconds, type Slot, type Window } from './port.ts'

/** Redis where a URL is given, else this process. */
export const createCounters = (options: { redisUrl?: string | null; observe?: (error: unknown) => void }): Counters =>
  options.redisUrl
    ? createRedisCounters({ url: options.redisUrl, ...(options.observe ? { observe: options.observe } : {}) })
    : createMemoryCounters()

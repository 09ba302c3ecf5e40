import type { Exposure } from '../../deps.ts'

/** Plain data that outlives requests: what one could not write, a later one takes along. */
export type Outbox = {
  put(exposure: Exposure): void
  /** Write everything that waits, in one go; what could not be written waits again. */
  flush(write: (exposures: readonly Exposure[]) => Promise<unknown>): Promise<void>
  waiting(): number
  /** Exposures that found no room. Their units appear with their first outcome, if there is one. */
  dropped(): number
}

/** @param capacity exposures that wait at most; the oldest go first */
export const createOutbox = (capacity = 10_000): Outbox => {
  let pending: Exposure[] = []
  let dropped = 0

  const trim = (): void => {
    const excess = pending.length - capacity
    if (excess <= 0) return
    pending = pending.slice(excess)
    dropped += excess
  }

  return {
    put(exposure) {
      pending.push(exposure)
      trim()
    },
    async flush(write) {
      const taken = pending
      if (taken.length === 0) return
      pending = []
      try {
        await write(taken)
      } catch (error) {
        pending = [...taken, ...pending]
        trim()
        throw error
      }
    },
    waiting: () => pending.length,
    dropped: () => dropped,
  }
}

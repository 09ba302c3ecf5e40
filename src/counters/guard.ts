import { commandMs } from './redis-client.ts'

/** Milliseconds without a call after a failure; then the next call probes. */
const restMs = 250

export type Guard = {
  /** The answer of `work`, or `fallback` when it fails or takes longer than a command may. Never throws. */
  bounded<T>(work: () => Promise<T>, fallback: T): Promise<T>
  health(): 'ok' | 'degraded'
}

const timedOut = Symbol('timed out')

/**
 * A bound of our own around every awaited call: the driver's time-out does not cover a connection that is being made.
 * `clock` in milliseconds.
 */
export const createGuard = (observe: (error: unknown) => void, clock: () => number = () => performance.now()): Guard => {
  let restUntil = 0
  let state: 'ok' | 'degraded' = 'ok'
  const failed = (error: unknown): void => {
    restUntil = clock() + restMs
    state = 'degraded'
    observe(error)
  }
  return {
    async bounded(work, fallback) {
      if (clock() < restUntil) return fallback
      let timer: ReturnType<typeof setTimeout> | undefined
      const limit = new Promise<typeof timedOut>((resolve) => {
        timer = setTimeout(resolve, commandMs + 3, timedOut)
      })
      try {
        const answer = await Promise.race([work(), limit])
        if (answer === timedOut) {
          failed(new Error(`no answer within ${commandMs + 3} ms`))
          return fallback
        }
        state = 'ok'
        return answer
      } catch (error) {
        failed(error)
        return fallback
      } finally {
        clearTimeout(timer)
      }
    },
    health: () => state,
  }
}

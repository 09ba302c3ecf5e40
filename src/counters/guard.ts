/** Milliseconds between probes of a server that failed; every other call answers its fallback at once. */
const restMs = 250

export type Guard = {
  /**
   * The answer of `work`, or `fallback` when it fails, takes too long, or is not even tried. Never throws.
   * @param limitMs another bound than the usual, for work that nobody waits for: it is always tried
   */
  bounded<T>(work: () => Promise<T>, fallback: T, limitMs?: number): Promise<T>
  /** The connection stands again, or is lost: no need to find out by a call. */
  up(): void
  down(): void
  health(): 'ok' | 'degraded'
}

/**
 * A bound of our own around every awaited call. After a failure one call in 250 ms probes and the others rest, so a
 * hung server delays hardly anybody.
 *
 * @param callMs  longest wait for an answer, in milliseconds
 * @param observe told of every failure
 * @param clock   milliseconds, monotonic
 */
export const createGuard = (
  callMs: number,
  observe: (error: unknown) => void,
  clock: () => number = () => performance.now(),
): Guard => {
  let restUntil = 0
  let state: 'ok' | 'degraded' = 'ok'

  const up = (): void => {
    state = 'ok'
  }
  const down = (): void => {
    state = 'degraded'
    restUntil = clock() + restMs
  }

  return {
    async bounded(work, fallback, limitMs) {
      if (state === 'degraded' && limitMs === undefined) {
        if (clock() < restUntil) return fallback
        restUntil = clock() + restMs // this call probes, the others go on resting
      }
      let timer: ReturnType<typeof setTimeout> | undefined
      const late = new Promise<never>((_resolve, reject) => {
        const ms = limitMs ?? callMs
        timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
      })
      try {
        const answer = await Promise.race([work(), late])
        up()
        return answer
      } catch (error) {
        down()
        observe(error)
        return fallback
      } finally {
        clearTimeout(timer)
      }
    },
    up,
    down,
    health: () => state,
  }
}

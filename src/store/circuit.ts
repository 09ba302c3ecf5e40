/** The pauses between attempts to find the server again, in milliseconds; the last one repeats. */
const pauses = [50, 100, 200, 400]

export type Circuit = {
  /** Nothing while calls may pass; else a promise that settles when the first check has ended. */
  admit(): Promise<void> | undefined
  /** The server seems gone: check at once, and keep checking with pauses until it answers. */
  trip(cause: unknown): void
  /** What made the server unreachable, while it is known to be. */
  readonly cause: unknown
  stop(): void
}

type State =
  | { kind: 'closed' }
  | { kind: 'checking'; check: Promise<void>; cause: unknown }
  | { kind: 'open'; cause: unknown }

/**
 * Keeps callers from a server that is known to be dead. A first failure is checked at once, and callers
 * wait for that check, so that one lost connection costs no errors. If it fails they get the cause at
 * once, and so does everybody else, until an attempt in the background succeeds.
 *
 * @param probe   resolves when the server answers; must bound its own time
 * @param changed told 'unavailable' when the first check failed, 'recovered' when a later one succeeded
 */
export const createCircuit = (
  probe: () => Promise<void>,
  changed: (to: 'unavailable' | 'recovered', cause: unknown) => void = () => {},
): Circuit => {
  let state: State = { kind: 'closed' }
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const retry = (failures: number): void => {
    if (stopped) return
    const pause = pauses[Math.min(failures, pauses.length) - 1] ?? 0
    timer = setTimeout(() => void attempt(failures), pause * (0.5 + Math.random() / 2))
    if (typeof timer === 'object') timer.unref() // a number outside Node
  }

  const attempt = async (failures: number): Promise<void> => {
    try {
      await probe()
      state = { kind: 'closed' }
      if (failures > 0) changed('recovered', undefined)
    } catch (cause) {
      state = { kind: 'open', cause }
      if (failures === 0) changed('unavailable', cause)
      retry(failures + 1)
      if (failures === 0) throw cause
    }
  }

  return {
    admit: () => {
      if (state.kind === 'open') return Promise.reject(state.cause)
      return state.kind === 'checking' ? state.check : undefined
    },
    trip: (cause) => {
      if (state.kind !== 'closed' || stopped) return
      const check = attempt(0)
      check.catch(() => {}) // callers that wait see it through admit(); there may be none
      state = { kind: 'checking', check, cause }
    },
    get cause() {
      return state.kind === 'closed' ? undefined : state.cause
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

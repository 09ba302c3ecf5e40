/** How long a slot counts that nobody gave back, in milliseconds: the runtime ends what a request left sooner. */
const forgottenMs = 35_000

export type Slots = {
  /** A slot, or null when there was none for `withinMs` milliseconds. Call the answer to give it back. */
  take(withinMs: number): Promise<(() => void) | null>
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Bounds how many requests of an isolate hold a connection. Numbers only: a request waits by looking again, since a
 * promise that another request resolves would belong to that one.
 */
export const createSlots = (most: number, now: () => number = Date.now): Slots => {
  const taken = new Map<number, number>()
  let next = 0

  const isFull = (): boolean => {
    if (taken.size < most) return false
    for (const [slot, since] of taken) if (now() - since >= forgottenMs) taken.delete(slot)
    return taken.size >= most
  }

  return {
    async take(withinMs) {
      const began = now()
      while (isFull()) {
        const left = withinMs - (now() - began)
        if (left <= 0) return null
        await sleep(Math.min(left, 5 + Math.random() * 25))
      }
      const slot = next++
      taken.set(slot, now())
      return () => void taken.delete(slot)
    },
  }
}

import type { Lease } from '../../engine/leader.ts'

/** Milliseconds between renewals while a tick lasts; well below the lease's life. */
const BEAT_MS = 2_000

/**
 * Lead for one tick and give the lease back. Does nothing where another engine leads, as a Node service usually does.
 *
 * @param tick ends early when its signal says that the lease was lost
 * @returns what the tick answered, or null where it was not ours to do
 */
export const tickOnce = async <T>(
  lease: Lease,
  tick: (fence: number, signal: AbortSignal) => Promise<T>,
  beatMs = BEAT_MS,
): Promise<T | null> => {
  const term = await lease.acquire()
  if (!term) return null
  const lost = new AbortController()
  const beat = setInterval(() => {
    lease.renew(term.fence).then(
      (held) => !held && lost.abort(),
      () => lost.abort(),
    )
  }, beatMs)
  try {
    return await tick(term.fence, lost.signal)
  } finally {
    clearInterval(beat)
    await lease.release(term.fence)
  }
}

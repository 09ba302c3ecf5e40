const MOST_PEERS = 10_000

export type Throttle = {
  count(peer: string, now: number): void
  /** Milliseconds until this peer may try again; 0 when it may now. */
  waitMs(peer: string, now: number): number
}

/** At most `most` failures a peer within `perMs` milliseconds, counted in fixed windows from its first. */
export const createThrottle = ({ most, perMs }: { most: number; perMs: number }): Throttle => {
  const windows = new Map<string, { from: number; count: number }>()
  return {
    count(peer, now) {
      const window = windows.get(peer)
      if (window && now - window.from < perMs) {
        window.count++
        return
      }
      windows.delete(peer)
      if (windows.size >= MOST_PEERS) windows.delete(windows.keys().next().value!)
      windows.set(peer, { from: now, count: 1 })
    },
    waitMs(peer, now) {
      const window = windows.get(peer)
      if (!window || now - window.from >= perMs || window.count < most) return 0
      return window.from + perMs - now
    },
  }
}

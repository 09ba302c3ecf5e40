/** How long something made a moment ago may be shown again, in milliseconds. */
const FRESH_MS = 2_000
const MOST = 200

/**
 * What was made a moment ago, for whoever asks for the same before it is old: many people open a report at once, and one
 * person opens it again. `mark` says what it was made from; another mark makes it anew. Those who ask meanwhile wait together.
 */
export const createRecent = <T>(now: () => number) => {
  const kept = new Map<string, { mark: string; at: number; made: Promise<T> }>()
  return {
    /** Rejects as `make` does, and then keeps nothing. */
    get(name: string, mark: string, make: () => Promise<T>): Promise<T> {
      const known = kept.get(name)
      if (known && known.mark === mark && now() - known.at < FRESH_MS) return known.made
      const entry = { mark, at: now(), made: make() }
      kept.delete(name)
      kept.set(name, entry)
      const oldest = kept.keys().next().value
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
      entry.made.catch(() => kept.get(name) === entry && kept.delete(name))
      return entry.made
    },
  }
}

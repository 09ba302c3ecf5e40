/** What could be shown last, for when the database is away. */
export type LastGood<T> = { at: number; shown: T }

const most = 50

/** The last good pages of this node, by key; the ones shown longest ago are dropped first. */
export const createLastGood = <T>() => {
  const kept = new Map<string, LastGood<T>>()
  return {
    keep(key: string, at: number, shown: T): void {
      kept.delete(key)
      kept.set(key, { at, shown })
      const oldest = kept.keys().next().value
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    },
    find: (key: string): LastGood<T> | null => kept.get(key) ?? null,
  }
}

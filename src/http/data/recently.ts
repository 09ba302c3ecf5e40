export type Recently = {
  /** True once for each name, and again when it was forgotten meanwhile. */
  isNew(name: string): boolean
}

/**
 * Remembers between `capacity` / 2 and `capacity` names. Two generations: when the young one is full it becomes
 * the old one, and what was in that is forgotten unless it came again.
 */
export const createRecently = (capacity: number): Recently => {
  const half = Math.max(1, Math.floor(capacity / 2))
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    isNew(name) {
      if (young.has(name)) return false
      const seen = old.has(name)
      if (young.size >= half) {
        old = young
        young = new Set()
      }
      young.add(name)
      return !seen
    },
  }
}

export type Listeners = {
  add(listener: (version: number) => void): () => void
  /** Never throws: one listener's failure is not the others', nor the teller's. */
  tell(version: number): void
  clear(): void
}

/** Who wants to hear of published versions. */
export const createListeners = (observe: (error: unknown) => void = () => {}): Listeners => {
  const all = new Map<symbol, (version: number) => void>()
  return {
    add(listener) {
      const id = Symbol('listener')
      all.set(id, listener)
      return () => void all.delete(id)
    },
    tell(version) {
      if (!Number.isSafeInteger(version)) return
      for (const listener of all.values()) {
        try {
          listener(version)
        } catch (error) {
          observe(error)
        }
      }
    },
    clear: () => all.clear(),
  }
}

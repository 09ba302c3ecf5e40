import type { Latest, Live, Log, News, Reports } from '../deps.ts'

/** How often those who listen hear of what no new version tells, as a new analysis. */
const EVERY_MS = 5_000

type Listener = { known: Latest; tell: (latest: Latest) => void }

const same = (a: Latest, b: Latest): boolean =>
  a.state === b.state && a.epoch === b.epoch && a.analysis === b.analysis && a.decision === b.decision

/**
 * News of experiments for pages that are open: one look at the database for all who read the same report, every few
 * seconds and whenever a version was published, and none while nobody listens.
 */
export const createNews = (deps: { latest: Reports['latest']; live: Pick<Live, 'subscribe'>; log: Log; everyMs?: number }): News => {
  const listening = new Map<string, Set<Listener>>()
  const { everyMs = EVERY_MS } = deps
  let end: (() => void) | null = null

  const look = async (key: string): Promise<void> => {
    const latest = await deps.latest(key)
    for (const listener of listening.get(key) ?? []) {
      if (same(listener.known, latest)) continue
      listener.known = latest
      listener.tell(latest)
    }
  }
  const lookAtAll = (): void => {
    for (const key of listening.keys()) look(key).catch((error: unknown) => deps.log.warn({ err: error, experiment: key }, 'no news for now'))
  }
  const begin = (): (() => void) => {
    const timer = setInterval(lookAtAll, everyMs)
    const unsubscribe = deps.live.subscribe(lookAtAll)
    return () => {
      clearInterval(timer)
      unsubscribe()
    }
  }

  return {
    subscribe(key, known, tell) {
      const listener: Listener = { known, tell }
      const together = listening.get(key) ?? new Set()
      listening.set(key, together.add(listener))
      end ??= begin()
      return () => {
        together.delete(listener)
        if (together.size === 0 && listening.get(key) === together) listening.delete(key)
        if (listening.size > 0) return
        end?.()
        end = null
      }
    },
  }
}

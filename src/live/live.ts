import { type CompiledSnapshot, type CompileRule, compileSnapshot } from '../assign/compile.ts'
import type { Snapshot } from '../assign/snapshot.ts'
import type { Live, Log, SnapshotSource } from '../deps.ts'

export type LiveOptions = {
  source: SnapshotSource
  compileRule: CompileRule
  log: Log
  /** Milliseconds on a clock that never goes back. */
  now?: () => number
  /** Milliseconds between looks, told or not. Default 2,000. */
  pollMs?: number
  /** Called with each snapshot that came into force; keeps one on disk, for instance. */
  kept?: (snapshot: Snapshot, measures: readonly string[]) => void
}

export type LiveHolder = Live & {
  /** Begin to poll. */
  start(): void
  /** Somebody says that this version was published: look, unless it is here already. */
  told(version: number): void
  /** Take a snapshot from elsewhere, as the one kept on disk, if it is newer than what is here. */
  offer(snapshot: Snapshot, measures: readonly string[]): boolean
  stop(): void
}

/** Holds the snapshot that this node serves from. It is replaced whole, and by a greater version only. */
export const createLive = (options: LiveOptions): LiveHolder => {
  const { source, compileRule, log, now = () => performance.now(), pollMs = 2_000 } = options
  let compiled: CompiledSnapshot | null = null
  let snapshot: Snapshot | null = null
  let measures: ReadonlySet<string> = new Set()
  let confirmed = -Infinity
  let underWay: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  const listeners = new Set<(version: number) => void>()

  const offer = (next: Snapshot, names: readonly string[]): boolean => {
    if (compiled !== null && next.version <= compiled.version) return false
    const ready = compileSnapshot(next, compileRule)
    compiled = ready
    snapshot = next
    measures = new Set(names)
    for (const listener of listeners) listener(ready.version)
    return true
  }

  const look = async (): Promise<void> => {
    const asked = now()
    if (compiled === null || (await source.version()) > compiled.version) {
      const loaded = await source.load()
      if (offer(loaded.snapshot, loaded.measures)) options.kept?.(loaded.snapshot, loaded.measures)
    }
    confirmed = asked
  }

  const refresh = (): Promise<void> => {
    underWay ??= look().finally(() => {
      underWay = null
    })
    return underWay
  }

  const quietly = (): Promise<void> =>
    refresh().catch((error: unknown) => log.warn({ err: error, version: compiled?.version }, 'no newer snapshot could be had'))

  const poll = (): void => {
    timer = setTimeout(() => void quietly().then(() => timer !== null && poll()), pollMs)
    timer.unref()
  }

  return {
    current: () => compiled,
    source: () => snapshot,
    measures: () => measures,
    ageMs: () => now() - confirmed,
    // a look that began earlier may have missed what the caller wants to see
    refresh: () => (underWay === null ? refresh() : underWay.then(refresh, refresh)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: poll,
    told(version) {
      const isNew = (): boolean => compiled === null || version > compiled.version
      if (!isNew()) return
      // a look that is under way may have begun before this was published
      const earlier = underWay
      void quietly().then(() => (earlier !== null && isNew() ? quietly() : undefined))
    },
    offer,
    stop() {
      if (timer) clearTimeout(timer)
      timer = null
    },
  }
}

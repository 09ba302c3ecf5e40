import type { Deliveries, Log } from '../deps.ts'
import { addDeliveries, type Delivered } from '../store/ingest/deliveries.ts'
import type { Pool } from '../store/pool.ts'
import { DatabaseUnavailable } from '../store/unavailable.ts'

export type DeliveriesOptions = {
  pool: Pick<Pool, 'run'>
  log: Pick<Log, 'warn'>
  /** How long what was counted waits at most before it is written, in milliseconds; null: until `flush`. Default: 2,000. */
  waitMs?: number | null
}

/** `flush` writes what was counted; rejects never. */
export type DeliveryCounts = Deliveries & { flush(): Promise<void>; pending(): boolean }

/**
 * Outcomes counted by what became of them, and added to the database every few seconds: no outcome waits for it. What the
 * database did not take is added later, unless it may have been: repeats told once too often would be blamed on somebody.
 */
export const createDeliveries = ({ pool, log, waitMs = 2_000 }: DeliveriesOptions): DeliveryCounts => {
  let counts = new Map<number, Map<string, number>>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()

  const add = (scope: number, result: string, n: number): void => {
    const results = counts.get(scope) ?? new Map<string, number>()
    results.set(result, (results.get(result) ?? 0) + n)
    if (results.size === 1) counts.set(scope, results)
  }

  const later = (): void => {
    if (waitMs === null || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void flush()
    }, waitMs)
    timer.unref()
  }

  const write = async (): Promise<void> => {
    if (counts.size === 0) return
    const taken: Delivered[] = [...counts].flatMap(([scope, results]) => [...results].map(([result, n]) => ({ scope, result, n })))
    counts = new Map()
    try {
      await addDeliveries(pool, taken)
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) log.warn({ err: error }, 'what became of outcomes was not noted')
      if (!(error instanceof DatabaseUnavailable) || error.mayHaveHappened) return
      for (const { scope, result, n } of taken) add(scope, result, n)
      later()
    }
  }

  const flush = (): Promise<void> => (writing = writing.then(write))

  return {
    count(scope, result) {
      add(scope ?? 0, result, 1)
      later()
    },
    flush,
    pending: () => counts.size > 0,
  }
}

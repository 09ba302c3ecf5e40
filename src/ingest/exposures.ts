import type { Log } from '../deps.ts'
import { exposeRows, type RunOptions } from '../store/ingest/run.ts'
import type { ExposureRow } from '../store/ingest/rows.ts'
import type { Pool } from '../store/pool.ts'
import { isRefusedValue } from './commit.ts'

export type ExposureBuffer = {
  /** Keep an exposure until it is written. Never waits, never throws. */
  add(exposure: ExposureRow): void
  /** The reported exposure of the same unit, on the same day where days count, if it may not be in the database yet. */
  find(exposure: ExposureRow): ExposureRow | undefined
  /** It went into the database with an outcome. */
  written(exposure: ExposureRow): void
  /** Write what waits, now. Gives up when the database is away; answers how many were not written. */
  drain(): Promise<number>
  readonly pending: number
  readonly dropped: number
}

export type ExposureOptions = {
  pool: Pick<Pool, 'begin'>
  run: RunOptions
  log: Log
  /** Exposures kept at most; those beyond are counted, and rebuilt from tokens when outcomes come. */
  capacity: number
  /** Written together at most. */
  most: number
  /** Milliseconds that an exposure waits for company. */
  waitMs: number
  /** Milliseconds between attempts while the database is away. */
  retryMs: number
}

const nameOf = ({ scope, unit, generation }: ExposureRow): string =>
  generation ? `${generation.scope}:${generation.unit}` : `${scope}:${unit}`

/** Batches exposures, fire and forget. One write is under way at a time. */
export const createExposureBuffer = (options: ExposureOptions): ExposureBuffer => {
  const { pool, run, log, capacity, most, waitMs, retryMs } = options
  const pending = new Map<string, ExposureRow>()
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<boolean> | undefined
  let dropped = 0
  let away = false

  /** Halves until the exposure to blame is found; that one is dropped. */
  const write = async (rows: readonly ExposureRow[]): Promise<void> => {
    try {
      await exposeRows(pool, rows, run)
    } catch (error) {
      if (!isRefusedValue(error)) throw error
      if (rows.length === 1) {
        dropped++
        return log.error({ err: error, exposure: rows[0] }, 'an exposure cannot be stored')
      }
      const middle = Math.ceil(rows.length / 2)
      await write(rows.slice(0, middle))
      await write(rows.slice(middle))
    }
  }

  /** One write; false when the database did not take it. */
  const flushOnce = async (): Promise<boolean> => {
    const names = [...pending.keys()].slice(0, most)
    const rows = names.map((name) => pending.get(name) as ExposureRow)
    try {
      await write(rows)
    } catch (error) {
      if (!away) log.warn({ err: error, pending: pending.size }, 'exposures wait: the database does not take them')
      away = true
      return false
    }
    away = false
    for (const [index, name] of names.entries()) if (pending.get(name) === rows[index]) pending.delete(name)
    return true
  }

  const flush = (): Promise<boolean> => {
    clearTimeout(timer)
    timer = undefined
    underWay ??= flushOnce().finally(() => {
      underWay = undefined
      if (pending.size > 0) schedule(away ? retryMs : pending.size >= most ? 0 : waitMs)
    })
    return underWay
  }

  const schedule = (ms: number): void => {
    if (timer || underWay) return
    timer = setTimeout(() => void flush(), ms)
    timer.unref()
  }

  return {
    add(exposure) {
      const name = nameOf(exposure)
      if (pending.has(name)) return
      if (pending.size >= capacity) {
        if (dropped++ % capacity === 0) log.error({ capacity }, 'exposures are dropped: the buffer is full')
        return
      }
      pending.set(name, exposure)
      if (pending.size < most) schedule(waitMs)
      else if (!away && !underWay) void flush()
    },
    find: (exposure) => pending.get(nameOf(exposure)),
    written(exposure) {
      const name = nameOf(exposure)
      if (pending.get(name) === exposure) pending.delete(name)
    },
    async drain() {
      await underWay
      while (pending.size > 0 && (await flush()));
      clearTimeout(timer)
      timer = undefined
      return pending.size
    },
    get pending() {
      return pending.size
    },
    get dropped() {
      return dropped
    },
  }
}

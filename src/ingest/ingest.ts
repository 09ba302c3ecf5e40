import type { AttributedOutcome, Exposure, Ingest, Log, Scopes } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { exposeRows, type RunOptions } from '../store/ingest/run.ts'
import type { ExposureRow } from '../store/ingest/rows.ts'
import type { StatementSets } from '../store/ingest/statements.ts'
import type { Pool } from '../store/pool.ts'
import { commitOutcomes } from './commit.ts'
import { createExposureBuffer } from './exposures.ts'
import { createLane } from './lane.ts'
import { type Answer, answerEach, exposureRow, prepareWith, type Prepared } from './prepare.ts'

/** Cumulative since the start, unless it says now. */
export type IngestStats = {
  /** Outcomes that wait or are being committed, now, and their bytes. */
  queued: number
  queuedBytes: number
  commits: number
  committed: number
  commitSeconds: number
  deadlocks: number
  /** Calls that were refused because too much waited. */
  refused: number
  /** Exposures not written yet, now. */
  exposuresPending: number
  exposuresDropped: number
}

export type IngestOptions = {
  pool: Pick<Pool, 'begin'>
  scopes: Scopes
  log: Log
  /** This node's clock, milliseconds since 1970: on which day of UTC something was received. */
  now?: () => number
  /** Seconds on a clock that never goes back; for the figures alone. */
  seconds?: () => number
  /** 0 to 7; nodes that differ do not wait for each other's roll-up rows. Default: drawn. */
  shard?: number
  /** Told of each commit; for histograms. */
  committed?: (lane: 'single' | 'batch', outcomes: number, seconds: number) => void
  /** Outcomes that share a commit at most. */
  most?: number
  /** Commits of batches under way at most, each on its own core of the database. Default: 2. */
  batches?: number
  /** What may wait at most: outcomes, and bytes. */
  bounds?: { outcomes: number; bytes: number }
  exposures?: { capacity?: number; waitMs?: number; retryMs?: number }
  statements?: StatementSets
}

export type GroupIngest = Ingest & {
  /** Resolves when everything that was taken is written. Answers the exposures that could not be. */
  drain(): Promise<number>
  stats(): IngestStats
}

const overloaded = (): ServiceError =>
  new ServiceError('unavailable', 'too many outcomes wait to be stored; send this again', { retryAfterSeconds: 1 })

/**
 * Group commit of exposures and outcomes: concurrent calls share a transaction, one under way for single outcomes
 * and `batches` for batches. `outcome` rejects with ServiceError (out_of_range, unknown_unit, unavailable) or
 * DatabaseUnavailable; `outcomes` answers a ServiceError in the place of an outcome that cannot be stored, and
 * rejects only when the whole call is to be sent again.
 */
export const createIngest = (options: IngestOptions): GroupIngest => {
  const { pool, scopes, log, most = 1_000, bounds = { outcomes: 50_000, bytes: 64 * 2 ** 20 } } = options
  const { now = Date.now, batches = 2, seconds = () => performance.now() / 1_000 } = options
  const figures = { queued: 0, queuedBytes: 0, commits: 0, committed: 0, commitSeconds: 0, deadlocks: 0, refused: 0 }
  const run: RunOptions = {
    shard: options.shard ?? Math.floor(Math.random() * 8),
    deadlocked: () => void figures.deadlocks++,
    segments: new Map(),
    ...(options.statements && { statements: options.statements }),
  }
  // commits under way together do not wait for each other's roll-up rows
  const tracks = Array.from({ length: batches }, (_, track) => ({ ...run, shard: (run.shard + 4 * track) % 8 }))
  const buffer = createExposureBuffer({
    pool, run, log, most, capacity: 50_000, waitMs: 50, retryMs: 250, ...options.exposures,
  })

  /** The reported exposure, if it waits here still; else what the token says. */
  const exposureOf = ({ exposure }: Prepared): ExposureRow => buffer.find(exposure) ?? exposure

  const commit = async (lane: 'single' | 'batch', items: Prepared[], track: number): Promise<Answer[]> => {
    const begun = seconds()
    const exposures = new Map(items.map((item) => [item, exposureOf(item)]))
    const answers = await commitOutcomes(pool, items, (item) => exposures.get(item) ?? item.exposure, tracks[track] as RunOptions)
    for (const [index, item] of items.entries()) {
      const exposure = exposures.get(item)
      // an observed one is written again: its unit may have been inserted from a token, which tells less of it
      if (exposure && !exposure.rebuilt && !exposure.observed && !(answers[index] instanceof ServiceError)) buffer.written(exposure)
    }
    const took = seconds() - begun
    figures.commits++
    figures.committed += items.length
    figures.commitSeconds += took
    options.committed?.(lane, items.length, took)
    return answers
  }

  const left = (items: readonly Prepared[]): void => {
    figures.queued -= items.length
    for (const { bytes } of items) figures.queuedBytes -= bytes
  }
  const single = createLane({ most, left, commit: (items, track) => commit('single', items, track) })
  const batch = createLane({ most, width: batches, left, commit: (items, track) => commit('batch', items, track) })

  /** @throws {ServiceError} unavailable when too much waits already */
  const admit = (items: readonly Prepared[]): void => {
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0)
    if (figures.queued + items.length > bounds.outcomes || figures.queuedBytes + bytes > bounds.bytes) {
      figures.refused++
      throw overloaded()
    }
    figures.queued += items.length
    figures.queuedBytes += bytes
  }

  return {
    expose: (exposure: Exposure) => buffer.add(exposureRow(exposure, false, now())),
    async outcome(outcome) {
      const item = await prepareWith(scopes, outcome, now())
      admit([item])
      const [answer] = await single.add([item])
      if (answer === undefined || answer instanceof ServiceError) throw answer
      return answer
    },
    outcomes: (outcomes) =>
      answerEach({ scopes, now }, outcomes, (items) => {
        admit(items)
        return batch.add(items)
      }),
    async drain() {
      await Promise.all([single.idle(), batch.idle()])
      return buffer.drain()
    },
    stats: () => ({ ...figures, exposuresPending: buffer.pending, exposuresDropped: buffer.dropped }),
  }
}

/**
 * Store without a queue, where a process lives for one request: exposures alone, or outcomes with what their
 * tokens say. Answers as `outcomes` does.
 */
export const ingestOnce = async (
  { pool, scopes, shard = 0, now = Date.now }: { pool: Pick<Pool, 'begin'>; scopes: Scopes; shard?: number; now?: () => number },
  exposures: readonly Exposure[],
  outcomes: readonly AttributedOutcome[],
): Promise<Answer[]> => {
  const rows = exposures.map((exposure) => exposureRow(exposure, false, now()))
  if (rows.length > 0) await exposeRows(pool, rows, { shard })
  return answerEach({ scopes, now }, outcomes, async (items) =>
    items.length === 0 ? [] : commitOutcomes(pool, items, (item) => item.exposure, { shard }),
  )
}

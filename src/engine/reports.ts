import { analyze } from '../core/analyze/analyze.ts'
import { withDeliveries } from '../core/analyze/deliveries.ts'
import { digestOfInput } from '../core/analyze/maturity.ts'
import type { Reports } from '../deps.ts'
import { notFound } from '../errors.ts'
import type { Pool } from '../store/connect.ts'
import { readAnalysis, readLatest, readSeries } from '../store/read/history.ts'
import { createChainChecks } from './chain-checks.ts'
import { type KeptCourses, readCourse, readLinks } from '../store/read/course.ts'
import { readDistribution } from '../store/read/distribution.ts'
import { readWantedDrills } from '../store/read/drills.ts'
import { type KeptEpochs, readExperiment, type Reading } from '../store/read/moments.ts'
import type { KeptPairs } from '../store/read/pairs.ts'
import { readOverview } from '../store/read/overview.ts'
import { readRetrains } from '../store/read/retrains.ts'
import { readUnwatched, readWatch, readWatchAlerts } from '../store/read/watch.ts'

/** What this node knows of its counters, unless told: `answered` those of assignments by variant ordinal, null where nobody knows. */
export type ReportsOptions = { answered?: (experiment: number) => Promise<number[] | null>; counters?: () => 'ok' | 'unavailable' }

/**
 * Reports for screens and clients: the analysis of this moment from one database snapshot, by the very function that
 * the engine decides with; and stored ones, which are never recomputed.
 */
export const createReports = (pool: Pool, { answered = async () => null, counters = () => 'ok' }: ReportsOptions = {}): Reports => {
  const kept: KeptEpochs = new Map()
  const pairs: KeptPairs = new Map()
  const courses: KeptCourses = new Map()
  const read = async (key: string): Promise<Reading> => {
    const reading = await readExperiment(pool, key, kept, pairs)
    if (!reading) throw notFound('experiment', key)
    return reading
  }
  return {
    analysis: async (key) => analyze(await read(key)),
    current: async (key) => {
      const reading = await read(key)
      const digest = digestOfInput(reading)
      const analysis = reading.previous?.digest === digest ? reading.previous.id : null
      return { ...withDeliveries(analyze(reading).report, reading, counters()), analysis }
    },
    asOf: (key, at) => readAnalysis(pool, key, at),
    series: (key, page) => readSeries(pool, key, page),
    latest: (key) => readLatest(pool, key),
    overview: (ask) => readOverview(pool, ask),
    course: (key, request) => readCourse(pool, key, request, courses),
    distribution: (key, metric) => readDistribution(pool, key, metric),
    chain: createChainChecks(pool),
    links: async (key) => {
      const found = await readLinks(pool, key)
      if (!found) throw notFound('experiment', key)
      const { id, ...links } = found
      return { ...links, answered: await answered(id) }
    },
    watch: (model, days) => readWatch(pool, model, days),
    watchAlerts: (model) => readWatchAlerts(pool, model),
    retrains: (model) => readRetrains(pool, model),
    drills: (model) => readWantedDrills(pool, model),
    unwatched: (model) => readUnwatched(pool, model),
  }
}

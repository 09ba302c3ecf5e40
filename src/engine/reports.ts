import { analyze } from '../core/analyze.ts'
import { digestOfInput } from '../core/maturity.ts'
import type { Reports } from '../deps.ts'
import { notFound } from '../errors.ts'
import type { Pool } from '../store/connect.ts'
import { readAnalysis, readLatest, readSeries } from '../store/read/history.ts'
import { readExperiment, type KeptEpochs } from '../store/read/moments.ts'
import { readOverview } from '../store/read/overview.ts'
import { readWatch } from '../store/read/watch.ts'

/**
 * Reports for screens and clients: the analysis of this moment from one database snapshot, by the very function that
 * the engine decides with; and stored ones, which are never recomputed.
 */
export const createReports = (pool: Pool): Reports => {
  const kept: KeptEpochs = new Map()
  return {
    current: async (key) => {
      const reading = await readExperiment(pool, key, kept)
      if (!reading) throw notFound('experiment', key)
      const digest = digestOfInput(reading)
      const analysis = reading.previous?.digest === digest ? reading.previous.id : null
      return { ...analyze(reading).report, analysis }
    },
    asOf: (key, at) => readAnalysis(pool, key, at),
    series: (key, page) => readSeries(pool, key, page),
    latest: (key) => readLatest(pool, key),
    overview: (ask) => readOverview(pool, ask),
    watch: (model, days) => readWatch(pool, model, days),
  }
}

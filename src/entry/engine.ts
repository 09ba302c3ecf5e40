import type { Log } from '../deps.ts'
import { type BreakersOptions, type BreakerStore, createBreakers } from '../engine/breakers.ts'
import { createLeader } from '../engine/leader.ts'
import { createThrottle, type ThrottleOptions, type ThrottleStore } from '../engine/throttle.ts'
import { createTick, type EngineStore, type TickResult } from '../engine/tick.ts'
import { appendAnalysis, thinAnalyses } from '../store/control/analyses.ts'
import { applyChange } from '../store/control/apply.ts'
import { turnEpochs } from '../store/control/clock-epochs.ts'
import { chainHeads } from '../store/control/days.ts'
import { readContext } from '../store/control/experiments.ts'
import { createLease, noteTick } from '../store/control/lease.ts'
import { fadeEpochs, restEpochs } from '../store/control/rest.ts'
import { callForRetraining } from '../store/control/retrain.ts'
import { actOnWatches } from '../store/control/watch-acts.ts'
import { detectOnWatches } from '../store/control/watch-detect.ts'
import type { Pool } from '../store/pool.ts'
import { readBreakers } from '../store/read/breakers.ts'
import { readChanges } from '../store/read/changes.ts'
import { readExperiment, readFacts, type KeptEpochs } from '../store/read/moments.ts'
import type { KeptPairs } from '../store/read/pairs.ts'
import { readDueStarts } from '../store/read/scheduled.ts'
import type { Metrics } from './metrics.ts'

export type Engine = {
  start(): void
  /** Finish the tick under way and give the lease back. */
  stop(): Promise<void>
  leading(): boolean
}

/** Old analyses are thinned once an hour, not at every tick. */
const THIN_EVERY_MS = 3_600_000

/** The engine's view of the database, with the epochs at rest that it has read, and pairs of shadows, kept in memory. */
export const createEngineStore = (pool: Pool): EngineStore & BreakerStore & ThrottleStore => {
  const kept: KeptEpochs = new Map()
  const pairs: KeptPairs = new Map()
  let thinned = -Infinity
  return {
    turnEpochs: async (fence) => {
      await turnEpochs(pool, fence)
      await fadeEpochs(pool, fence)
      if (performance.now() - thinned < THIN_EVERY_MS) return
      thinned = performance.now()
      await thinAnalyses(pool)
    },
    dueStarts: () => readDueStarts(pool),
    changes: () => readChanges(pool),
    rest: (fence, quiet) => restEpochs(pool, fence, quiet),
    chainHeads: (fence) => chainHeads(pool, fence),
    read: (experiment) => readExperiment(pool, experiment, kept, pairs),
    breakers: (experiment) => readBreakers(pool, experiment),
    facts: async (experiment) => {
      const found = await pool.begin((tx) => readFacts(tx, experiment))
      if (!found) return null
      const { now: _now, champion: _champion, ...facts } = found
      return facts
    },
    context: (experiment) => readContext(pool, experiment),
    append: (experiment, report, digest) => appendAnalysis(pool, experiment, report, digest),
    apply: (change) => applyChange(pool, change),
    watch: async (fence) => [...await actOnWatches(pool, fence), ...await detectOnWatches(pool, fence)],
    retrain: (fence) => callForRetraining(pool, fence),
    ticked: (fence, tookMs) => noteTick(pool, fence, tookMs),
  }
}

/** Milliseconds between looks at breakers: calls that fail are not served for long. */
const BREAKERS_MS = 1_000

type Options = {
  breakers: Pick<BreakersOptions, 'watched' | 'recent'>
  throttle: Pick<ThrottleOptions, 'capped' | 'served'>
  database: { engine: Pool }
  log: Log
  metrics: Pick<Metrics, 'ticked'>
  holder: string
  intervalMs: number
  applied: () => void
}

export const createEngine = ({ breakers, throttle, database, log, metrics, holder, intervalMs, applied }: Options): Engine => {
  const store = createEngineStore(database.engine)
  const tick = createTick({ store, log, applied })
  const lookAtBreakers = createBreakers({ ...breakers, store, log, applied })
  const lookAtLoad = createThrottle({ ...throttle, store, log, applied })
  return createLeader({
    often: { look: async (fence, signal) => [await lookAtBreakers(fence, signal), await lookAtLoad(fence, signal)], everyMs: BREAKERS_MS },
    lease: createLease(database.engine, holder),
    log,
    intervalMs,
    tick: async (fence, signal): Promise<TickResult> => {
      const began = performance.now()
      const result = await tick(fence, signal)
      metrics.ticked((performance.now() - began) / 1_000, Date.now() / 1_000)
      return result
    },
  })
}

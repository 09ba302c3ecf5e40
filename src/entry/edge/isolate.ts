import { type App, createApp } from '../../app.ts'
import type { Config } from '../../config.ts'
import type { Deps, Exposure } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { heading, sample } from '../../http/stats.ts'
import { compileRule } from '../../targeting/compile.ts'
import { createAssignmentIds } from '../../token/ids.ts'
import { keepKeys } from '../kept-keys.ts'
import { atMost } from './at-most.ts'
import { currentContext } from './context.ts'
import { createEdgeCounters } from './counters.ts'
import { coldMs, createEdgeLive } from './live.ts'
import { createEdgeLog } from './log.ts'
import { createOutbox } from './outbox.ts'
import { contextualPools } from './pools.ts'
import { createSecrets } from './secrets.ts'
import { createSlots } from './slots.ts'
import { cappedBy, watchedBy } from '../watched.ts'
import type { CreateStores, HotLook } from './stores.ts'

export type Isolate = {
  config: Config
  log: Deps['log']
  hono: App['hono']
  /** Before a request: the secrets, and a snapshot that is recent enough; 1.8 s at most. Never rejects. */
  prepare(): Promise<void>
  /** Behind its answer: what it exposed and counted. */
  settle(): void
  tick(): Promise<unknown>
}

const DROPPED = 'contender_exposures_dropped_total'

/** How long one request writes exposures behind its answer, in milliseconds; then a later one takes them along. */
const EXPOSURE_MS = 10_000
/** Requests that write exposures at once. */
const MOST_WRITERS = 2

/**
 * The service as one isolate keeps it between requests: the app and plain data. Whatever connects does so through
 * the request at hand.
 */
export const createIsolate = (config: Config, createStores: CreateStores, now: () => number = Date.now): Isolate => {
  const log = createEdgeLog(config.logLevel)
  const secrets = createSecrets(config, (key) => stores.secret(key))
  const hot: HotLook = {
    watched: () => watchedBy(live)(), recent: (experiment, arms) => counters.recent(experiment, arms),
    capped: () => cappedBy(live)(), served: (experiment) => counters.servedCounts(experiment),
  }
  const stores = createStores({ config, pools: contextualPools(), log, hashUnit: secrets.hashUnit, hot })
  const live = createEdgeLive({ source: stores.source, compileRule, log, now })
  const counters = createEdgeCounters(now)
  const outbox = createOutbox()
  const writers = createSlots(MOST_WRITERS)

  /**
   * Requests that come together write together: whoever writes takes along what others leave meanwhile. Nobody waits
   * for a turn, since those who hold a connection would keep it from the one who writes.
   */
  const writeExposures = async (): Promise<void> => {
    const giveBack = await writers.take(0)
    if (!giveBack) return
    try {
      const until = now() + EXPOSURE_MS
      while (outbox.waiting() > 0 && now() < until) {
        await currentContext().pool(EXPOSURE_MS)
        await outbox.flush((exposures: readonly Exposure[]) => stores.expose(exposures))
      }
    } finally {
      giveBack()
    }
  }

  const deps: Deps = {
    log,
    now,
    adminKey: config.adminKey,
    authOff: false,
    live,
    tokens: secrets.tokens,
    shares: secrets.shares,
    hashUnit: secrets.hashUnit,
    assignmentId: createAssignmentIds(),
    counters,
    ingest: {
      expose: outbox.put,
      async outcome(outcome) {
        const [result] = await stores.ingest([outcome])
        if (result === undefined || result instanceof ServiceError) throw result
        return result
      },
      outcomes: stores.ingest,
    },
    deliveries: stores.deliveries,
    scopes: stores.scopes,
    units: stores.units,
    control: stores.control,
    reports: stores.reports,
    keys: keepKeys(stores.keys, now),
    webhooks: stores.webhooks,
    limits: { rates: config.rateLimits, allow: counters.allow },
    health: {
      // a signal belongs to the request that made it, and nobody stops an isolate with notice
      get stopping() {
        return new AbortController().signal
      },
      checks: () => ({ database: live.answered() ? 'ok' : 'unavailable' }),
      metrics: async () =>
        heading(DROPPED, 'counter', 'Exposures that could not be kept.') + sample(DROPPED, {}, outbox.dropped()),
    },
    publish: (version) => currentContext().behind(() => counters.publish(version)),
  }

  return {
    config,
    log,
    hono: createApp(deps).hono,
    async prepare() {
      const failed = (error: unknown): void => log.error({ err: error }, 'the secrets could not be loaded')
      const loading = secrets.load().catch(failed)
      currentContext().behind(() => loading)
      await Promise.all([atMost(coldMs, loading), live.freshen()])
    },
    settle() {
      const { behind } = currentContext()
      if (outbox.waiting() > 0) behind(writeExposures)
      if (stores.deliveries.pending()) behind(stores.deliveries.flush)
      behind(counters.flush)
    },
    async tick() {
      await counters.flush(0)
      // which breakers are open, as it is now: a snapshot of the last requests may be old
      await live.refresh().catch((error: unknown) => log.warn({ err: error }, 'the engine looks by an older snapshot'))
      return stores.tick()
    },
  }
}

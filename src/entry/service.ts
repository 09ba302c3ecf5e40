import { randomBytes, randomUUID } from 'node:crypto'
import { type App, createApp } from '../app.ts'
import type { Snapshot } from '../assign/snapshot.ts'
import type { Config } from '../config.ts'
import { createCounters, firstTouchSeconds } from '../counters/index.ts'
import type { Deps, Log, Scope } from '../deps.ts'
import type { BreakersOptions } from '../engine/breakers.ts'
import { createPlanner } from '../engine/planner.ts'
import { createReports } from '../engine/reports.ts'
import { createSimulator } from '../engine/simulator.ts'
import { createDeliveries } from '../ingest/deliveries.ts'
import { createIngest, type GroupIngest } from '../ingest/ingest.ts'
import { createUnits } from '../ingest/units.ts'
import { createLive, type LiveHolder } from '../live/live.ts'
import { createNews } from '../live/news.ts'
import type { Notifier } from '../notify/runner.ts'
import { connect, type Database } from '../store/connect.ts'
import { createKeys } from '../store/keys.ts'
import { createSimulationQueue } from '../store/control/simulations.ts'
import { listenForVersions } from '../store/listen.ts'
import { migrate } from '../store/migrate.ts'
import { createSnapshotSource } from '../store/read/snapshot.ts'
import { createScopePlans } from '../store/scope-plans.ts'
import { settingOf } from '../store/settings.ts'
import { compileRule } from '../targeting/compile.ts'
import { createAssignmentIds } from '../token/ids.ts'
import { createControlPlane } from './control-plane.ts'
import { createSecrets } from './edge/secrets.ts'
import { createDrillsOf } from './drills.ts'
import { createEngine, type Engine } from './engine.ts'
import { createKeptFiles } from './kept-files.ts'
import { keepKeys } from './kept-keys.ts'
import { keepSecrets } from './kept-secrets.ts'
import { createMetrics } from './metrics.ts'
import { cappedBy, watchedBy } from './watched.ts'
import { createNotifierOf } from './notifier.ts'
import { createRegistrySync } from './registry.ts'
import { createWebhookApi } from './webhooks.ts'

/** Milliseconds between attempts to reach a database that was away at the start. */
const RETRY_MS = 1_000

export type Service = {
  app: App
  deps: Deps
  database: Database
  live: LiveHolder
  /** What breakers are judged by, for whoever drives an engine of his own. */
  breakers: Pick<BreakersOptions, 'watched' | 'recent'>
  /** Note now what became of outcomes, for whoever's clock jumps. */
  flushDeliveries(): Promise<void>
  /** The first step of stopping: /ready says no, streams end. */
  stop(): void
  /** Write what is pending, give the lease back, disconnect. */
  close(): Promise<void>
}

type Kept = { snapshot: Snapshot; measures: readonly string[] }

const draw = (): string => randomBytes(32).toString('base64url')

/** Migrate, and load secrets and snapshot. Rejects when the database does not answer. */
const createBootstrap = (database: Database, secrets: { load(): Promise<void> }, live: LiveHolder) => async (): Promise<void> => {
  await migrate(database)
  await secrets.load()
  await live.refresh()
}

/**
 * The whole service, wired: store, counters, ingestion, engine and app. With PostgreSQL away it still comes up, from
 * the snapshot that was kept on disk, and looks for the database in the background.
 *
 * @param now    milliseconds since 1970; simulations move it, together with the database's
 * @param pollMs milliseconds between looks for a newer snapshot by a node that nobody told of one
 * @throws {Error} when the embedded store can not be opened or migrated
 */
export const openService = async (
  config: Config,
  log: Log,
  now: () => number = Date.now,
  pollMs?: number,
): Promise<Service> => {
  const stopping = new AbortController()
  const holder: { ingest?: GroupIngest; engine?: Engine; notifier?: Notifier } = {}
  const checks = (): Record<string, 'ok' | 'unavailable'> => ({
    database: database.reachable() ? 'ok' : 'unavailable',
    counters: counters.health() === 'ok' ? 'ok' : 'unavailable',
  })
  const metrics = createMetrics({
    ingest: () => ingest.stats(),
    leading: () => holder.engine?.leading() ?? false,
    oldestWebhook: () => holder.notifier?.oldestSeconds() ?? 0,
    checks,
  })
  const database = await connect({
    databaseUrl: config.databaseUrl ?? undefined,
    dataDir: config.dataDir,
    observe: (event) => {
      metrics.pool(event)
      if (event.type === 'unavailable') log.warn({ pool: event.pool, err: event.cause }, 'the database is away')
      if (event.type === 'recovered') log.info({ pool: event.pool }, 'the database is back')
    },
  })
  const counters = createCounters({ redisUrl: config.redisUrl, observe: () => metrics.counterFailed() })
  // an embedded database lies there itself
  const files = createKeptFiles(config.databaseUrl === null ? null : config.dataDir, log)
  const secrets = createSecrets(config, keepSecrets((key) => settingOf(database.api, key, draw), files, config.databaseUrl ?? ''))
  const live = createLive({
    source: createSnapshotSource(database.api),
    compileRule,
    log,
    ...(pollMs === undefined ? {} : { pollMs }),
    kept: (snapshot, measures) => files.write('snapshot', { snapshot, measures } satisfies Kept),
  })
  const scopes = createScopePlans(database.api)
  const ingest = createIngest({ pool: database.ingest, scopes, log, now, committed: metrics.committed })
  const deliveries = createDeliveries({ pool: database.ingest, log })
  const planner = createPlanner()
  const publish = (version: number): void => void counters.publish(version)

  const reports = createReports(database.api, {
    answered: counters.servedCounts, counters: () => (counters.health() === 'ok' ? 'ok' : 'unavailable'),
  })
  const deps: Deps = {
    log,
    now,
    adminKey: config.adminKey,
    authOff: config.adminKey === null,
    live,
    tokens: secrets.tokens,
    shares: secrets.shares,
    hashUnit: secrets.hashUnit,
    assignmentId: createAssignmentIds(),
    counters: {
      served: counters.served,
      firstTouch: (experiment, unit, variant) => counters.firstTouch(experiment, unit, variant, firstTouchSeconds),
      called: (experiment, arm, failed) => counters.observe(experiment, arm, 1, failed ? 1 : 0, now()),
    },
    ingest,
    deliveries,
    scopes,
    units: createUnits({ pool: database.api, hashUnit: secrets.hashUnit }),
    control: createControlPlane({ database, hashUnit: secrets.hashUnit, config }),
    reports,
    news: createNews({ latest: reports.latest, live, log }),
    plan: planner.plan,
    keys: keepKeys(createKeys<Scope>(database.api), now, undefined, files),
    webhooks: createWebhookApi(database.api, config),
    limits: {
      rates: config.rateLimits,
      allow: (caller, { perSecond, burst }) => counters.allow(caller, perSecond, burst, now()),
    },
    health: { stopping: stopping.signal, checks, metrics: metrics.text },
    publish,
  }

  /** What the engine did is served here at once, and other nodes are told. */
  const applied = (): void => {
    live.refresh().then(
      () => publish(live.current()?.version ?? 0),
      (error: unknown) => log.warn({ err: error }, 'decided, but the new snapshot could not be loaded yet'),
    )
  }
  const breakers = { watched: watchedBy(live), recent: (id: number, arms: number) => counters.recent(id, arms, now()) }
  const throttle = { capped: cappedBy(live), served: (id: number) => counters.servedCounts(id) }
  const engine = createEngine({ breakers, throttle, database, log, metrics, holder: randomUUID(), intervalMs: config.engineIntervalMs, applied })
  holder.engine = engine
  const { drills, scheduler } = createDrillsOf({ deps, pool: database.api, holder: randomUUID(), intervalMs: config.engineIntervalMs, leading: engine.leading })
  deps.drills = drills
  const simulator = createSimulator({ queue: createSimulationQueue(database.engine, randomUUID()), log })
  const notifier = createNotifierOf({ pool: database.api, config, log, metrics })
  holder.notifier = notifier
  const registry = createRegistrySync({ pool: database.api, config, leading: engine.leading, log })
  const unwatched = registry ? live.subscribe(registry.poke) : () => {}
  const unsubscribe = counters.subscribe(live.told)
  const bootstrap = createBootstrap(database, secrets, live)
  let retry: NodeJS.Timeout | null = null
  let endListening = async (): Promise<void> => {}

  const begin = (): void => {
    if (stopping.signal.aborted) return
    live.start()
    if (config.databaseUrl !== null) {
      const lost = (cause: unknown): void => log.warn({ err: cause }, 'not told of new versions for now; looking for them goes on')
      endListening = listenForVersions({ url: config.databaseUrl, hear: live.told, lost })
    }
    if (!config.engine) return
    engine.start()
    simulator.start()
    notifier.start()
    registry?.start()
    scheduler.start()
  }
  const later = (): void => {
    retry = setTimeout(() => void bootstrap().then(begin, later), RETRY_MS)
    retry.unref()
  }

  try {
    await bootstrap()
    begin()
  } catch (error) {
    if (database.kind === 'embedded') {
      await database.close()
      throw error
    }
    log.error({ err: error }, 'the database does not answer yet; looking for it in the background')
    await secrets.load().catch((missing: unknown) => log.warn({ err: missing }, 'no secrets are at hand: nothing can be assigned yet'))
    const kept = files.read('snapshot') as Kept | null
    if (kept) live.offer(kept.snapshot, kept.measures)
    later()
  }

  return {
    app: createApp(deps),
    deps,
    database,
    live,
    breakers,
    flushDeliveries: deliveries.flush,
    stop: () => stopping.abort(),
    async close() {
      stopping.abort()
      if (retry) clearTimeout(retry)
      live.stop()
      unsubscribe()
      unwatched()
      await endListening()
      await scheduler.stop().then(drills.stop)
      const lost = await ingest.drain()
      await deliveries.flush()
      if (lost > 0) log.error({ exposures: lost }, 'exposures were not written: the database is away')
      await Promise.all([simulator.stop().then(engine.stop), notifier.stop(), planner.stop(), registry?.stop()])
      await counters.close()
      await database.close()
    },
  }
}

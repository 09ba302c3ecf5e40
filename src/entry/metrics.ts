import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { GroupIngest } from '../ingest/ingest.ts'
import type { PoolEvent } from '../store/clients.ts'

export type Metrics = {
  pool(event: PoolEvent): void
  counterFailed(): void
  committed(lane: 'single' | 'batch', outcomes: number, seconds: number): void
  ticked(seconds: number, at: number): void
  decided(action: string, applied: boolean): void
  /** One attempt to deliver a webhook, and whether it was the last one. */
  notified(result: string, gaveUp: boolean): void
  text(): Promise<string>
}

export type Observed = {
  ingest(): ReturnType<GroupIngest['stats']>
  leading(): boolean
  /** Seconds for which the oldest message to a webhook waits. */
  oldestWebhook(): number
  checks(): Record<string, 'ok' | 'unavailable'>
}

/** Process and surroundings in Prometheus' terms. Labels are few and bounded: never a unit, never a key. */
export const createMetrics = (observed: Observed): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  const name = (short: string): string => `contender_${short}`

  const deadlines = new Counter({ name: name('db_deadline_total'), help: 'Calls that the database did not answer in time.', labelNames: ['pool'], registers })
  const replaced = new Counter({ name: name('db_client_replaced_total'), help: 'Database clients given up.', registers })
  const counterErrors = new Counter({ name: name('counter_errors_total'), help: 'Calls that counters did not answer.', registers })
  const batch = new Histogram({ name: name('ingest_batch_size'), help: 'Outcomes that share a commit.', buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000], registers })
  const commit = new Histogram({ name: name('ingest_commit_seconds'), help: 'Time of a commit of outcomes.', labelNames: ['lane'], registers })
  const tick = new Histogram({ name: name('engine_tick_seconds'), help: 'Time of one look at everything.', registers })
  const lastTick = new Gauge({ name: name('engine_last_tick_timestamp_seconds'), help: 'When the last look ended.', registers })
  const decisions = new Counter({ name: name('decisions_total'), help: 'Decisions of the engine.', labelNames: ['action', 'applied'], registers })
  const webhooks = new Counter({ name: name('webhook_deliveries_total'), help: 'Attempts to deliver webhooks by what became of them; given_up counts the last ones once more.', labelNames: ['result'], registers })

  const gauge = (short: string, help: string, read: () => number): void => {
    registry.registerMetric(new Gauge({ name: name(short), help, registers: [], collect() { this.set(read()) } }))
  }
  gauge('ingest_queue_outcomes', 'Outcomes that wait to be stored.', () => observed.ingest().queued)
  gauge('exposures_dropped_total', 'Exposures that could not be kept.', () => observed.ingest().exposuresDropped)
  gauge('engine_leader', 'Does the engine of this node lead?', () => (observed.leading() ? 1 : 0))
  gauge('webhook_oldest_seconds', 'For how long the oldest message to a webhook has been waiting.', () => observed.oldestWebhook())
  const degraded = new Gauge({
    name: name('degraded'), help: 'What is away.', labelNames: ['dependency'], registers: [],
    collect() {
      for (const [dependency, state] of Object.entries(observed.checks())) this.set({ dependency }, state === 'ok' ? 0 : 1)
    },
  })
  registry.registerMetric(degraded)
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  gauge('event_loop_lag_seconds', 'The 99th percentile of waits for the event loop since the last look.', () => {
    const lag = delay.percentile(99) / 1e9
    delay.reset()
    return Number.isFinite(lag) ? lag : 0
  })

  return {
    pool({ pool, type }) {
      if (type === 'deadline') deadlines.inc({ pool })
      if (type === 'replaced') replaced.inc()
    },
    counterFailed: () => counterErrors.inc(),
    committed(lane, outcomes, seconds) {
      batch.observe(outcomes)
      commit.observe({ lane }, seconds)
    },
    ticked(seconds, at) {
      tick.observe(seconds)
      lastTick.set(at / 1_000)
    },
    decided: (action, applied) => decisions.inc({ action, applied: String(applied) }),
    notified(result, gaveUp) {
      webhooks.inc({ result })
      if (gaveUp) webhooks.inc({ result: 'given_up' })
    },
    text: () => registry.metrics(),
  }
}

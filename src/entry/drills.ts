import { setTimeout as sleep } from 'node:timers/promises'
import type { Deps } from '../deps.ts'
import { createDrills, type Drills } from '../engine/drills/drills.ts'
import type { Traffic } from '../engine/drills/ports.ts'
import { createDrillScheduler, type DrillScheduler } from '../engine/drills/scheduler.ts'
import { createAssigner } from '../http/data/assigner.ts'
import { createAttribute } from '../http/data/attribute.ts'
import { createBreakerFeed } from '../http/data/breaker-feed.ts'
import { createOutcomes } from '../http/data/outcomes.ts'
import { createDrillStore } from '../store/control/drills.ts'
import type { Pool } from '../store/pool.ts'
import { readDueFacts } from '../store/read/drills.ts'

/** The two calls behind their routes, with counts of their own: nobody's metrics are about drills. */
const trafficOf = (deps: Deps): Traffic => {
  const assigner = createAssigner(deps)
  const outcomes = createOutcomes({ ...deps, deliveries: { count: () => {} } }, createAttribute(deps), createBreakerFeed(deps))
  return {
    assign: async (experiment, unit) =>
      JSON.parse(await assigner.assign({ experiment, model: undefined, unit, attributes: {}, token: undefined })) as { version: string; token: string },
    async report(bodies) {
      const { rejected: [first] } = await outcomes.many(bodies)
      if (first) throw new Error(`an outcome was refused: ${first.message}`)
    },
  }
}

type Options = { deps: Deps; pool: Pool; holder: string; intervalMs: number; leading: () => boolean }

/** Looks for due drills: once in so many looks of the engine, which is a minute unless somebody changes it. */
const looksBetween = 6

/** Drills on this node, and what starts those that are due. */
export const createDrillsOf = ({ deps, pool, holder, intervalMs, leading }: Options): { drills: Drills; scheduler: DrillScheduler } => {
  const { log, live, control, publish, health } = deps
  const drills = createDrills({
    store: createDrillStore(pool, holder),
    control,
    traffic: trafficOf(deps),
    live,
    published: async () => {
      await live.refresh()
      publish(live.current()?.version ?? 0)
    },
    intervalMs,
    log,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    elapsed: () => performance.now(),
  })
  const scheduler = createDrillScheduler({
    drills,
    dueFacts: () => readDueFacts(pool),
    leading,
    sound: () => Object.values(health.checks()).every((state) => state === 'ok'),
    log,
    everyMs: looksBetween * intervalMs,
  })
  return { drills, scheduler }
}

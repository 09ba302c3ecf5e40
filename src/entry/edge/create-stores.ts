import { randomBytes, randomUUID } from 'node:crypto'
import { createBreakers } from '../../engine/breakers.ts'
import { createReports } from '../../engine/reports.ts'
import { createThrottle } from '../../engine/throttle.ts'
import { createTick } from '../../engine/tick.ts'
import { createDeliveries } from '../../ingest/deliveries.ts'
import { ingestOnce } from '../../ingest/ingest.ts'
import { createUnits } from '../../ingest/units.ts'
import type { Database } from '../../store/connect.ts'
import { createLease } from '../../store/control/lease.ts'
import { createKeys } from '../../store/keys.ts'
import { createSnapshotSource } from '../../store/read/snapshot.ts'
import { settingOf } from '../../store/settings.ts'
import { createControlPlane } from '../control-plane.ts'
import { createEngineStore } from '../engine.ts'
import { createRegistryLook } from '../registry.ts'
import { createWebhookApi } from '../webhooks.ts'
import { createEdgeScopes } from './scopes.ts'
import type { CreateStores } from './stores.ts'
import { tickOnce } from './tick.ts'

const draw = (): string => randomBytes(32).toString('base64url')

/** The same stores as on Node, over connections that live for one request. */
export const createEdgeStores: CreateStores = ({ config, pools, log, hashUnit, hot }) => {
  const database: Database = { kind: 'postgres', ...pools, reachable: () => true, close: async () => {} }
  const scopes = createEdgeScopes(pools.api)
  const store = createEngineStore(pools.engine)
  const tick = createTick({ store, log })
  // what fails is taken out before anything is compared; each looks once an event, as the cron trigger fires
  const lookAtBreakers = createBreakers({ ...hot, store, log })
  const lookAtLoad = createThrottle({ ...hot, store, log, now: Date.now })
  // behind everything that protects: it may be slow to answer
  const lookAtRegistry = createRegistryLook(pools.engine, config, log)
  // requests at once have connections of their own here, so they would wait for each other's roll-up rows
  const shard = (): number => Math.floor(Math.random() * 8)
  return {
    source: createSnapshotSource(pools.api),
    secret: (key) => settingOf(pools.api, key, draw),
    scopes,
    units: createUnits({ pool: pools.api, hashUnit }),
    control: createControlPlane({ database, hashUnit, config }),
    reports: createReports(pools.api),
    keys: createKeys(pools.api),
    webhooks: createWebhookApi(pools.api, config),
    expose: (exposures) => ingestOnce({ pool: pools.api, scopes, shard: shard() }, exposures, []),
    deliveries: createDeliveries({ pool: pools.ingest, log, waitMs: null }),
    ingest: (outcomes) => ingestOnce({ pool: pools.ingest, scopes, shard: shard() }, [], outcomes),
    // another holder each time: two events of one isolate may overlap
    tick: () =>
      tickOnce(createLease(pools.engine, randomUUID()), async (fence, signal) => {
        await lookAtBreakers(fence, signal)
        await lookAtLoad(fence, signal)
        const result = await tick(fence, signal)
        await lookAtRegistry?.(signal).catch((error: unknown) => log.warn({ err: error }, 'the registry cannot be looked after for now'))
        return result
      }),
  }
}

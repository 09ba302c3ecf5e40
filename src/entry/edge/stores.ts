import type { Config } from '../../config.ts'
import type { Deps, Exposure, Ingest, Log, SnapshotSource } from '../../deps.ts'
import type { DeliveryCounts } from '../../ingest/deliveries.ts'
import type { BreakersOptions } from '../../engine/breakers.ts'
import type { ThrottleOptions } from '../../engine/throttle.ts'
import type { Pool } from '../../store/pool.ts'
import type { UnitHasher } from '../../token/unit.ts'

export type Pools = { ingest: Pool; api: Pool; engine: Pool }

/** Everything that is kept in the database, over pools that are the request's own. */
export type Stores = Pick<Deps, 'scopes' | 'units' | 'control' | 'reports' | 'keys' | 'webhooks'> & {
  source: SnapshotSource
  /** The value that all nodes share; drawn where there is none yet. */
  secret(key: 'unit_key' | 'token_secret'): Promise<string | null>
  expose(exposures: readonly Exposure[]): Promise<unknown>
  /** One commit for all of them, each with its answer. */
  ingest: Ingest['outcomes']
  /** What was counted of deliveries is written with `flush`. */
  deliveries: DeliveryCounts
  /** One look of the engine at everything that runs, unless another engine leads. */
  tick(): Promise<unknown>
}

/** What the engine's look at calls sees: the experiments that are served here, and their counters. */
export type HotLook = Pick<BreakersOptions, 'watched' | 'recent'> & Pick<ThrottleOptions, 'capped' | 'served'>

export type CreateStores = (surroundings: { config: Config; pools: Pools; log: Log; hashUnit: UnitHasher; hot: HotLook }) => Stores

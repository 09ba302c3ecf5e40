import { createIngest, type GroupIngest, type IngestOptions } from '../../../src/ingest/ingest.ts'
import { createScopePlans } from '../../../src/store/scope-plans.ts'
import type { Pool } from '../../../src/store/pool.ts'

export const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** A node's ingestion on this pool. */
export const ingestOn = (pool: Pool, options: Partial<IngestOptions> = {}): GroupIngest =>
  createIngest({ pool, scopes: createScopePlans(pool), log: silent, ...options })

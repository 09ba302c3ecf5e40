import { bigint, boolean, customType, integer, jsonb, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import type { SimulationResult } from '../../core/simulate/request.ts'
import type { LedgerEntry } from '../../core/decide/ledger.ts'
import type { Report } from '../../core/analyze/report.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

/** What was done or held back, on which evidence, by which rule. Append-only: a trigger refuses anything else. */
export const ledger = pgTable('ledger', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  experiment: integer(),
  model: integer(),
  chain: text().notNull(),
  seq: integer().notNull(),
  at: moment('at').notNull(),
  actor: text().notNull(),
  action: text().notNull(),
  status: text().$type<LedgerEntry['status']>().notNull(),
  entry: jsonb().$type<LedgerEntry>().notNull(),
  prevHash: text('prev_hash').notNull(),
  hash: text().notNull(),
}, (table) => [unique().on(table.chain, table.seq)])

/** What an entry was decided from: see control/inputs.ts. Append-only, like its parts. */
export const decisionInputs = pgTable('decision_inputs', { ledger: bigint({ mode: 'number' }).primaryKey(), body: bytes().notNull() })

/** Members of inputs that many decisions share, by the SHA-256 of their bytes. */
export const decisionParts = pgTable('decision_parts', { hash: bytes().primaryKey(), body: bytes().notNull() })

/** What somebody has to explain and sign: opened by kills and rollbacks. */
export const postMortems = pgTable('post_mortems', {
  ledger: bigint({ mode: 'number' }).primaryKey(),
  experiment: integer().notNull(),
  model: integer().notNull(),
  variant: text(),
  locked: text().array().notNull(),
  openedAt: moment('opened_at').notNull(),
  signedAt: moment('signed_at'),
  signedBy: text('signed_by'),
  note: text(),
  signedLedger: bigint('signed_ledger', { mode: 'number' }),
})

/** A report as it stood at `at`; `?asOf=` and `/series` read these and never recompute. */
export const analyses = pgTable('analyses', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  experiment: integer().notNull(),
  at: moment('at').notNull(),
  epoch: integer().notNull(),
  digest: text().notNull(),
  report: jsonb().$type<Report>().notNull(),
  cited: boolean().notNull().default(false),
})

/** Who leads. `fence` rises with every takeover; a write that carries an older one is refused. */
export const lease = pgTable('lease', {
  name: text().primaryKey(),
  holder: uuid().notNull(),
  fence: bigint({ mode: 'number' }).notNull(),
  expiresAt: moment('expires_at').notNull(),
  tickedAt: moment('ticked_at'),
})

/** Messages to the outside, written in the transaction of what they tell. What is sent is rendered once, when they are told. */
export const outbox = pgTable('outbox', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  topic: text().notNull(),
  body: jsonb().notNull(),
  ledger: bigint({ mode: 'number' }),
  createdAt: moment('created_at').notNull().defaultNow(),
  message: uuid(),
  payload: text(),
  toldAt: moment('told_at'),
})

/** What policies would do, in simulated worlds: asked for anywhere, run where the engine runs. */
export const simulations = pgTable('simulations', {
  id: uuid().primaryKey().defaultRandom(),
  state: text().$type<'queued' | 'running' | 'done' | 'failed' | 'cancelled'>().notNull().default('queued'),
  actor: text().notNull(),
  design: jsonb().notNull(),
  done: integer().notNull().default(0),
  total: integer().notNull(),
  result: jsonb().$type<SimulationResult>(),
  error: text(),
  holder: uuid(),
  heartbeat: moment('heartbeat'),
  createdAt: moment('created_at').notNull().defaultNow(),
  startedAt: moment('started_at'),
  endedAt: moment('ended_at'),
})

export const apiKeys = pgTable('api_keys', {
  id: text().primaryKey(),
  name: text().notNull(),
  hash: bytes().notNull().unique(),
  scopes: text().array().notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
  expiresAt: moment('expires_at'),
  lastUsedAt: moment('last_used_at'),
  revokedAt: moment('revoked_at'),
})

export const settings = pgTable('settings', { key: text().primaryKey(), value: text().notNull() })

export const publication = pgTable('publication', {
  only: boolean().primaryKey().default(true),
  version: bigint({ mode: 'number' }).notNull(),
})

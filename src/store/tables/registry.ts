import { boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, text, timestamp, unique } from 'drizzle-orm/pg-core'
import type { SwitchKind, VersionLock } from '../../core/models/champion.ts'
import type { CheckStatus } from '../../core/models/checks.ts'
import type { MetricDefinition, ModelWatch, RegistryLink, VersionRecord } from '../../core/define/definitions.ts'
import type { Retrain } from '../../core/define/retrain.ts'
import type { WatchState } from '../../core/models/watch-state.ts'
import type { StoredAlarm } from '../../core/decide/signals.ts'
import type { RegistrySync } from '../../core/models/registry.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })

/** A named decision point; `champion` is the version it serves when no experiment says otherwise. */
export const models = pgTable('models', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  key: text().notNull().unique(),
  description: text().notNull().default(''),
  unitType: text('unit_type').notNull().default('user'),
  enabled: boolean().notNull().default(true),
  watch: jsonb().$type<ModelWatch>().notNull().default({}),
  fallbacks: text().array().notNull().default([]),
  champion: integer(),
  createdAt: moment('created_at').notNull().defaultNow(),
  /** Names of the checks that a version must pass before it serves anybody. */
  requires: text().array().notNull().default([]),
  /** Where its versions are registered elsewhere; null where they are not. */
  registry: jsonb().$type<RegistryLink>(),
  registrySync: jsonb('registry_sync').$type<RegistrySync>(),
  /** When whoever trains it is told that it is time; null: never. */
  retrain: jsonb().$type<Retrain>(),
})

/** One immutable model version. `watchScope` counts what its champion traffic reports. */
export const versions = pgTable('versions', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  model: integer().notNull(),
  version: text().notNull(),
  record: jsonb().$type<VersionRecord>().notNull(),
  watchScope: integer('watch_scope').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
  firstTrafficAt: moment('first_traffic_at'),
  /** Null: it may become champion. */
  lock: jsonb().$type<VersionLock>(),
  changedAt: moment('changed_at').notNull().defaultNow(),
  /** Since when it says that it is warm. */
  readyAt: moment('ready_at'),
  /** How far detectors have followed its champion traffic. */
  watchState: jsonb('watch_state').$type<WatchState>(),
}, (table) => [unique().on(table.model, table.version)])

/** What others found out about a version before it serves anybody; the latest of each name counts. */
export const versionChecks = pgTable('version_checks', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  version: integer().notNull(),
  name: text().notNull(),
  status: text().$type<CheckStatus>().notNull(),
  evidence: jsonb(),
  digest: text(),
  at: moment('at').notNull(),
  receivedAt: moment('received_at').notNull().defaultNow(),
  actor: text().notNull(),
  body: text().notNull(),
})

/** What other systems tell of an experiment (`experiment:<id>`) or of everything on a model (`model:<id>`): the latest of each name. */
export const signals = pgTable('signals', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  subject: text().notNull(),
  /** '': the whole subject. */
  variant: text().notNull().default(''),
  name: text().notNull(),
  status: text().$type<'ok' | 'alarm'>().notNull(),
  value: doublePrecision(),
  source: text(),
  at: moment('at').notNull(),
  expiresAt: moment('expires_at'),
  receivedAt: moment('received_at').notNull().defaultNow(),
  actor: text().notNull(),
  /** The last of each kind, `alarm` or the limit that it crossed. */
  alarms: jsonb().$type<Record<string, StoredAlarm>>().notNull().default({}),
}, (table) => [unique().on(table.subject, table.variant, table.name)])

/** Who became champion, when and why. `seq` makes a switch compare-and-set. */
export const championHistory = pgTable('champion_history', {
  model: integer().notNull(),
  seq: integer().notNull(),
  version: integer().notNull(),
  previous: integer(),
  actor: text().notNull(),
  reason: text().notNull(),
  experiment: integer(),
  at: moment('at').notNull().defaultNow(),
  kind: text().$type<SwitchKind>().notNull().default('set'),
}, (table) => [primaryKey({ columns: [table.model, table.seq] })])

export const metrics = pgTable('metrics', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  key: text().notNull().unique(),
  kind: text().$type<MetricDefinition['kind']>().notNull(),
  definition: jsonb().$type<MetricDefinition>().notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
})

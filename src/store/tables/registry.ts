import { boolean, integer, jsonb, pgTable, primaryKey, text, timestamp, unique } from 'drizzle-orm/pg-core'
import type { SwitchKind, VersionLock } from '../../core/champion.ts'
import type { MetricDefinition, ModelWatch, VersionRecord } from '../../core/definitions.ts'

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
}, (table) => [unique().on(table.model, table.version)])

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

import { boolean, customType, doublePrecision, integer, interval, jsonb, pgTable, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core'
import type { EpochFrozen, ExperimentDefinition, ExperimentState, Frozen, Looks, Progress, VariantState } from '../../core/define/definitions.ts'
import type { DriftState } from '../../core/define/drift.ts'
import type { Hold } from '../../core/decide/holds.ts'
import type { Strata } from '../../core/analyze/generations.ts'
import type { Carried } from '../../core/continuity/document.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })
const transaction = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' })

export const experiments = pgTable('experiments', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  key: text().notNull().unique(),
  model: integer().notNull(),
  state: text().$type<ExperimentState>().notNull(),
  definition: jsonb().$type<ExperimentDefinition>().notNull(),
  frozen: jsonb().$type<Frozen>(),
  variants: jsonb().$type<VariantState[]>().notNull(),
  stage: integer().notNull().default(0),
  progress: jsonb().$type<Progress>(),
  scope: integer(),
  epoch: integer().notNull().default(0),
  winner: text(),
  looks: jsonb().$type<Looks>().notNull().default({}),
  holds: jsonb().$type<Hold[]>().notNull().default([]),
  drift: jsonb().$type<DriftState>(),
  revision: integer().notNull().default(1),
  changedAt: moment('changed_at').notNull().defaultNow(),
  createdAt: moment('created_at').notNull().defaultNow(),
  /** The part of enrolment that is let in. */
  throttle: doublePrecision().notNull().default(1),
  startedAt: moment('started_at'),
  endedAt: moment('ended_at'),
})

/** A set of exposures that is analysed together; everything statistical is keyed by its id. */
export const scopes = pgTable('scopes', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  kind: text().$type<'stage' | 'watch' | 'bake' | 'generation' | 'shadow'>().notNull(),
  experiment: integer(),
  model: integer().notNull(),
  stage: integer().notNull().default(0),
  metrics: jsonb().$type<MetricPlan[]>().notNull(),
  ceilings: doublePrecision().array().notNull(),
  lateAfter: interval('late_after').notNull(),
  /** How long each unit has to report; null where nobody counts who did in time. */
  reportBy: interval('report_by'),
  openedAt: moment('opened_at').notNull().defaultNow(),
  closedAt: moment('closed_at'),
  /** versions.id of a watch; null for any other kind. */
  version: integer(),
  /** Of a generation: the scope of the stage that it counts once more, day by day; null for all others. */
  parent: integer(),
  strata: text().$type<Strata>(),
  /** Of a shadow: the scope of the stage whose control it is compared with, and the candidate's ordinal. */
  shadowOf: integer('shadow_of'),
  variant: smallint(),
  /** Of an imported scope: its number where its units were counted. */
  origin: integer(),
  /** Of an imported scope: sums that are made from units, which stay where they were counted. */
  carried: jsonb().$type<Carried>(),
})

/** One immutable slice of an experiment's life: the traffic in force from `startedAt` on. */
export const epochs = pgTable('epochs', {
  experiment: integer().notNull(),
  epoch: integer().notNull(),
  scope: integer().notNull(),
  cause: text().$type<'action' | 'clock'>().notNull(),
  coverage: doublePrecision().notNull(),
  weights: doublePrecision().array().notNull(),
  frozen: jsonb().$type<EpochFrozen>().notNull().default({}),
  startedAt: moment('started_at').notNull().defaultNow(),
  endedAt: moment('ended_at'),
  sealedAt: moment('sealed_at'),
  rested: transaction(),
  /** The part of enrolment that was let in; `coverage` is without it. */
  throttle: doublePrecision().notNull().default(1),
}, (table) => [primaryKey({ columns: [table.experiment, table.epoch] })])

/** Epochs whose roll-ups may have changed since the engine looked; the others are at rest. Triggers wake them. */
export const awakeEpochs = pgTable('awake_epochs', {
  scope: integer().notNull(),
  epoch: integer().notNull(),
  fading: boolean().notNull().default(false),
  barrier: transaction(),
}, (table) => [primaryKey({ columns: [table.scope, table.epoch] })])

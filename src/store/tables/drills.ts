import { bigint, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { DrillState, DrillType } from '../../core/drills/drill.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })

/** Rehearsals of what protects; at most one runs, as an index sees to. */
export const drills = pgTable('drills', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  type: text().$type<DrillType>().notNull(),
  state: text().$type<DrillState>().notNull().default('running'),
  actor: text().notNull(),
  holder: uuid().notNull(),
  heartbeat: moment('heartbeat').notNull().defaultNow(),
  startedAt: moment('started_at').notNull().defaultNow(),
  faultAt: moment('fault_at'),
  detectedAt: moment('detected_at'),
  revertedAt: moment('reverted_at'),
  endedAt: moment('ended_at'),
  clearedAt: moment('cleared_at'),
  units: integer().notNull().default(0),
  decision: bigint({ mode: 'number' }),
  text: text().notNull().default(''),
})

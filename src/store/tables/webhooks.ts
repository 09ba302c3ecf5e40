import { bigint, boolean, integer, pgTable, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core'
import type { AttemptResult, DeliveryState } from '../../core/tell/notification.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })

/** Who is told of decisions. Secrets are sealed where there is a key outside of the database. */
export const webhooks = pgTable('webhooks', {
  id: text().primaryKey(),
  url: text().notNull(),
  description: text().notNull(),
  events: text().array().notNull(),
  enabled: boolean().notNull().default(true),
  disabledBecause: text('disabled_because').$type<'asked' | 'gone' | 'failing'>(),
  secret: text().notNull(),
  previousSecret: text('previous_secret'),
  previousUntil: moment('previous_until'),
  failingSince: moment('failing_since'),
  createdBy: text('created_by').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
})

/** One message to one webhook. A claim keeps two processes from sending it at once. */
export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  webhook: text().notNull(),
  outbox: bigint({ mode: 'number' }).notNull(),
  state: text().$type<DeliveryState>().notNull().default('waiting'),
  tries: integer().notNull().default(0),
  dueAt: moment('due_at').notNull().defaultNow(),
  claim: uuid(),
  claimedUntil: moment('claimed_until'),
  createdAt: moment('created_at').notNull().defaultNow(),
  endedAt: moment('ended_at'),
}, (table) => [unique().on(table.webhook, table.outbox)])

/** The log of deliveries: each time that something was sent, and what came back. */
export const webhookAttempts = pgTable('webhook_attempts', {
  delivery: bigint({ mode: 'number' }).notNull(),
  number: integer().notNull(),
  at: moment('at').notNull().defaultNow(),
  result: text().$type<AttemptResult>().notNull().default('sending'),
  ms: integer(),
  status: integer(),
  error: text(),
  response: text(),
}, (table) => [primaryKey({ columns: [table.delivery, table.number] })])

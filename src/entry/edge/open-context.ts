import type { Log } from '../../deps.ts'
import { connectPerRequest } from '../../store/per-request.ts'
import type { Pool } from '../../store/pool.ts'
import { DatabaseUnavailable } from '../../store/unavailable.ts'
import { type RequestContext, runWithin } from './context.ts'
import { connectEdgeRedis, type EdgeRedis } from './redis.ts'
import type { Slots } from './slots.ts'

export type ContextOptions = { databaseUrl: string; redisUrl: string | null; log: Log; slots: Slots }

type Connection = { pool: Pool; close(): Promise<void> }

/** @throws {DatabaseUnavailable} when no slot becomes free in time */
const connectWithin = async (withinMs: number, { databaseUrl, slots, log }: ContextOptions): Promise<Connection> => {
  const giveBack = await slots.take(withinMs)
  if (!giveBack) throw new DatabaseUnavailable('too many requests are connected already', { mayHaveHappened: false })
  const { pool, close } = connectPerRequest(databaseUrl)
  const failed = (error: unknown): void => log.warn({ err: error }, 'a database client did not end well')
  return { pool, close: () => close().catch(failed).finally(giveBack) }
}

/** The connections and the unfinished work of one request. */
export const openContext = (options: ContextOptions): RequestContext => {
  const { redisUrl, log } = options
  let database: Promise<Connection> | undefined
  let redis: EdgeRedis | undefined
  const working = new Set<Promise<void>>()

  const context: RequestContext = {
    async pool(withinMs) {
      database ??= connectWithin(withinMs, options)
      try {
        return (await database).pool
      } catch (error) {
        database = undefined
        throw error
      }
    },
    redis: () => (redisUrl === null ? null : (redis ??= connectEdgeRedis(redisUrl))),
    behind: (work) => {
      const done = runWithin(context, work)
        .then(
          () => {},
          (error: unknown) => log.warn({ err: error }, 'work behind an answer failed'),
        )
        .finally(() => working.delete(done))
      working.add(done)
    },
    end: async () => {
      while (working.size > 0) await Promise.all(working)
      const ended = { database, redis }
      database = undefined
      redis = undefined
      ended.redis?.disconnect()
      await ended.database?.then((connection) => connection.close(), () => {})
    },
  }
  return context
}

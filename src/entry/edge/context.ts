import { AsyncLocalStorage } from 'node:async_hooks'
import type { Pool } from '../../store/pool.ts'
import type { EdgeRedis } from './redis.ts'

/**
 * What one request may use. Sockets belong to the request that opened them, so nothing in here may outlive it;
 * clients connect when they are first used.
 */
export type RequestContext = {
  /** Rejects with DatabaseUnavailable when too many others are connected for `withinMs` milliseconds. */
  pool(withinMs: number): Promise<Pool>
  /** Null where no Redis is configured. */
  redis(): EdgeRedis | null
  /** Work that goes on after the answer; its failure is logged. */
  behind(work: () => Promise<unknown>): void
  /** Wait for what goes on behind the answer, then disconnect. What is used afterwards connects anew. Never rejects. */
  end(): Promise<void>
}

const contexts = new AsyncLocalStorage<RequestContext>()

export const runWithin = <T>(context: RequestContext, work: () => T): T => contexts.run(context, work)

/** Null while no request is served, as when the app is built. */
export const contextOrNull = (): RequestContext | null => contexts.getStore() ?? null

/** @throws {Error} outside a request, since there is nobody whose connection could be used */
export const currentContext = (): RequestContext => {
  const context = contexts.getStore()
  if (!context) throw new Error('no request is being served: connections belong to requests here')
  return context
}

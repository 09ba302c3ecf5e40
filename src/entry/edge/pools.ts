import type { CallOptions, Pool } from '../../store/pool.ts'
import { codeOf } from '../../store/unavailable.ts'
import { currentContext } from './context.ts'

/** All connections are in use. Many requests at once, each with its own, get there soon; nothing has happened yet. */
const tooManyConnections = '53300'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Try again, at random moments, while the server has no connection left and there is time. */
const untilConnected = async <T>(deadlineMs: number, attempt: (leftMs: number) => Promise<T>): Promise<T> => {
  const started = Date.now()
  for (;;) {
    const left = deadlineMs - (Date.now() - started)
    try {
      return await attempt(left)
    } catch (error) {
      const pause = 20 + Math.random() * 80
      if (codeOf(error) !== tooManyConnections || Date.now() - started + pause >= deadlineMs) throw error
      await sleep(pause)
    }
  }
}

/** A pool that is whichever the request at hand has, with a deadline of its own in milliseconds. */
const poolOf = (deadlineMs: number): Pool => {
  type Attempt<T> = (pool: Pool, options: CallOptions) => Promise<T>
  const within = <T>(asked: CallOptions | undefined, attempt: Attempt<T>): Promise<T> =>
    untilConnected(asked?.deadlineMs ?? deadlineMs, async (left) => {
      const began = Date.now()
      const pool = await currentContext().pool(left)
      return attempt(pool, { deadlineMs: Math.max(1, left - (Date.now() - began)) })
    })
  return {
    run: (work, asked) => within(asked, (pool, options) => pool.run(work, options)),
    query: (work, asked) => within(asked, (pool, options) => pool.query(work, options)),
    begin: (work, asked) => within(asked, (pool, options) => pool.begin(work, { ...asked, ...options })),
    transaction: (work, asked) => within(asked, (pool, options) => pool.transaction(work, options)),
  }
}

/** The pools of a Database for code that knows nothing of requests: all are the one connection of a request. */
export const contextualPools = (): { ingest: Pool; api: Pool; engine: Pool } => ({
  ingest: poolOf(1_800),
  api: poolOf(10_000),
  engine: poolOf(20_000),
})

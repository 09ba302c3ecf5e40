import { ServiceError } from '../../errors.ts'
import { problemResponse } from '../../http/problem.ts'
import { type RequestContext, runWithin } from './context.ts'
import { type EdgeConfig, edgeConfig, type EdgeEnvironment, environmentDigest } from './environment.ts'
import { forward, forwardingOf } from './forward.ts'
import { createIsolate, type Isolate } from './isolate.ts'
import { createEdgeLog } from './log.ts'
import { openContext } from './open-context.ts'
import { createSlots, type Slots } from './slots.ts'
import type { CreateStores } from './stores.ts'

/** Requests of one isolate that hold a database connection at once. */
const MOST_CONNECTIONS = 16

/** What the runtime hands to each event: work that may outlast the answer, by 30 s at most. */
export type Lifetime = { waitUntil(work: Promise<unknown>): void }

export type EdgeWorker = {
  fetch(request: Request, environment: EdgeEnvironment, lifetime: Lifetime): Promise<Response>
  scheduled(event: unknown, environment: EdgeEnvironment, lifetime: Lifetime): Promise<void>
}

type Serving = { digest: string; config: EdgeConfig; isolate: Isolate; slots: Slots }

const misconfigured = (): Response =>
  problemResponse(new ServiceError('unavailable', 'this service is not configured; its log says why'))

const contextOf = ({ config, isolate, slots }: Serving): RequestContext =>
  openContext({ ...config, log: isolate.log, slots })

/** Whoever asks, by the address that the edge itself saw; callers cannot set this header there. */
const peer = (request: Request): object => ({
  incoming: { socket: { remoteAddress: request.headers.get('cf-connecting-ip') ?? 'unknown' } },
})

/** The handlers of a Worker. State between events is one `Serving`, which holds no connection and no promise. */
export const createEdgeWorker = (createStores: CreateStores): EdgeWorker => {
  let serving: Serving | null = null

  /** @throws {Error} naming each bad variable */
  const serve = (environment: EdgeEnvironment): Serving => {
    const digest = environmentDigest(environment)
    if (serving?.digest === digest) return serving
    const config = edgeConfig(environment)
    const isolate = createIsolate(config, createStores)
    return (serving = { digest, config, isolate, slots: createSlots(MOST_CONNECTIONS) })
  }

  const configured = (environment: EdgeEnvironment): Serving | null => {
    try {
      return serve(environment)
    } catch (error) {
      createEdgeLog('info').error({ err: error }, 'the configuration is not usable')
      return null
    }
  }

  const answer = async (request: Request, { isolate }: Serving, lifetime: Lifetime): Promise<Response> => {
    if (new URL(request.url).pathname !== '/health') await isolate.prepare()
    const response = await isolate.hono.fetch(request, peer(request), lifetime as never)
    isolate.settle()
    return response
  }

  return {
    async fetch(request, environment, lifetime) {
      const now = configured(environment)
      if (!now) return misconfigured()
      const { outcomeOrigin } = now.config
      const withinMs = outcomeOrigin === null ? null : forwardingOf(request)
      if (outcomeOrigin !== null && withinMs !== null) return forward(request, outcomeOrigin, withinMs, now.isolate.log)
      const context = contextOf(now)
      const answered = runWithin(context, () => answer(request, now, lifetime))
      // whoever asked may go away: what was begun is finished all the same, and connections end in order
      lifetime.waitUntil(answered.then(context.end, context.end))
      return answered
    },

    /** The engine's tick, for where no Node service runs one. */
    async scheduled(_event, environment) {
      const now = serve(environment)
      if (!now.config.engine) return
      const context = contextOf(now)
      try {
        await runWithin(context, async () => {
          await now.isolate.prepare()
          await now.isolate.tick()
        })
      } finally {
        await context.end()
      }
    },
  }
}

import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Snapshot as Source } from '../../assign/snapshot.ts'
import { isRehearsal } from '../../core/drills/keys.ts'
import type { Deps } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { matches } from '../etag.ts'
import { rawRoute, type Principal, type Route } from '../route.ts'

const MOST_STREAMS = 100
const KEEP_ALIVE_MS = 15_000

const Snapshot = z
  .object({ format: z.literal(1), version: z.int(), models: z.array(z.unknown()), experiments: z.array(z.unknown()), dormant: z.array(z.unknown()) })
  .meta({ id: 'Snapshot', description: 'everything that assigning needs: weights, salts, rules; overrides by keyed unit hash' })

const notLoaded = (): ServiceError => new ServiceError('unavailable', 'no configuration was loaded yet', { retryAfterSeconds: 1 })

const real = <T extends { key: string }>(all: readonly T[]): T[] => all.filter(({ key }) => !isRehearsal(key))

/** Drills are rehearsed here: nobody else assigns to them. */
const withoutRehearsals = (source: Source): Source => ({
  ...source, models: real(source.models), experiments: real(source.experiments), dormant: real(source.dormant),
})

/** The snapshot's JSON, made once a version. */
const createText = (live: Deps['live']) => {
  let made: { version: number; text: string } | null = null
  return (): { version: number; text: string } => {
    const source = live.source()
    if (!source) throw notLoaded()
    if (made?.version !== source.version) made = { version: source.version, text: JSON.stringify(withoutRehearsals(source)) }
    return made
  }
}

/** GET /snapshot and /snapshot/events: the configuration for clients that evaluate locally. */
export const snapshotRoutes = ({ live, health }: Pick<Deps, 'live' | 'health'>): Route[] => {
  const textOf = createText(live)
  const streams = new Map<string, number>()

  const events = (context: Context, principal: Principal): Response => {
    const open = streams.get(principal.id) ?? 0
    if (open >= MOST_STREAMS) {
      throw new ServiceError('rate_limited', `a key may hold ${MOST_STREAMS} streams`, { retryAfterSeconds: 60 })
    }
    if (!live.current()) throw notLoaded()
    streams.set(principal.id, open + 1)
    return streamSSE(context, async (stream) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const tell = (version: number): void => void stream.writeSSE({ event: 'version', id: String(version), data: String(version) })
      const unsubscribe = live.subscribe(tell)
      const alive = setInterval(() => void stream.write(': alive\n\n'), KEEP_ALIVE_MS)
      const stop = (): void => end()
      health.stopping.addEventListener('abort', stop)
      stream.onAbort(end)
      tell(live.current()!.version)
      if (!health.stopping.aborted) await ended
      health.stopping.removeEventListener('abort', stop)
      clearInterval(alive)
      unsubscribe()
      streams.set(principal.id, (streams.get(principal.id) ?? 1) - 1)
    })
  }

  return [
    rawRoute({
      method: 'get',
      path: '/snapshot',
      scope: 'assign',
      tag: 'Local evaluation',
      summary: 'The configuration in force',
      description: 'Send the ETag back in If-None-Match: 304 while nothing changed. The `shadows` of an experiment are to be called beside the control where the unit’s hash lies below their `sampleRate`; POST /exposures answers the tokens of their outcomes.',
      responses: { 200: { description: 'the whole configuration', schema: Snapshot }, 304: { description: 'unchanged' } },
      serve: (context) => {
        const { version, text } = textOf()
        const headers = { 'content-type': 'application/json', etag: `"${version}"`, 'cache-control': 'private, no-cache' }
        if (matches(context.req.header('if-none-match'), headers.etag)) return new Response(null, { status: 304, headers })
        return new Response(text, { headers })
      },
    }),
    rawRoute({
      method: 'get',
      path: '/snapshot/events',
      scope: 'assign',
      tag: 'Local evaluation',
      summary: 'Hear of each new version',
      description: 'Server-sent events `version`, the first at once. Fetch /snapshot when the version is greater than yours.',
      responses: { 200: { description: 'a stream of versions', schema: z.string(), type: 'text/event-stream' } },
      serve: (context, principal) => events(context, principal!),
    }),
  ]
}

import { streamSSE } from 'hono/streaming'
import type { Context } from 'hono'
import type { Deps, Latest } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import type { Pages } from '../pages/pages.ts'
import type { Route } from '../route.ts'

const KEEP_ALIVE_MS = 15_000
const MOST_STREAMS = 1_000

/** What a page knows, from its address: nothing where it knows nothing. */
const knownOf = (query: URLSearchParams, latest: Latest): Latest => {
  const [analysis, decision] = [query.get('analysis'), query.get('decision')]
  const id = (text: string | null, now: number | null): number | null => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : now)
  return { ...latest, analysis: id(analysis, latest.analysis), decision: id(decision, latest.decision) }
}

/**
 * Server-sent events `news` of one experiment: where it stands, each time that changes. 204 where streams can not be
 * held, which tells a browser not to ask again.
 */
export const eventRoutes = ({ pages, news, reports, health }: { pages: Pages } & Pick<Deps, 'news' | 'reports' | 'health'>): Route[] => {
  let open = 0

  const stream = (context: Context, key: string, known: Latest, hub: NonNullable<Deps['news']>): Response => {
    if (open >= MOST_STREAMS) throw new ServiceError('rate_limited', `${MOST_STREAMS} pages listen already`, { retryAfterSeconds: 60 })
    open++
    return streamSSE(context, async (events) => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const unsubscribe = hub.subscribe(key, known, (latest) => void events.writeSSE({ event: 'news', data: JSON.stringify(latest) }))
      const alive = setInterval(() => void events.write(': alive\n\n'), KEEP_ALIVE_MS)
      const stop = (): void => end()
      health.stopping.addEventListener('abort', stop)
      events.onAbort(end)
      await events.write(': here\n\n')
      if (!health.stopping.aborted) await ended
      health.stopping.removeEventListener('abort', stop)
      clearInterval(alive)
      unsubscribe()
      open--
    })
  }

  return [
    pages.shared('/experiments/{key}/events', 'Hear of news', async ({ context, path: { key = '' }, query }) => {
      const latest = await reports.latest(key)
      return news ? stream(context, key, knownOf(query, latest), news) : new Response(null, { status: 204 })
    }),
  ]
}

import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { problemOf } from '../problem.ts'
import { rawRoute, route, type Route } from '../route.ts'

const tag = 'Operations'

const Ready = z.object({
  ready: z.boolean(),
  snapshot: z.object({ version: z.int(), ageSeconds: z.number() }).nullable(),
  checks: z.record(z.string(), z.enum(['ok', 'unavailable'])),
})

type SystemDeps = Pick<Deps, 'live' | 'health'>

const snapshotFacts = ({ live }: SystemDeps) => {
  const snapshot = live.current()
  return snapshot && { version: snapshot.version, ageSeconds: Math.round(Math.min(live.ageMs(), 1e12)) / 1_000 }
}

const readiness = (deps: SystemDeps): Response => {
  const snapshot = snapshotFacts(deps)
  const facts = { snapshot, checks: deps.health.checks() }
  const headers = { 'cache-control': 'no-store' }
  if (snapshot && !deps.health.stopping.aborted) return Response.json({ ready: true, ...facts }, { headers })
  const reason = snapshot ? 'the service is stopping' : 'no configuration was loaded yet'
  const problem = problemOf(new ServiceError('unavailable', reason))
  return Response.json(
    { ...problem, ready: false, ...facts },
    { status: 503, headers: { ...headers, 'content-type': 'application/problem+json', 'retry-after': '1' } },
  )
}

/** /health, /ready and /metrics. `text` is what Prometheus reads. */
export const systemRoutes = (deps: SystemDeps, text: () => Promise<string>): Route[] => [
  route({
    method: 'get', path: '/health', scope: 'public', tag, summary: 'Does the process answer?',
    description: 'Says nothing about what it leans on, so that an outage elsewhere restarts nobody.',
    responses: { 200: { description: 'it does', schema: z.object({ status: z.literal('ok') }) } },
    handle: () => ({ body: { status: 'ok' } }),
  }),
  rawRoute({
    method: 'get', path: '/ready', scope: 'public', tag, summary: 'Can it take traffic?',
    description: 'Ready with a snapshot and not stopping; `checks` tell of the database and counters without making it unready.',
    responses: { 200: { description: 'ready', schema: Ready }, 503: { description: 'not ready' } },
    serve: () => readiness(deps),
  }),
  rawRoute({
    method: 'get', path: '/metrics', scope: 'read', tag, summary: 'Metrics for Prometheus',
    responses: { 200: { description: 'samples', schema: z.string(), type: 'text/plain' } },
    serve: async () => new Response(await text(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
  }),
]

import { z } from 'zod'
import { Key, MetricDefinition } from '../../core/define/definitions.ts'
import type { ControlPlane } from '../../deps.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { Metric, Metrics } from '../views/metrics.ts'

const tag = 'Metrics'

/** /api/metrics: statistics over the measures that outcomes report. */
export const metricRoutes = ({ metrics }: Pick<ControlPlane, 'metrics'>): Route[] => [
  route({
    method: 'post', path: '/api/metrics', scope: 'define', tag, summary: 'Define a metric', body: MetricDefinition, definition: true,
    responses: { 201: { description: 'the metric', schema: Metric } },
    handle: async ({ body }) => ({ status: 201, body: await metrics.create(body) }),
  }),
  route({
    method: 'get', path: '/api/metrics', scope: 'read', tag, summary: 'List metrics', query: Paging,
    responses: { 200: { description: 'a page, by key', schema: Metrics } },
    handle: async ({ query }) => pageAnswer(await metrics.list(pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/metrics/{key}', scope: 'read', tag, summary: 'Read a metric', params: z.object({ key: Key }),
    responses: { 200: { description: 'the metric', schema: Metric } },
    handle: async ({ path }) => ({ body: await metrics.get(path.key) }),
  }),
]

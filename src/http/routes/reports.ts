import { z } from 'zod'
import { Key } from '../../core/define/definitions.ts'
import type { Report as ReportView } from '../../core/analyze/report.ts'
import type { Reports } from '../../deps.ts'
import { AsOf, reportAt } from '../as-of.ts'
import { matches, weakTag } from '../etag.ts'
import { pageAnswer, pageRequest, Paging } from '../paging.ts'
import { route, type Route } from '../route.ts'
import { Report, Series } from '../views/reports.ts'
import { Watch } from '../views/watch.ts'

const tag = 'Reports'
/** Checks whose words tell an age. */
const ages = new Set(['freshness', 'service'])

const ByKey = z.object({ key: Key })

const Days = z.strictObject({
  days: z.coerce.number('expected a number').int().min(1).max(366).default(30).describe('1 to 366, today among them'),
})

/** What it says, whenever it is said: not its own moment, nor how long ago something was, nor waits, which are shorter each time. */
const tagOf = (report: ReportView): string => weakTag({
  ...report, asOf: null, health: report.health.map((one) => ({ ...one, ...(ages.has(one.check) && { text: null }) })), summary: { ...report.summary, conditions: report.summary.conditions.map((one) => ({ ...one, wait: null })) },
})

/** /api/experiments/{key}/report and /series, /api/models/{key}/watch. */
export const reportRoutes = ({ reports }: { reports: Reports }): Route[] => [
  route({
    method: 'get', path: '/api/experiments/{key}/report', scope: 'read', tag, summary: 'The analysis of an experiment',
    description: 'With `asOf` the stored one of that time; it is never computed again. Send the ETag back in If-None-Match: 304 while it says the same, whatever its own `asOf`.',
    params: ByKey, query: z.strictObject({ asOf: AsOf }),
    responses: { 200: { description: 'the report', schema: Report }, 304: { description: 'unchanged' } },
    handle: async ({ path, query, context }) => {
      const report = await reportAt(reports, path.key, query.asOf)
      const headers = { etag: tagOf(report), 'cache-control': 'private, no-cache' }
      if (matches(context.req.header('if-none-match'), headers.etag)) return new Response(null, { status: 304, headers })
      return { body: report, headers }
    },
  }),
  route({
    method: 'get', path: '/api/experiments/{key}/series', scope: 'read', tag, summary: 'Its comparisons over time', params: ByKey, query: Paging,
    responses: { 200: { description: 'a page of stored analyses, in order', schema: Series } },
    handle: async ({ path, query }) => pageAnswer(await reports.series(path.key, pageRequest(query))),
  }),
  route({
    method: 'get', path: '/api/models/{key}/watch', scope: 'read', tag, summary: 'What the champion did, day by day',
    description: 'Outcomes of answers that no experiment compares, per version and day of assignment. Units are those that reported.',
    params: ByKey, query: Days,
    responses: { 200: { description: 'days of UTC, newest first', schema: Watch } },
    handle: async ({ path, query }) => {
      const [days, alerts, unwatched] = await Promise.all([reports.watch(path.key, query.days), reports.watchAlerts(path.key), reports.unwatched(path.key)])
      return { body: { model: path.key, days, alerts, unwatched } }
    },
  }),
]

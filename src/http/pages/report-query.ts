import { z } from 'zod'
import { AsOf } from '../as-of.ts'
import { parse } from '../violations.ts'
import type { ReportQuery } from './load-report.ts'
import type { Asked } from './pages.ts'

const Query = z.object({ asOf: AsOf })

/** Which report is asked for. @throws {ServiceError} invalid_query */
export const reportQuery = ({ query, context }: Asked): ReportQuery => ({
  asOf: parse(Query, Object.fromEntries(query), { form: 'invalid_query', meaning: 'invalid_query' }).asOf,
  metric: query.get('metric'), segment: query.get('segment'), origin: new URL(context.req.url).origin,
})

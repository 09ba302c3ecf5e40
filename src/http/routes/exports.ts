import { z } from 'zod'
import type { ControlPlane, Reports } from '../../deps.ts'
import { decisionsCsv, reportCsv, seriesCsv } from '../../report/export/csv.ts'
import { AsOf, reportAt } from '../as-of.ts'
import { csvResponse, streamPages } from '../pages/csv.ts'
import type { Pages } from '../pages/pages.ts'
import type { Route } from '../route.ts'
import { parse } from '../violations.ts'

type ExportDeps = { pages: Pages; reports: Reports; control: Pick<ControlPlane, 'experiments'> }

/** What a report shows, to take away as CSV: its comparisons, their history, the ledger. */
export const exportRoutes = ({ pages, reports, control }: ExportDeps): Route[] => [
  pages.shared('/experiments/{key}/report.csv', 'Comparisons as CSV', async ({ path: { key = '' }, query }) => {
    const { asOf } = parse(z.object({ asOf: AsOf }), Object.fromEntries(query), { form: 'invalid_query', meaning: 'invalid_query' })
    return csvResponse(`${key}-report`, reportCsv(await reportAt(reports, key, asOf)))
  }),
  pages.shared('/experiments/{key}/series.csv', 'Comparisons over time as CSV', async ({ path: { key = '' } }) =>
    csvResponse(`${key}-series`, await streamPages((page) => reports.series(key, page), seriesCsv))),
  pages.shared('/experiments/{key}/decisions.csv', 'The ledger as CSV', async ({ path: { key = '' } }) =>
    csvResponse(`${key}-decisions`, await streamPages((page) => control.experiments.decisions(key, page), decisionsCsv))),
]

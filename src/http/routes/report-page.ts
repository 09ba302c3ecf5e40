import type { Deps } from '../../deps.ts'
import { doneBanner } from '../../report/pages/report/head.ts'
import { reportPage, type ReportParts, reportParts, staleBanner } from '../../report/pages/report/report.ts'
import type { Html } from '../../report/layout.ts'
import { createLastGood } from '../pages/last-good.ts'
import { loadReport } from '../pages/load-report.ts'
import type { Pages, Shown } from '../pages/pages.ts'
import { createRecent } from '../pages/recent.ts'
import { reportQuery } from '../pages/report-query.ts'
import { toServiceError } from '../problem.ts'
import type { Route } from '../route.ts'

type ReportPageDeps = Pick<Deps, 'reports' | 'control' | 'now'> & { pages: Pages }

/** The report of an experiment. While the database is away the last good report is shown. */
export const reportPageRoutes = ({ pages, reports, control, now }: ReportPageDeps): Route[] => {
  const lastGood = createLastGood<ReportParts>()
  const recent = createRecent<ReportParts>(now)

  /** The last good page, said to be old; the error itself where there is none, or something else is wrong. */
  const stale = (key: string, error: unknown): Shown => {
    const known = toServiceError(error)
    const kept = known.code === 'unavailable' ? lastGood.find(key) : null
    if (!kept) throw error
    const banner = staleBanner(known.code, kept.at, Math.max(0, now() - kept.at), `/experiments/${key}`)
    return { ...reportPage(kept.shown, banner), status: 503, headers: { 'retry-after': String(known.retryAfterSeconds ?? 2) } }
  }

  /** What an action led to, after it was asked for on a page. */
  const doneNote = async (key: string, id: string | null): Promise<Html | null> => {
    if (id === null || !/^[1-9]\d{0,14}$/.test(id)) return null
    const entry = await control.decisions.get(Number(id)).catch(() => null)
    return entry?.experiment === key ? doneBanner(entry) : null
  }

  return [
    pages.shared('/experiments/{key}', 'The report of an experiment', async (asked) => {
      const key = asked.path['key'] ?? ''
      const query = reportQuery(asked)
      try {
        const parts = await recent.get(JSON.stringify([key, query, asked.reader]), JSON.stringify(await reports.latest(key)), async () => {
          const source = await loadReport({ reports, control }, key, query)
          const made = await reportParts(source, asked.reader)
          const plain = query.asOf === undefined && query.metric === null && source.report.state !== 'draft'
          if (plain) lastGood.keep(key, now(), { ...made, toolbar: '' })
          return made
        })
        return reportPage(parts, null, await doneNote(key, asked.query.get('done')))
      } catch (error) {
        if (query.asOf !== undefined) throw error
        return stale(key, error)
      }
    }),
  ]
}

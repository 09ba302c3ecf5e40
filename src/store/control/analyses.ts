import type { AnalysisInput } from '../../core/analyze/analysis-input.ts'
import { analyze } from '../../core/analyze/analyze.ts'
import { withDeliveries } from '../../core/analyze/deliveries.ts'
import { digestOfInput } from '../../core/analyze/maturity.ts'
import type { Report } from '../../core/analyze/report.ts'
import { seenOf } from '../../core/decide/seen.ts'
import { keptReport } from '../../core/analyze/segments.ts'
import type { Pool } from '../pool.ts'
import { readExperiment } from '../read/moments.ts'

/** Keep a report as it stood; `?asOf=` and series read it later and never recompute. Answers its id. */
export const appendAnalysis = (pool: Pool, experiment: number, report: Report, digest: string): Promise<number> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ id: number }[]>`
      insert into analyses (experiment, at, epoch, digest, report)
      values (${experiment}, ${new Date(report.asOf)}, ${report.epoch}, ${digest}, ${sql.json(keptReport(report) as never)}) returning id`
    return row!.id
  })

/** Analyses older than a week: the last of each epoch stays, and those that a decision cites. */
export const thinAnalyses = (pool: Pool): Promise<number> =>
  pool.run(async (sql) => {
    const rows = await sql`
      delete from analyses a where a.at < moment() - interval '7 days'
        and exists (select from analyses b where b.experiment = a.experiment and b.epoch = a.epoch and (b.at, b.id) > (a.at, a.id))
        and not exists (select from ledger l where l.experiment = a.experiment and (l.entry->'evidence'->>'analysis')::bigint = a.id)
      returning a.id`
    return rows.length
  })

/** What a person sees who acts: what was analysed, the id of the analysis, and what the entry tells of it. */
export type LookNow = { input: AnalysisInput; kept: number; seen: ReturnType<typeof seenOf> }

/** The analysis of this moment, kept unless nothing has changed since the last one; null when there is no such experiment. */
export const lookNow = async (pool: Pool, experiment: string): Promise<LookNow | null> => {
  const input = await readExperiment(pool, experiment)
  if (!input) return null
  const analysis = analyze(input)
  const digest = digestOfInput(input)
  const known = input.previous?.digest === digest ? input.previous.id : null
  const kept = known ?? (await appendAnalysis(pool, input.experiment.id, withDeliveries(analysis.report, input), digest))
  return { input, kept, seen: seenOf(input, kept, analysis) }
}

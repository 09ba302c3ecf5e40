import { isUnderWay } from '../../core/define/definitions.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { DecisionView, ExperimentView } from '../../core/tell/views.ts'
import type { ControlPlane, Deps } from '../../deps.ts'
import type { Source } from '../../report/view/source.ts'
import { reportAt } from '../as-of.ts'

/** Entries of the ledger on the page. */
const shownEntries = 100
/** Points of all lines of a chart together, and of one at least: each is drawn twice and is a row of the table. */
const [mostPoints, leastPoints] = [240, 60]
/** How far back entries are looked for when an earlier moment is shown. */
const mostPages = 50

type Loading = Pick<Deps, 'reports'> & { control: Pick<ControlPlane, 'experiments' | 'metrics'> }
export type ReportQuery = { asOf: string | undefined; metric: string | null; segment: string | null; origin: string }

/** Entries up to a moment, the newest first; where a bandit moves traffic, behind them older ones without its moves, so that decisions are seen. */
const entriesUntil = async ({ experiments }: Loading['control'], key: string, until: number): Promise<{ entries: DecisionView[]; older: boolean }> => {
  const found: DecisionView[] = []
  let cursor: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const { items, next } = await experiments.decisions(key, { limit: shownEntries, cursor })
    found.push(...items.filter(({ at }) => Date.parse(at) <= until))
    if (next === null) return { entries: found.slice(0, shownEntries), older: found.length > shownEntries }
    if (found.length >= shownEntries) {
      const entries = found.slice(0, shownEntries)
      if (!entries.some(({ action }) => action === 'reallocate')) return { entries, older: true }
      const behind = await experiments.decisions(key, { limit: shownEntries, cursor: String(entries.at(-1)?.seq) }, { moves: false })
      return { entries: [...entries, ...behind.items], older: behind.next !== null }
    }
    cursor = next
  }
  return { entries: found, older: true }
}

/** The metric to draw over time: the one asked for, else what decides. */
const chartedOf = ({ comparisons }: Report, experiment: ExperimentView, asked: string | null): string | null => {
  const known = new Set(comparisons.map(({ metric }) => metric))
  if (asked !== null && known.has(asked)) return asked
  const deciding = experiment.metrics.find(({ metric, role }) => role === 'decision' && known.has(metric))
  return deciding?.metric ?? comparisons[0]?.metric ?? null
}

const pointsFor = ({ variants }: ExperimentView): number => Math.max(leastPoints, Math.floor(mostPoints / (variants.length - 1)))

/** Is there nobody, or somebody who gets traffic and says nothing? */
const isSilent = ({ state, units, variants }: Report): boolean =>
  isUnderWay(state as ExperimentView['state']) && (units === 0 || variants.some((variant) => variant.units > 0 && variant.outcomes === 0))

/** Everything the report page shows, from reads that do not wait for each other. */
export const loadReport = async ({ reports, control }: Loading, key: string, { asOf, metric, segment, origin }: ReportQuery): Promise<Source> => {
  const [report, experiment] = await Promise.all([reportAt(reports, key, asOf), control.experiments.get(key)])
  const until = Date.parse(report.asOf)
  const past = asOf !== undefined
  const charted = chartedOf(report, experiment, metric)
  const [metrics, course, { entries, older }, chain, links] = await Promise.all([
    control.metrics.named(experiment.metrics.map((one) => one.metric)),
    reports.course(key, { metric: charted ?? '', until: new Date(until), most: pointsFor(experiment) }),
    entriesUntil(control, key, past ? until : Infinity),
    reports.chain(key),
    !past && isSilent(report) ? reports.links(key) : null,
  ])
  const known = new Map(metrics.map((one) => [one.key, one]))
  return {
    experiment, report, course, charted, decisions: entries, older, links, past, segment, origin,
    metrics: known,
    distribution: past || !metrics.some(({ kind }) => kind === 'quantile') ? null
      : await reports.distribution(key, metric !== null && known.get(metric)?.kind === 'quantile' ? metric : null),
    chain: past ? { ...chain, entries: entries[0]?.seq ?? 0 } : chain,
  }
}

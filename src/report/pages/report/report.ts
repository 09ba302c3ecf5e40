import { html, raw } from 'hono/html'
import { span } from '../../../core/describe/wording.ts'
import { type Chart, chartFigure, effectChart, quantileChart, trafficChart } from '../../charts/index.ts'
import type { Html, PageParts, Reader } from '../../layout.ts'
import { news } from '../../news.ts'
import { chartedName, effectOf, trafficOf } from '../../view/course.ts'
import { distributionOf, otherDistributions } from '../../view/distribution.ts'
import { forestGroups, type ForestGroup, isOnHold } from '../../view/forest.ts'
import { judgedValues } from '../../view/forest-values.ts'
import { headOf } from '../../view/head.ts'
import { healthOf } from '../../view/health.ts'
import { ledgerOf } from '../../view/ledger.ts'
import { segmentsOf } from '../../view/segments.ts'
import { setupOf } from '../../view/setup.ts'
import { controlKey, type Source } from '../../view/source.ts'
import { draftItems, linkRows, noticesOf, startCommand, trialCommands } from '../../view/states.ts'
import { card } from './card.ts'
import { forest } from './forest.ts'
import { actions, headLine, notices, pastBanner, printed } from './head.ts'
import { health } from './health.ts'
import { ledger } from './ledger.ts'
import { copyable, moment } from './parts.ts'
import { segments } from './segments.ts'
import { draft, links } from './states.ts'

/** The address of this page as it is shown, for links that stay at its moment. */
const queryOf = ({ past, report }: Pick<Source, 'past' | 'report'>): string => (past ? `?asOf=${report.analysis ?? report.asOf}` : '')

/** Behind a question while results are on hold. */
const unlessOnHold = ({ report }: Pick<Source, 'report'>, figure: Html): Html =>
  isOnHold(report) ? html`<details class="anyway"><summary>Show anyway</summary>${figure}</details>` : figure

/** Where the same chart of other metrics is. */
const elsewhere = (others: readonly { key: string; name: string }[], page: string, section: string): Html | string =>
  others.length === 0 ? '' : html`<p class="small others">The same for ${others.map(({ key, name }, index) => html`${index === 0 ? '' : ', '}<a href="${page}metric=${key}#${section}">${name}</a>`)}</p>`

const effect = (source: Source, chart: Chart | null, groups: readonly ForestGroup[]): Html => {
  if (chart === null) return html``
  const { experiment, past, report } = source
  const others = groups.filter(({ key }) => key !== source.charted && report.comparisons.some(({ metric }) => metric === key))
  const base = past ? `asOf=${report.analysis ?? report.asOf}&` : ''
  const figure = chartFigure(chart, { file: `/experiments/${experiment.key}/effect.svg?${base}metric=${source.charted}` })
  return html`<section aria-labelledby="over-time"><h2 id="over-time">Effect over time: ${chartedName(source)}</h2>${
    unlessOnHold(source, figure)}${elsewhere(others, `/experiments/${experiment.key}?${base}`, 'over-time')}</section>`
}

/** How values of a quantile metric are spread. */
const distribution = (source: Source, chart: Chart | null): Html => {
  if (chart === null || source.distribution === null) return html``
  const page = `/experiments/${source.experiment.key}`
  const figure = chartFigure(chart, { file: `${page}/distribution.svg?metric=${source.distribution.metric}` })
  return html`<section aria-labelledby="spread"><h2 id="spread">${chart.title}</h2>${unlessOnHold(source, figure)}${elsewhere(otherDistributions(source), `${page}?`, 'spread')}</section>`
}

const traffic = (source: Source, chart: Chart | null): Html =>
  chart === null ? html`` : html`<section aria-labelledby="traffic-heading"><h2 id="traffic-heading">${chart.title}</h2>${chartFigure(chart, { file: `/experiments/${source.experiment.key}/traffic.svg${queryOf(source)}` })}</section>`

/** All that is the same for everybody who may read. */
export const reportBody = async (source: Source, reader: Reader): Promise<Html> => {
  const { experiment, report } = source
  const [effectSource, trafficSource] = [report.units === 0 ? null : effectOf(source), trafficOf(source)]
  const spread = distributionOf(source)
  const [effectDrawn, trafficDrawn, spreadDrawn] = await Promise.all([
    effectSource && effectChart(effectSource), trafficSource && trafficChart(trafficSource), spread && quantileChart(spread),
  ])
  const [groups, judged] = [forestGroups(source), judgedValues(source)]
  const isDraft = report.state === 'draft'
  return html`${card(report)}
${source.links === null || isDraft ? '' : links(linkRows(source.links, source), trialCommands(source))}
${isDraft ? draft(draftItems(source), startCommand(source), reader, experiment.key) : html`${report.units === 0 ? '' : forest(groups, judged, report, controlKey(experiment))}
${effect(source, effectDrawn, groups)}
${distribution(source, spreadDrawn)}
${traffic(source, trafficDrawn)}
${health(healthOf(source))}
${segments(segmentsOf(source), judged)}`}
${ledger(ledgerOf(source), experiment.key)}
${report.warnings.length === 0 ? '' : html`<details class="notes"><summary>Notes of the analysis (${report.warnings.length})</summary><ul>${report.warnings.map((text) => html`<li>${text}</li>`)}</ul></details>`}
<section aria-labelledby="setup"><h2 id="setup">Setup</h2>${experiment.description === undefined ? '' : html`<p>${experiment.description}</p>`}
<details><summary>The definition as JSON</summary>${copyable(setupOf(experiment), 'Definition of the experiment')}</details></section>`
}

/** A report page in its parts: everything but the toolbar is the same for everybody who may read. */
export type ReportParts = { title: string; top: string; toolbar: string; body: string }

/** The whole report page, as this reader may see it. */
export const reportParts = async (source: Source, reader: Reader): Promise<ReportParts> => {
  const { report, experiment, past, decisions } = source
  const head = headOf(source)
  const latest = { analysis: report.analysis, decision: decisions[0]?.id ?? null, state: experiment.state, epoch: experiment.epoch }
  const top = html`${past ? pastBanner(head.key, head.asOf) : news(head.key, latest)}
${headLine(head)}
<h1>${report.summary.headline}</h1>
${head.hypothesis === null ? '' : html`<p class="quiet small">Hypothesis: ${head.hypothesis}</p>`}
<p class="sub">${report.summary.sub}</p>
${notices(noticesOf(source))}
${printed(`${source.origin}/experiments/${experiment.key}${queryOf(source)}`)}`
  return {
    title: report.summary.headline, top: String(await top), toolbar: String(await actions(head, reader, queryOf(source))),
    body: String(await reportBody(source, reader)),
  }
}

/** Put together. `stale`: what to say first where this is not the newest that there should be; `note`: of what was just done. */
export const reportPage = ({ title, top, toolbar, body }: ReportParts, stale: Html | null = null, note: Html | null = null): Omit<PageParts, 'reader'> => ({
  title, content: html`${note ?? ''}${stale ?? ''}${raw(top)}${stale ? '' : raw(toolbar)}${raw(body)}`,
})

/** Said above the last report that could be made, while the database is away. */
export const staleBanner = (code: string, at: number, ageMs: number, retry: string): Html => html`<p class="problem banner" role="alert"><b>The database does not answer.</b> This is the last report that could be made, at ${moment(at)}, ${span(ageMs)} ago. Assignments go on with the weights of then. <a href="${retry}">Try again</a> <span class="quiet">Code: <code>${code}</code></span></p>`

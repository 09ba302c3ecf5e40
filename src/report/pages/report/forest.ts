import { html, raw } from 'hono/html'
import { decimal } from '../../../core/describe/wording.ts'
import type { Report } from '../../../core/analyze/report.ts'
import { leastInValue } from '../../../core/analyze/worst-segment.ts'
import { type CellWidth, cellWidths, forestAxis, forestMark } from '../../charts/index.ts'
import type { Html } from '../../layout.ts'
import { type ForestGroup, type ForestRow, isOnHold } from '../../view/forest.ts'
import type { JudgedValues } from '../../view/forest-values.ts'
import { pill } from '../../parts/pill.ts'
import { onHold } from '../../pills.ts'

const always = 'Across many experiments, such ranges stay right at least so often, whenever you look.'

const ends = (text: string | null): string => text ?? 'unbounded'

const numbers = ({ estimate, lower, upper, note }: ForestRow): Html => html`<span class="estimate">${estimate}</span><br>
<span class="small quiet range">${lower === null && upper === null ? 'no range yet' : html`<span class="lower">${ends(lower)}</span> to <span class="upper">${ends(upper)}</span>`}</span>${note === '' ? '' : html`<br><span class="small quiet">${note}</span>`}`

const cellWidth = (guarded: boolean): CellWidth => (guarded ? cellWidths.tight : cellWidths.roomy)

/** By what a script finds a row: rows of parts of the units are none of the comparisons. */
const marked = ({ metric, variant, value }: ForestRow): Html =>
  value === null ? html`data-metric="${metric}" data-variant="${variant}"` : html`data-value="${value}" data-of="${metric} ${variant}"`

const row = (entry: ForestRow, guarded: boolean): Html => html`<tr ${marked(entry)}>
<th scope="row">${entry.value ?? entry.variant} <span class="small quiet">${entry.beside}</span></th>
<td class="number" data-label="${entry.control}">${entry.controlValue}</td>
<td class="number" data-label="${entry.variant}">${entry.variantValue}</td>
<td class="markcell">${raw(forestMark(entry.mark, cellWidth(guarded)))}</td>
<td class="number" data-label="Difference">${numbers(entry)}</td>${
  guarded ? html`
<td class="number allowed" data-label="Allowed">${entry.room?.allowed ?? '–'}</td>
<td class="number worst" data-label="Worst plausible">${entry.room?.worst ?? '–'}</td>
<td class="number left" data-label="Room left">${entry.room?.left ?? '–'}</td>` : ''}
<td data-label="Verdict">${pill(entry.pill)}</td>
</tr>${entry.apart.length === 0 ? '' : html`
<tr class="apart"><td colspan="9"><ul>${entry.apart.map((one) => html`<li${one.fails ? html` class="fails"` : ''}>${pill(one.pill)} <span class="quiet">${entry.variant}.</span> ${one.text}</li>`)}</ul></td></tr>`}`

const roles: Record<string, string> = { decision: 'decides', guardrail: 'guardrail', signal: 'signal: can only hold', diagnostic: 'diagnostic: no rule uses it' }

const group = ({ name, role, rows, axis, unit, scale, direction, by }: ForestGroup, guarded: boolean): Html => html`<tbody>
<tr class="group"><th scope="rowgroup" colspan="3">${name} <span class="small quiet">${roles[role] ?? role} · ${unit}</span></th><td class="markcell">${raw(forestAxis(axis, scale, by === 'limit' ? 'decrease' : direction, cellWidth(guarded)))}</td><td colspan="${guarded ? 5 : 2}"></td></tr>
${rows.map((one) => row(one, guarded))}
</tbody>`

const table = (groups: readonly ForestGroup[], guarded: boolean, caption: string, of = 'Variant'): Html => html`<table class="forest-table${guarded ? ' guarded' : ''}">
<caption>${caption}</caption>
<thead><tr><th scope="col">${of}</th><th scope="col" class="number">Control</th><th scope="col" class="number">Variant’s</th><th scope="col">Difference, drawn</th><th scope="col" class="number">Difference</th>${
  guarded ? html`<th scope="col" class="number">Allowed</th><th scope="col" class="number">Worst plausible</th><th scope="col" class="number">Room left</th>` : ''
}<th scope="col">Verdict</th></tr></thead>
${groups.map((one) => group(one, guarded))}
</table>`

const methods: Record<string, string> = {
  sequential: 'always-valid ranges', exact: 'ranges; the rule uses evidence', 'group-sequential': 'ranges that belong to planned looks', fixed: 'ranges that belong to one planned look', bayesian: 'credible ranges',
}

/** p-values, evidence and levels, for those who ask. */
const statisticians = ({ comparisons, method, alpha }: Report): Html => html`<details class="statistics"><summary>For statisticians</summary>
<p class="small quiet">Method ${method}, α = ${alpha}. One-sided p-values toward promotion, corrected for the number of variants.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Statistics of every comparison"><table class="small"><thead><tr><th scope="col">Metric</th><th scope="col">Variant</th><th scope="col">Verdict</th><th scope="col" class="number">p</th><th scope="col" class="number">Evidence</th><th scope="col" class="number">Needed</th><th scope="col">Decides</th><th scope="col">Adjusted</th></tr></thead>
<tbody>${comparisons.map(({ metric, variant, verdict, pValue, evidence, adjusted }) => html`<tr><th scope="row">${metric}</th><td>${variant}</td><td>${verdict}</td><td class="number">${pValue === null ? '–' : pValue < 0.0001 ? '< 0.0001' : decimal(pValue, 4)}</td><td class="number">${evidence.value === null ? '–' : evidence.value > 1e6 ? '> 1,000,000' : decimal(evidence.value, 2)}</td><td class="number">${decimal(evidence.needed, 2)}</td><td>${evidence.decides ? 'yes' : 'no'}</td><td>${
  adjusted ? `by ${adjusted.covariate}${adjusted.reduction === null ? '' : `, ${decimal(adjusted.reduction * 100, 0)} % less variance`}` : 'no'}</td></tr>`)}</tbody></table></div></details>`

/** Values that are shown at once; the others are folded. */
const mostValues = 6

/** Guardrails by the values that each is judged by, the worst first. */
const values = (judged: readonly JudgedValues[]): Html => judged.length === 0 ? html`` : html`
<h3 id="by-value">Guardrails by segment</h3>
<p class="quiet">A rule uses these ranges, unlike those under Segments: the guardrail fails when one of them does, and passes only when all of them do.
Where either side has fewer than ${leastInValue}, it can fail and holds nothing up.</p>
${judged.map(({ segment, group: { rows, ...group } }) => html`
${table([{ ...group, rows: rows.slice(0, mostValues) }], true, `By ${segment}, the worst first`, segment)}${
  rows.length <= mostValues ? '' : html`
<details><summary>The other ${rows.length - mostValues}</summary>${table([{ ...group, rows: rows.slice(mostValues) }], true, `By ${segment}, the others`, segment)}</details>`}`)}`

/** Every comparison with its range drawn in its cell; guardrails with the room that is left. Behind a question while results are on hold. */
export const forest = (groups: readonly ForestGroup[], judged: readonly JudgedValues[], report: Report, control: string): Html => {
  if (groups.length === 0) return html``
  const [guards, others] = [groups.filter(({ role }) => role === 'guardrail'), groups.filter(({ role }) => role !== 'guardrail')]
  const percent = `${decimal((1 - report.alpha) * 100, 1).replace(/\.0$/, '')} %`
  const body = html`${others.length === 0 ? '' : table(others, false, `Each metric against ${control} (control)`)}
${guards.length === 0 ? '' : table(guards, true, 'Guardrails: the dashed line is the harm you allow')}
${values(judged)}
<p class="small quiet" title="${always}">Drawn: ${percent} ${methods[report.method] ?? 'ranges'}. ${report.method === 'sequential' ? `${always.replace('so often', `${percent} of the time`)}` : ''} An arrow: the range goes on beyond the axis.</p>
${statisticians(report)}`
  return html`<section aria-labelledby="metrics"><h2 id="metrics">Metrics</h2>${
    isOnHold(report)
      ? html`<p>${pill(onHold)} <span class="quiet">Every verdict is on hold until the data is in order.</span></p><details class="anyway"><summary>Show anyway</summary>${body}</details>`
      : body
  }</section>`
}

import { html } from 'hono/html'
import type { Report } from '../../../core/analyze/report.ts'
import type { Html } from '../../layout.ts'
import { upperFirst } from '../../../core/describe/wording.ts'

type Condition = Report['summary']['conditions'][number]

const condition = ({ text, met, current, needed, wait }: Condition): Html => html`<li class="${met ? 'met' : 'unmet'}"><span class="tick" aria-hidden="true">${met ? '✓' : '○'}</span>
<span>${met ? '' : html`<span class="unseen">Still open: </span>`}${text} ${met && current === needed ? '' : html`<span class="quiet">– ${met ? '' : 'now '}<b class="current">${current}</b>, needed <b class="needed">${needed}</b>${wait === undefined ? '' : `; ${wait}`}</span>`}</span></li>`

/** What happens next, what it waits for, and what would take it back. */
export const card = ({ summary: { next, conditions, reversals = [] }, variants }: Pick<Report, 'summary' | 'variants'>): Html => {
  const names = variants.map(({ key }) => key)
  const open = conditions.filter(({ met }) => !met)
  const met = conditions.filter((one) => one.met)
  return html`<section class="card decision" aria-label="What happens next">
<p><b>Next:</b> ${next}</p>${
  open.length + reversals.length === 0 ? '' : html`
<h2 class="small-head">What would change this</h2>
<ul class="checklist">${open.map((one) => condition({ ...one, text: upperFirst(one.text, names) }))}${
  reversals.map((text) => html`<li class="reversal"><span class="tick" aria-hidden="true">↩</span><span>${upperFirst(text, names)}</span></li>`)}</ul>`
}${met.length === 0 ? '' : html`
<details${open.length === 0 ? html` open` : ''}><summary>${met.length} of ${conditions.length} conditions are met</summary>
<ul class="checklist">${met.map((one) => condition({ ...one, text: upperFirst(one.text, names) }))}</ul></details>`}
</section>`
}

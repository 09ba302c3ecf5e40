import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { ExperimentLine } from '../view/overview.ts'
import { allocation } from './allocation.ts'
import { pill } from './pill.ts'
import { time } from './time.ts'

const checks = ({ text, failing }: NonNullable<ExperimentLine['checks']>): Html =>
  failing.length === 0 ? html`<span class="quiet">${text}</span>` : html`<b>${text}</b> <span class="quiet">(not: ${failing.join(', ')})</span>`

const row = (one: ExperimentLine): Html => html`<tr>
<td><a href="${one.href}"><b>${one.key}</b></a> <span class="state">${one.state}</span><br><a class="quiet small" href="/models/${one.model}">${one.model}</a></td>
<td data-label="Result">${one.pill === null ? '' : html`${pill(one.pill)}<br>`}${one.headline}</td>
<td data-label="Traffic">${one.shares.length === 0 ? html`<span class="quiet">${one.state === 'draft' ? 'none yet' : 'the champion'}</span>` : allocation(one.shares)}${
  one.coverage === null ? '' : html`<span class="quiet small">${one.coverage}</span>`
}</td>
<td data-label="Progress">${one.progress}${one.units === null ? '' : html`<br><span class="quiet">${one.units}</span>`}${
  one.checks === null ? '' : html`<br>${checks(one.checks)}`
}</td>
<td data-label="Last decision">${one.last === null ? html`<span class="quiet">none</span>`
  : html`<a href="${one.last.href}">${one.last.text}</a><br><span class="quiet small">${time(one.last.at, one.last.atText)}, by ${one.last.by}</span>`}</td>
</tr>`

/** Experiments: verdict, traffic, progress and the last decision of each. On narrow screens each row is a block, its cells labelled. */
export const experimentTable = (experiments: readonly ExperimentLine[]): Html => html`<table class="listed experiments">
<thead><tr><th scope="col">Experiment</th><th scope="col">Result</th><th scope="col">Traffic</th><th scope="col">Progress</th><th scope="col">Last decision</th></tr></thead>
<tbody>${experiments.map(row)}</tbody></table>`

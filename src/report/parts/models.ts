import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { OverviewPage } from '../view/overview.ts'
import { time } from './time.ts'

const row = ({ key, href, description, champion, since, age, enabled, experiments, running }: OverviewPage['models'][number]): Html => html`<tr>
<td><a href="${href}"><b>${key}</b></a>${description === '' ? '' : html`<br><span class="quiet small clamped">${description}</span>`}</td>
<td data-label="Champion">${champion === null ? html`<span class="quiet">none yet</span>` : html`version ${champion}`}${
  since === null || age === null ? '' : html` <span class="quiet">for ${time(since, age)}</span>`
}</td>
<td data-label="Experiments">${running === 0 ? html`<span class="quiet">${experiments}</span>` : html`<a href="/?model=${key}">${experiments}</a>`}</td>
<td data-label="Serving">${enabled ? 'on' : html`<b>switched off</b>`}</td>
</tr>`

/** Models, by key: who is champion, and for how long. */
export const modelTable = (models: OverviewPage['models']): Html => html`<table class="listed">
<thead><tr><th scope="col">Model</th><th scope="col">Champion</th><th scope="col">Experiments</th><th scope="col">Serving</th></tr></thead>
<tbody>${models.map(row)}</tbody></table>`

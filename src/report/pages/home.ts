import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { allocation } from '../parts/allocation.ts'
import { modelTable } from '../parts/models.ts'
import { pill } from '../parts/pill.ts'
import { time } from '../parts/time.ts'
import type { ExperimentLine, NeedGroup, OverviewPage } from '../view/overview.ts'
import { firstSteps } from './first-steps.ts'

const filters = (page: OverviewPage): Html => html`<nav aria-label="Show" class="filters">${
  page.filters.map(({ text, href, current }) => html`<a href="${href}"${current ? html` aria-current="page"` : ''}>${text}</a>`)
}</nav>`

const needGroup = ({ key, href, model, needs }: NeedGroup): Html => html`<li class="need${needs.some(({ urgent }) => urgent) ? ' urgent' : ''}">
<h2><a href="${href}">${key}</a> <span class="quiet">${model}</span></h2>
<ul class="plain">${needs.map((one) => html`<li><span class="pill${one.urgent ? ' bad' : ' asks'}"><span aria-hidden="true">${one.mark}</span> ${one.word}</span>
<span>${one.text}${one.since === null || one.sinceText === null ? '' : html` <span class="quiet">${time(one.since, one.sinceText)}</span>`}</span>
<a href="${one.href}" aria-label="${one.link}: ${key}">${one.link}</a></li>`)}</ul></li>`

const row = (one: ExperimentLine): Html => html`<tr>
<td><a href="${one.href}"><b>${one.key}</b></a> <span class="state">${one.state}</span><br><a class="quiet small" href="/models/${one.model}">${one.model}</a></td>
<td data-label="Result" class="result">${one.pill === null ? '' : html`${pill(one.pill)}<br>`}${one.headline}</td>
<td data-label="Traffic">${one.shares.length === 0 ? html`<span class="quiet">${one.state === 'draft' ? 'none yet' : 'the champion'}</span>` : allocation(one.shares)}${
  one.coverage === null ? '' : html`<span class="quiet small">${one.coverage}</span>`
}</td>
<td data-label="Progress">${one.progress}${one.units === null ? '' : html`<br><span class="quiet">${one.units}</span>`}${
  one.checks === null ? '' : html`<br>${one.checks.failing.length === 0 ? html`<span class="quiet">${one.checks.text}</span>`
    : html`<b>${one.checks.text}</b> <span class="quiet">(not: ${one.checks.failing.join(', ')})</span>`}`
}</td>
<td data-label="Last decision">${one.last === null ? html`<span class="quiet">none</span>`
  : html`<a href="${one.last.href}">${one.last.text}</a><br><span class="quiet small">${time(one.last.at, one.last.atText)}, by ${one.last.by}</span>`}</td>
</tr>`

const experimentTable = (page: OverviewPage): Html => page.experiments.length === 0
  ? html`<p class="quiet">None.${page.show === 'all' && page.model === null ? '' : html` <a href="/">Show everything</a>`}</p>`
  : html`<table class="listed experiments">
<thead><tr><th scope="col">Experiment</th><th scope="col">Result</th><th scope="col">Traffic</th><th scope="col">Progress</th><th scope="col">Last decision</th></tr></thead>
<tbody>${page.experiments.map(row)}</tbody></table>
${page.older === null ? '' : html`<p><a class="button" href="${page.older}" rel="next">Older experiments</a></p>`}`

/** Who is needed, what runs, and who is champion. @param origin of this service, for commands that can be copied */
export const home = (page: OverviewPage, origin: string, keyed: boolean): Html => html`
<h1>${page.title}</h1>
${page.model === null ? '' : html`<p>Of the model <a href="/models/${page.model}">${page.model}</a>. <a href="/">All models</a></p>`}
${page.empty ? '' : filters(page)}
${page.needs.length === 0 ? '' : html`<section aria-label="What needs you"><ul class="plain needs">${page.needs.map(needGroup)}</ul>${
  page.furtherNeeds === 0 ? '' : html`<p><a href="/?show=attention">${page.furtherNeeds} more</a></p>`
}</section>`}
${page.empty ? firstSteps(origin, keyed) : html`<h2>${page.listed}</h2>${experimentTable(page)}`}
${page.models.length === 0 ? '' : html`<h2 id="models">Models</h2>${modelTable(page.models)}${
  page.furtherModels ? html`<p class="quiet">Further models: <a href="/api/models">JSON</a></p>` : ''
}`}`

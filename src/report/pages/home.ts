import { html } from 'hono/html'
import type { Html, Reader } from '../layout.ts'
import { experimentTable } from '../parts/experiments.ts'
import { modelTable } from '../parts/models.ts'
import { time } from '../parts/time.ts'
import type { NeedGroup, OverviewPage } from '../view/overview.ts'
import { firstSteps } from './first-steps.ts'

const filters = (page: OverviewPage): Html => html`<nav aria-label="Show" class="filters">${
  page.filters.map(({ text, href, current }) => html`<a href="${href}"${current ? html` aria-current="page"` : ''}>${text}</a>`)
}</nav>`

const needGroup = ({ key, href, model, needs }: NeedGroup): Html => html`<li class="need${needs.some(({ urgent }) => urgent) ? ' urgent' : ''}">
<h2><a href="${href}">${key}</a> <span class="quiet">${model}</span></h2>
<ul class="plain">${needs.map((one) => html`<li><span class="pill${one.urgent ? ' bad' : ' asks'}"><span aria-hidden="true">${one.mark}</span> ${one.word}</span>
<span>${one.text}${one.since === null || one.sinceText === null ? '' : html` <span class="quiet">${time(one.since, one.sinceText)}</span>`}</span>
<a href="${one.href}" aria-label="${one.link}: ${key}">${one.link}</a></li>`)}</ul></li>`

const experiments = ({ experiments: listed, show, model, older }: OverviewPage): Html => listed.length === 0
  ? html`<p class="quiet">None.${show === 'all' && model === null ? '' : html` <a href="/">Show everything</a>`}</p>`
  : html`${experimentTable(listed)}${older === null ? '' : html`<p><a class="button" href="${older}" rel="next">Older experiments</a></p>`}`

/** For who may define. */
const newThings = html`<p class="actions"><a class="button" href="/experiments/new">New experiment…</a> <a class="button" href="/metrics/new">New metric…</a> <a class="button" href="/models/new">New model…</a></p>`

/** Who is needed, what runs, and who is champion. @param origin of this service, for commands that can be copied */
export const home = (page: OverviewPage, origin: string, reader: Reader): Html => html`
<h1>${page.title}</h1>
${reader.defines ? newThings : ''}
${page.model === null ? '' : html`<p>Of the model <a href="/models/${page.model}">${page.model}</a>. <a href="/">All models</a></p>`}
${page.empty ? '' : filters(page)}
${page.needs.length === 0 ? '' : html`<section aria-label="What needs you"><ul class="plain needs">${page.needs.map(needGroup)}</ul>${
  page.furtherNeeds === 0 ? '' : html`<p><a href="/?show=attention">${page.furtherNeeds} more</a></p>`
}</section>`}
${page.empty ? firstSteps(origin, reader.signedIn) : html`<h2>${page.listed}</h2>${experiments(page)}`}
${page.models.length === 0 ? '' : html`<h2 id="models">Models</h2>${modelTable(page.models)}${
  page.furtherModels ? html`<p class="quiet">Further models: <a href="/api/models">JSON</a></p>` : ''
}`}
${page.drill === null ? '' : html`<p class="quiet">${page.drill} <a href="/api/drills">JSON</a></p>`}`

import { html } from 'hono/html'
import type { Html, Reader } from '../layout.ts'
import { alertsSection } from './alerts.ts'
import { registrySection } from './registry.ts'
import { experimentTable } from '../parts/experiments.ts'
import { time } from '../parts/time.ts'
import type { ModelPage } from '../view/model.ts'
import type { Fact, VersionLine } from '../view/versions.ts'

const facts = (all: readonly Fact[]): Html => html`<dl class="facts">${all.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`

const goBack = ({ key, target }: ModelPage, reader: Reader): Html | string => {
  if ('nowhere' in target) return html`<p class="quiet">There is no earlier champion to go back to. ${target.nowhere}</p>`
  const words = `Go back to version ${target.version}${target.served === null ? '' : ` (${target.served})`}`
  return reader.operates ? html`<p class="actions"><a class="button" href="/models/${key}/rollback">${words}…</a></p>`
    : html`<p class="quiet">One call goes back to version ${target.version}${target.served === null ? '' : ` (${target.served})`}. This key may not.</p>`
}

const champion = (page: ModelPage, reader: Reader): Html => {
  const { champion: one, key, enabled } = page
  if (one === null) return html`<section class="card"><p>No champion yet. The first experiment that starts makes its control the champion, or <code>PUT /api/models/${key}/champion</code> names one.</p></section>`
  return html`<section class="card" aria-labelledby="champion"><h2 id="champion">Version ${one.version} serves everybody whom no experiment sends elsewhere.</h2>
<dl class="facts"><div><dt>Since</dt><dd>${time(one.since, one.sinceText)} <span class="quiet">(${one.age})</span></dd></div>
<div><dt>How</dt><dd>${one.how}, by ${one.by}</dd></div><div><dt>Why</dt><dd>${one.why}</dd></div>
<div><dt>Evidence</dt><dd>${one.evidence === null ? html`<span class="quiet">none: no experiment decided it</span>` : html`<a href="${one.evidence.href}">${one.evidence.text}</a>`}</dd></div></dl>
${enabled ? '' : html`<p class="problem">The model is switched off: experiments give it no traffic, and everyone gets the champion.</p>`}
${goBack(page, reader)}</section>`
}

const changes = ({ changes: found, href }: VersionLine): Html | string => {
  if (found === null) return ''
  if (found.changes.length === 0) return html`<p class="quiet">The same payload as the champion.</p>`
  return html`<table class="listed diff"><caption>Payload against the champion</caption>
<thead><tr><th scope="col">Where</th><th scope="col">Champion</th><th scope="col">This version</th></tr></thead>
<tbody>${found.changes.map(({ path, before, after }) => html`<tr><td><code>${path}</code></td>
<td data-label="Champion">${before === null ? html`<span class="quiet">absent</span>` : html`<code>${before}</code>`}</td>
<td data-label="This version">${after === null ? html`<span class="quiet">absent</span>` : html`<code>${after}</code>`}</td></tr>`)}</tbody></table>
${found.more ? html`<p class="quiet">There are more. <a href="${href}">All of this version</a></p>` : ''}`
}

const lock = ({ lock: one }: VersionLine, reader: Reader): Html | string => one === null ? '' : html`<div class="problem"><p>${one.text}</p>
<p>It can not become champion until somebody acknowledges that: ${reader.operates
  ? html`<a href="/experiments/${one.experiment}/act/acknowledge">acknowledge it in ${one.experiment}…</a>`
  : html`the action <code>acknowledge</code> of <a href="/experiments/${one.experiment}">${one.experiment}</a>, with a key that may <code>operate</code>.`}</p></div>`

const version = (one: VersionLine, reader: Reader): Html => html`<details id="version-${one.version}" class="version"${one.champion || one.lock ? html` open` : ''}>
<summary><b>Version ${one.version}</b>${one.owner === null ? '' : html` <span class="quiet">by ${one.owner}</span>`}${one.continues === null ? '' : html` <span class="quiet">continues version ${one.continues}</span>`} ${one.champion ? html`<span class="state strong">champion</span> ` : ''}<span class="state${one.lock ? ' alarm' : ''}">${one.state}</span></summary>
${lock(one, reader)}
<div class="columns">${facts(one.facts)}${one.evaluation.length === 0 ? '' : html`<div><h3>Evaluation</h3>${facts(one.evaluation)}</div>`}</div>
${checks(one)}
${changes(one)}
${one.payload === null ? html`<p class="quiet">No payload.</p>` : html`<details><summary>Payload</summary><pre tabindex="0"><code>${one.payload.text}</code></pre>${
  one.payload.cut ? html`<p class="quiet">Cut here. <a href="${one.href}">All of it as JSON</a></p>` : ''
}</details>`}
</details>`

const checks = ({ checks: found }: VersionLine): Html | string => found.length === 0 ? '' : html`<table class="listed"><caption>Checks before it serves anybody</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Stands</th><th scope="col">Checked (UTC)</th></tr></thead>
<tbody>${found.map((one) => html`<tr><td><code>${one.name}</code></td><td data-label="Stands">${one.bad ? html`<b>${one.text}</b>` : one.text}</td>
<td data-label="Checked">${one.at === null ? '–' : time(one.at, one.atText)}</td></tr>`)}</tbody></table>`

const history = ({ history: lines }: ModelPage): Html => html`<table class="listed">
<thead><tr><th scope="col">When (UTC)</th><th scope="col">Version</th><th scope="col">How</th><th scope="col">By</th><th scope="col">Why</th></tr></thead>
<tbody>${lines.map((one) => html`<tr><td>${time(one.at, one.atText)}</td><td data-label="Version">${one.version}</td>
<td data-label="How">${one.rollback ? html`<b><span aria-hidden="true">↩</span> ${one.how}</b>` : one.how}</td><td data-label="By">${one.by}</td>
<td data-label="Why">${one.why}${one.link === null ? '' : html` <a href="${one.link.href}">${one.link.text}</a>`}</td></tr>`)}</tbody></table>`

const watch = ({ watch: { limits, unwatched, metrics, rows }, key }: ModelPage): Html => html`${limits === null ? '' : html`<p>${limits}</p>`}${
  unwatched === null ? '' : html`<p class="quiet">${unwatched}</p>`}${rows.length === 0
  ? html`<p class="quiet">Nothing was reported of champion traffic in the last two weeks.</p>`
  : html`<div class="scroll" tabindex="0" role="region" aria-label="Champion traffic day by day"><table>
<thead><tr><th scope="col">Day (UTC)</th><th scope="col">Version</th><th scope="col" class="number">Units that reported</th><th scope="col" class="number">Outcomes</th>${metrics.map((metric) => html`<th scope="col" class="number">${metric}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr><td>${row.day}</td><td>${row.version}</td><td class="number">${row.units}</td><td class="number">${row.outcomes}</td>${row.values.map((value) => html`<td class="number">${value}</td>`)}</tr>`)}</tbody></table></div>
<p class="quiet small">Answers that no experiment compares. <a href="/api/models/${key}/watch">JSON</a></p>`}`

const drills = ({ drills: wanted }: ModelPage): Html => wanted.length === 0 ? html`` : html`<h2>Drills</h2>
${wanted.map(({ text, old }) => html`<p${old ? html` class="problem"` : ''}>${text}</p>`)}
<p class="quiet small">Rehearsed on a model of their own, by the engine that runs. <a href="/api/drills">JSON</a></p>`

/** A model: who is champion and why, how to go back, its versions, what happened, and what its champion did. */
export const model = (page: ModelPage, reader: Reader, done: string | null): Html => html`
<p class="quiet headline">Model</p>
<h1>${page.key}</h1>
${page.description === '' ? '' : html`<p class="clamped">${page.description}</p>`}
${done === null ? '' : html`<p class="note" role="status">Done: version ${done} is champion. Every node serves it within five seconds.</p>`}
${champion(page, reader)}
${page.registry === null ? '' : registrySection(page.key, page.registry, reader)}
${alertsSection(page, reader)}
<h2>Experiments</h2>
${page.experiments.length === 0 ? html`<p class="quiet">None on this model.</p>` : experimentTable(page.experiments)}
${drills(page)}
<h2>Versions</h2>
${reader.defines ? html`<p class="actions"><a class="button" href="/models/${page.key}/versions/new">Add a version…</a></p>` : ''}
${page.versions.length === 0 ? html`<p class="quiet">None yet.</p>` : page.versions.map((one) => version(one, reader))}
${page.furtherVersions ? html`<p class="quiet">There are more versions than are shown. <a href="/api/models/${page.key}/versions">JSON</a></p>` : ''}
<h2>Champion traffic, day by day</h2>
${watch(page)}
<h2>History</h2>
${page.retrain === null ? '' : html`<p class="quiet">${page.retrain}</p>`}
${page.history.length === 0 ? html`<p class="quiet">Nothing yet.</p>` : history(page)}`

import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { pill } from '../parts/pill.ts'
import type { DecisionPage, ReplayPage } from '../view/decision.ts'

const facts = (all: readonly { label: string; text: string }[]): Html =>
  html`<dl class="facts">${all.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`

const verdicts = ({ verdicts: variants, checks }: DecisionPage): Html => variants.length === 0 && checks.length === 0
  ? html`<p class="quiet">None is stored: nothing was analysed for it.</p>`
  : html`<table class="listed"><thead><tr><th scope="col">Variant</th><th scope="col">Verdicts</th></tr></thead>
<tbody>${variants.map(({ variant, metrics }) => html`<tr><td><b>${variant}</b></td><td>${metrics.map(({ metric, pill: one }) => html`<span class="verdict">${metric}: ${pill(one)}</span> `)}</td></tr>`)}
${checks.length === 0 ? '' : html`<tr><td><b>Data</b></td><td>${checks.map(({ check, pill: one }) => html`<span class="verdict">${check}: ${pill(one)}</span> `)}</td></tr>`}</tbody></table>`

const freshness = ({ freshness: fresh }: DecisionPage): Html => fresh === null ? html`<p class="quiet">Not stored.</p>` : html`${facts(fresh.facts)}
<table><thead><tr><th scope="col">Variant</th><th scope="col" class="number">Exposed</th><th scope="col" class="number">Matured</th></tr></thead>
<tbody>${fresh.units.map((one) => html`<tr><td>${one.variant}</td><td class="number">${one.exposed}</td><td class="number">${one.matured}</td></tr>`)}</tbody></table>`

const alternatives = ({ alternatives: all }: DecisionPage): Html => all.length === 0 ? html`<p class="quiet">Nothing else was considered.</p>`
  : html`<table class="listed"><thead><tr><th scope="col">What</th><th scope="col">What spoke for it</th><th scope="col">Why it was not done</th></tr></thead>
<tbody>${all.map((one) => html`<tr><td><b>${one.what}</b> <span class="quiet">${one.rule}</span></td><td data-label="For it">${one.reason}</td><td data-label="Not done">${one.rejected}</td></tr>`)}</tbody></table>`

const undo = ({ undo: one }: DecisionPage): Html => one === null ? html`<p class="quiet">Nothing was done, so there is nothing to undo.</p>`
  : html`<p>${one.text}</p>${one.calls.map((call) => html`<pre tabindex="0"><code>${call}</code></pre>`)}`

/** One entry of the ledger, exactly as it is stored. */
export const decision = (page: DecisionPage): Html => html`
<h1>${page.title}</h1>
<p>${page.reason}</p>
<p class="actions">${page.links.replay === null ? '' : html`<a class="button strong" href="${page.links.replay}">Recompute</a> `}${
  page.links.postMortem === null ? '' : html`<a class="button" href="${page.links.postMortem}">Post-mortem</a> `}${
  page.subject === null ? '' : html`<a class="button" href="${page.subject.href}">${page.subject.text}</a>`}</p>
<section class="card" aria-label="What was decided">${facts(page.facts)}</section>
<h2>Verdicts</h2>
${verdicts(page)}
<h2>How new the data was</h2>
${freshness(page)}
<h2>What else could have been done</h2>
${alternatives(page)}
${page.runbook.length === 0 ? '' : html`<h2>Runbook</h2>${facts(page.runbook)}`}
<h2>How it is undone</h2>
${undo(page)}
<h2>Evidence</h2>
<p class="quiet">Stored with the decision, and never computed again.${page.links.analysis === null ? '' : html` <a href="${page.links.analysis}">The whole analysis as JSON</a>`}</p>
<pre tabindex="0" class="tall"><code>${page.evidence.text}</code></pre>
${page.evidence.cut ? html`<p class="quiet">Cut here.${page.links.json === null ? '' : html` <a href="${page.links.json}">All of it as JSON</a>`}</p>` : ''}
<h2>Place in the ledger</h2>
<div class="hash">${facts(page.hashes)}</div>
${page.links.json === null ? '' : html`<p class="quiet"><a href="${page.links.json}">This entry as JSON</a></p>`}`

/** A decision taken again from what it was taken from. */
export const replay = (page: ReplayPage): Html => html`
<h1>${page.title}</h1>
${page.same
  ? html`<p class="note"><b>Same action <span aria-hidden="true">✓</span></b> Taken again from its stored inputs, by the rules of this version, it says in every field what the ledger says. Neither the entry nor its inputs were changed.</p>`
  : html`<p class="problem"><b>Not the same.</b> ${page.possible ? 'The ledger and the rules of this version disagree in these fields: the rules have changed since, or what was stored has.'
    : 'Its inputs were damaged, or lead to no decision any more.'}</p>`}
${page.differences.length === 0 ? '' : html`<table class="listed diff"><thead><tr><th scope="col">Field</th><th scope="col">In the ledger</th><th scope="col">Taken again</th></tr></thead>
<tbody>${page.differences.map((one) => html`<tr><td><code>${one.path}</code></td><td data-label="In the ledger"><code>${one.stored}</code></td><td data-label="Taken again"><code>${one.recomputed}</code></td></tr>`)}</tbody></table>`}
${page.further === 0 ? '' : html`<p class="quiet">${page.further} more.</p>`}
<p><a href="${page.back}">Back to decision ${page.id}</a>${page.json === null ? '' : html` · <a href="${page.json}">JSON</a>`}</p>`

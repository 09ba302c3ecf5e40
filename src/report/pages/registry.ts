import { html } from 'hono/html'
import type { Html, Reader } from '../layout.ts'
import { time } from '../parts/time.ts'
import type { RegistryView } from '../view/registry.ts'

const facts = ({ facts: all }: RegistryView): Html | string =>
  all.length === 0 ? '' : html`<dl class="facts">${all.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`

/** How MLflow stands to a model, on its page. */
export const registrySection = (key: string, view: RegistryView, reader: Reader): Html => html`<h2 id="registry">MLflow</h2>
<div class="${view.tone === 'bad' ? 'problem' : 'registry'}">
<p><span class="pill ${view.tone}"><span aria-hidden="true">${view.mark}</span> ${view.headline}.</span> ${view.text}</p>
${facts(view)}
${view.ways.length === 0 ? '' : html`${reader.operates ? html`<p class="actions"><a class="button" href="/models/${key}/registry">Say which one counts…</a></p>` : html`<p>A key that may <code>operate</code> says which one counts.</p>`}
<details><summary>The same for the API</summary>${view.ways.map(({ words, command, refused }) => html`<p>${words}:${refused === null ? '' : html` <span class="quiet">${refused}</span>`}</p><pre data-copy tabindex="0" aria-label="Command: ${words}">${command}</pre>`)}</details>`}
${view.looked === null ? '' : html`<p class="quiet small">Registered as <code>${view.name}</code>; this stands since ${time(view.looked.at, view.looked.text)} UTC.</p>`}</div>`

export type ResolvePage = { key: string; view: RegistryView; keep: string | null; reason: string; problem?: { text: string; field: 'keep' | 'reason' | null } }

/** Asks which champion counts, after somebody moved the one in MLflow. */
export const resolve = ({ key, view, keep, reason, problem }: ResolvePage): Html => html`<div class="confirm">
<h1 id="act-title">Which champion of ${key} counts?</h1>
${problem === undefined ? '' : html`<div class="problem" role="alert"><p><strong>Not done.</strong> ${problem.field === null ? problem.text : html`<a href="#act-${problem.field}">${problem.text}</a>`}</p></div>`}
<p>${view.headline}. ${view.text}</p>
<div class="card">${facts(view)}</div>
<form method="post" action="/models/${key}/registry" class="stacked">
<fieldset id="act-keep"${problem?.field === 'keep' ? html` aria-invalid="true"` : ''}><legend>What counts</legend>${view.ways.map((way) => html`<label class="choice"><input type="radio" name="keep" value="${way.keep}" required${way.refused === null ? '' : ' disabled'}${keep === way.keep && way.refused === null ? ' checked' : ''}>
<span><b>${way.words}</b><br><span class="quiet">${way.refused === null ? `${way.leads}.` : `Not now: ${way.refused}.`}</span></span></label>`)}</fieldset>
<div class="field"><label for="act-reason">Why? Everybody who reads the ledger sees it.</label>
<textarea id="act-reason" name="reason" rows="3" maxlength="2000" required${problem?.field === 'reason' ? html` aria-invalid="true"` : ''}>${reason}</textarea></div>
<div class="actions"><button class="danger">This one counts</button> <a class="button" href="/models/${key}" data-cancel>Leave it as it is</a></div>
</form></div>`

/** Where there is nothing to say. */
export const nothingToResolve = (key: string): Html => html`
<h1>Nobody has to say anything</h1>
<p>MLflow did not drift from ${key}, or somebody has said already which one counts.</p>
<p><a href="/models/${key}">Back to ${key}</a></p>`

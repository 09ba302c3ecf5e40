import { html } from 'hono/html'
import type { Html, Reader } from '../../layout.ts'
import type { Act, Head } from '../../view/head.ts'
import type { Notice } from '../../view/states.ts'
import { deedText } from '../../view/deeds.ts'
import { moment } from './parts.ts'

const act = (key: string, { action, text, danger }: Act): Html =>
  html`<a class="button${danger ? ' danger' : ''}" data-dialog href="/experiments/${key}/act/${action}">${text}</a>`

/** What this is and how to take it along; for those who operate, what they may do. */
export const headLine = ({ key, model, state, day, units, asOf }: Head): Html => html`<p class="quiet headline">Experiment <b>${key}</b> on model <a href="/models/${model}"><b>${model}</b></a> · ${state}${day === null ? '' : `, ${day}`} · ${units} · as of ${moment(asOf)}</p>`

export const actions = ({ key, acts }: Head, reader: Reader, query: string): Html => html`<div class="actions toolbar">
<a class="button" href="/experiments/${key}/share${query}">Share…</a>
<details class="menu"><summary class="button">CSV</summary><ul><li><a href="/experiments/${key}/report.csv${query}">Comparisons</a></li><li><a href="/experiments/${key}/series.csv">Over time</a></li><li><a href="/experiments/${key}/decisions.csv">Decisions</a></li></ul></details>
<button type="button" data-print>Print</button>${reader.defines ? html` <a class="button" href="/experiments/new?from=${key}">Clone…</a>` : ''}
${reader.operates && acts.length > 0 ? html`<span class="acts">${acts.slice(0, 1).map((one) => act(key, one))}${
  acts.length > 1 ? html`<details class="menu"><summary class="button">More actions</summary><ul>${acts.slice(1).map((one) => html`<li>${act(key, one)}</li>`)}</ul></details>` : ''
}</span>` : ''}
</div>`

/** On paper: where this came from. */
export const printed = (address: string): Html => html`<p class="printed quiet small">${address}</p>`

export const notices = (all: readonly Notice[]): Html => html`${all.map(({ tone, text }) => html`<p class="${tone === 'trouble' ? 'problem' : 'note'}">${text}</p>`)}`

/** Says that this is not now. */
export const pastBanner = (key: string, asOf: number): Html => html`<p class="note banner" role="note">You see how things stood at ${moment(asOf)}. <a href="/experiments/${key}">Show how they stand now</a></p>`

/** Says that what was asked for is done. */
export const doneBanner = (entry: { id: number; action: string; variant: string | null; status: string; reason: string }): Html => html`<p class="note banner" role="status"><b>Done: ${deedText(entry)}.</b> ${entry.reason} <a href="#decision-${entry.id}">See it in the ledger</a></p>`

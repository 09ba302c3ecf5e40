import { html } from 'hono/html'
import type { Html } from '../../layout.ts'
import { isMoves, type Ledger, type LedgerRow, type Moves } from '../../view/ledger.ts'
import { moment } from './parts.ts'

const evidence = ({ id, facts, inputs, alternatives, undo, replayable }: LedgerRow, at: string): Html => html`<details class="evidence"><summary>Evidence</summary>
<dl class="help">${facts.map(({ name, value }) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}${undo === null ? '' : html`<dt>How to take it back</dt><dd>${undo}</dd>`}</dl>
${alternatives.length === 0 ? '' : html`<p>Considered, and not done:</p><ul>${alternatives.map((text) => html`<li>${text}</li>`)}</ul>`}
${inputs === null ? html`<p><a href="${at}">All of its evidence</a></p>` : html`<p>What the rule was given, and what it needed:</p><pre class="inputs" tabindex="0" role="region" aria-label="Inputs of decision ${id}">${inputs}</pre>`}
${replayable ? html`<p><a class="button" href="${at}/replay">Recompute</a> <span class="quiet small">takes the decision again from its stored inputs, by today’s rules</span></p>` : html`<p class="quiet">No inputs are stored with it, so it cannot be recomputed.</p>`}
</details>`

const shares = (moved: LedgerRow['moved']): (Html | string)[] =>
  moved.map(({ key: arm, before, after }, index) => html`${index === 0 ? '' : ', '}${arm} ${before} → ${after}`)

/** Its pages lie below those of the experiment, where readers of a shared report may go. */
const entry = (row: LedgerRow, key: string): Html => {
  const at = `/experiments/${key}/decisions/${row.id}`
  return html`<li id="decision-${row.id}" class="entry ${row.status}">
<p>${row.mark === null ? '' : html`<span class="seq">${row.mark}</span> `}<b>${row.deed}</b> <span class="quiet">by ${row.actor}, ${moment(row.at)}</span></p>
<p>${row.reason}</p>
<p class="small quiet">Rule <code>${row.rule}</code> · ${row.epochs}${row.moved.length === 0 ? '' : html` · ${shares(row.moved)}`} · <a href="${at}">entry ${row.seq}</a></p>
${evidence(row, at)}
</li>`
}

const moves = ({ moves: number, from, until, first, last, moved, rows }: Moves, key: string): Html => html`<li class="entry moves">
<details><summary><b>${number} moves of traffic</b> <span class="quiet">between ${moment(from)} and ${moment(until)}</span></summary>${
  rows.length === 0 ? '' : html`<ol class="ledger">${rows.map((row) => entry(row, key))}</ol>`}${rows.length === number ? '' : html`<p class="small"><a href="/experiments/${key}/decisions.csv">All of them (CSV)</a></p>`}</details>
<p class="small quiet">${moved.length === 0 ? 'In the end as before' : shares(moved)} · entries ${first} to ${last}</p>
</li>`

/** What was done and what was held back, with everything that it was decided from. */
export const ledger = (view: Ledger, key: string): Html => html`<section aria-labelledby="ledger"><h2 id="ledger">Decisions</h2>
${view.entries.length === 0 ? html`<p class="quiet">Nothing was decided yet.</p>` : html`<ol class="ledger">${view.entries.map((one) => (isMoves(one) ? moves(one, key) : entry(one, key)))}</ol>`}
${view.older ? html`<p><a href="/experiments/${key}/decisions.csv">Older entries (CSV)</a></p>` : ''}
${view.footer === '' ? '' : html`<p class="${view.broken ? 'problem' : 'quiet'}">${view.footer}</p>`}</section>`

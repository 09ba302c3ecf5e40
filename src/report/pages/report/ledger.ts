import { html } from 'hono/html'
import type { Html } from '../../layout.ts'
import type { Ledger, LedgerRow } from '../../view/ledger.ts'
import { moment } from './parts.ts'

const evidence = ({ id, facts, inputs, alternatives, undo, replayable }: LedgerRow): Html => html`<details class="evidence"><summary>Evidence</summary>
<dl class="help">${facts.map(({ name, value }) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}${undo === null ? '' : html`<dt>How to take it back</dt><dd>${undo}</dd>`}</dl>
${alternatives.length === 0 ? '' : html`<p>Considered, and not done:</p><ul>${alternatives.map((text) => html`<li>${text}</li>`)}</ul>`}
${inputs === null ? html`<p><a href="/decisions/${id}">All of its evidence</a></p>` : html`<p>What the rule was given, and what it needed:</p><pre class="inputs" tabindex="0" role="region" aria-label="Inputs of decision ${id}">${inputs}</pre>`}
${replayable ? html`<p><a class="button" href="/decisions/${id}/replay">Recompute</a> <span class="quiet small">takes the decision again from its stored inputs, by today’s rules</span></p>` : html`<p class="quiet">No inputs are stored with it, so it cannot be recomputed.</p>`}
</details>`

const entry = (row: LedgerRow): Html => html`<li id="decision-${row.id}" class="entry ${row.status}">
<p><span class="seq" title="Entry ${row.seq} of the chain">${row.seq}</span> <b>${row.deed}</b> <span class="quiet">by ${row.actor}, ${moment(row.at)}</span></p>
<p>${row.reason}</p>
<p class="small quiet">Rule <code>${row.rule}</code> · ${row.epochs}${row.moved.length === 0 ? '' : html` · ${row.moved.map(({ key: arm, before, after }, index) => html`${index === 0 ? '' : ', '}${arm} ${before} → ${after}`)}`} · <a href="/decisions/${row.id}">link</a></p>
${evidence(row)}
</li>`

/** What was done and what was held back, with everything that it was decided from. */
export const ledger = (view: Ledger, key: string): Html => html`<section aria-labelledby="ledger"><h2 id="ledger">Decisions</h2>
${view.entries.length === 0 ? html`<p class="quiet">Nothing was decided yet.</p>` : html`<ol class="ledger">${view.entries.map(entry)}</ol>`}
${view.older ? html`<p><a href="/experiments/${key}/decisions.csv">Older entries (CSV)</a></p>` : ''}
<p class="${view.broken ? 'problem' : 'quiet'}">${view.footer}</p></section>`

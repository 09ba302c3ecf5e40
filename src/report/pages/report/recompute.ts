import { html } from 'hono/html'
import type { DecisionView, Replay } from '../../../core/views.ts'
import type { Html } from '../../layout.ts'
import { deedOf } from '../../view/ledger.ts'
import { moment } from './parts.ts'

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

/** A decision that was taken again: the same, or every field in which the two differ. */
export const recomputed = (decision: DecisionView, { same, differences }: Replay, key: string): Html => html`
<p class="quiet"><a href="/experiments/${key}#decision-${decision.id}">Decision ${decision.seq} of ${key}</a>, ${moment(decision.at)}</p>
<h1>${same ? 'Same action ✓' : 'Not the same'}</h1>
<p>${deedOf(decision)}. ${decision.reason}</p>
${same
    ? html`<p>Taken again from its stored inputs, by the rules of this version, it leads to the very same entry. Neither the entry nor its inputs were changed since.</p>`
    : html`<p class="problem">Taken again from its stored inputs, it differs in ${differences.length === 1 ? 'one field' : `${differences.length} fields`}. Either the entry or its inputs were changed, or the rules are not the ones of then.</p>
<table class="listed"><thead><tr><th scope="col">Field</th><th scope="col">Stored</th><th scope="col">Recomputed</th></tr></thead>
<tbody>${differences.slice(0, 100).map(({ path, stored, recomputed: again }) => html`<tr><th scope="row"><code>${path}</code></th><td data-label="Stored"><code>${shown(stored)}</code></td><td data-label="Recomputed"><code>${shown(again)}</code></td></tr>`)}</tbody></table>`}
<p><a class="button" href="/experiments/${key}#decision-${decision.id}">Back to the report</a> <a href="/api/decisions/${decision.id}/replay">All of it (JSON)</a></p>`

import { html } from 'hono/html'
import type { Html, Reader } from '../../layout.ts'
import type { DraftItem, LinkRow } from '../../view/states.ts'
import { copyable, moment, withCode } from './parts.ts'

/** What a draft still lacks, and how it is started. */
export const draft = (items: readonly DraftItem[], command: string, reader: Reader, key: string): Html => html`<section aria-labelledby="draft"><h2 id="draft">Before it starts</h2>
<ul class="checklist">${items.map(({ text, done, hint }) => html`<li class="${done ? 'met' : 'unmet'}"><span class="tick" aria-hidden="true">${done ? '✓' : '○'}</span><span>${done ? '' : html`<span class="unseen">Missing: </span>`}${text}${done ? '' : html` <span class="quiet">– ${withCode(hint)}</span>`}</span></li>`)}</ul>
<p>A draft can be changed as often as you like; what has started cannot.</p>
${reader.defines || reader.operates ? html`<p class="actions">${reader.defines ? html`<a class="button" href="/experiments/${key}/edit">Edit…</a>` : ''} ${
  reader.operates ? html`<a class="button strong" data-dialog href="/experiments/${key}/act/start">Start…</a>` : ''}</p>` : ''}
<p class="quiet">By the API: <code>PUT /api/experiments/${key}</code> replaces it, and this starts it:</p>
${copyable(command, 'Command that starts the experiment')}</section>`

/** Which link of the way is silent, with the last sign of each, and how to try it by hand. */
export const links = (rows: readonly LinkRow[], commands: readonly string[]): Html => html`<section aria-labelledby="links"><h2 id="links">Where it is silent</h2>
<table class="listed"><thead><tr><th scope="col">Link</th><th scope="col">How</th><th scope="col">So far</th><th scope="col">Last</th></tr></thead>
<tbody>${rows.map(({ name, call, text, last, silent }) => html`<tr${silent ? html` class="silent"` : ''}><th scope="row">${silent ? html`<span class="pill bad"><span aria-hidden="true">!</span> ${name}: silent</span>` : name}</th><td data-label="How"><code>${call}</code></td><td data-label="So far">${text}</td><td data-label="Last">${last === null ? '–' : moment(last)}</td></tr>`)}</tbody></table>
<p>Try it by hand:</p>
${commands.map((command, index) => copyable(command, index === 0 ? 'Command that asks for an assignment' : 'Command that reports an outcome'))}</section>`

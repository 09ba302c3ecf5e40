import { html } from 'hono/html'
import { minuteText } from '../../core/describe/wording.ts'
import type { Html } from '../layout.ts'

/** For how many days a report can be shared. */
export const shareDays = [1, 7, 30, 90] as const

const back = (key: string): Html => html`<p><a href="/experiments/${key}">Back to the report</a></p>`

/** Asks for how long; nothing is shared before the form is sent. */
export const shareForm = (key: string): Html => html`
<h1>Share the report of ${key}</h1>
<p>Whoever has the link may read this report, its charts and its ledger, and nothing else: no other experiment, no buttons. It ends by itself; to end
every link before that, take its secret out of <code>TOKEN_SECRET</code>.</p>
<form method="post" action="/experiments/${key}/share" class="stacked">
<label for="days">How long it holds</label>
<select id="days" name="days">${shareDays.map((days) => html`<option value="${days}"${days === 7 ? ' selected' : ''}>${days === 1 ? '1 day' : `${days} days`}</option>`)}</select>
<button class="strong">Make the link</button>
</form>
${back(key)}`

/** Who may read may not hand it on. */
export const shareRefused = (key: string): Html => html`
<h1>Share the report of ${key}</h1>
<p>Sharing needs a key with the scope <code>operate</code>; yours reads. Print the report or save its CSV instead.</p>
${back(key)}`

/** The link, once it was made. */
export const shareMade = (key: string, link: string, until: Date): Html => html`
<h1>Share the report of ${key}</h1>
<label for="link">This link holds until ${minuteText(until)}</label>
<p><input id="link" class="wide" value="${link}" readonly></p>
<p class="quiet">It is not kept here: copy it now. You can always make another one.</p>
${back(key)}`

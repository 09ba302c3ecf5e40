import { html } from 'hono/html'
import type { Html } from '../layout.ts'

/** Where people hand in their key. `next` is the page of ours that they wanted. */
export const signIn = (wrong: boolean, next: string): Html => html`
<h1>Key needed</h1>
${wrong ? html`<p class="problem" role="alert">This key is not known, was revoked or has expired, or may not read.</p>` : ''}
<form method="post" action="/session" class="stacked">
<input type="hidden" name="next" value="${next}">
<label for="key">An API key with the scope <code>read</code></label>
<input id="key" name="key" type="password" autocomplete="current-password" required>
<p class="quiet">Whoever runs this service hands them out: <code>POST /api/keys</code>. With <code>operate</code> it shows buttons, too.</p>
<button>Continue</button>
</form>`

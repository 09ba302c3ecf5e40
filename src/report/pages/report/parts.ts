import { html } from 'hono/html'
import { timeOf } from '../../charts/index.ts'
import type { Html } from '../../layout.ts'

export const moment = (at: number | string): Html => timeOf(typeof at === 'string' ? Date.parse(at) : at)

/** Something to be copied; the script adds the button. */
export const copyable = (text: string, label: string): Html => html`<pre data-copy tabindex="0" aria-label="${label}">${text}</pre>`

/** Words between backticks as code. */
export const withCode = (text: string): (Html | string)[] => text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

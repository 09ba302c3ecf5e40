import { html } from 'hono/html'
import { timeOf } from '../../charts/index.ts'
import type { Html } from '../../layout.ts'
import type { Pill } from '../../pills.ts'

const classes: Record<Pill['tone'], string> = { better: 'pill good', worse: 'pill bad', open: 'pill', trouble: 'pill bad' }

/** A verdict: its shape is for the eye alone, its word for everybody. */
export const pillMark = ({ mark, word, tone }: Pill): Html => html`<span class="${classes[tone]}"><span aria-hidden="true">${mark}</span> ${word}</span>`

export const moment = (at: number | string): Html => timeOf(typeof at === 'string' ? Date.parse(at) : at)

/** Something to be copied; the script adds the button. */
export const copyable = (text: string, label: string): Html => html`<pre data-copy tabindex="0" aria-label="${label}">${text}</pre>`

/** Words between backticks as code. */
export const withCode = (text: string): (Html | string)[] => text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

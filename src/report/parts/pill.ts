import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import type { Pill } from '../pills.ts'

const classes: Record<Pill['tone'], string> = { better: 'pill good', worse: 'pill bad', open: 'pill', trouble: 'pill bad' }

/** A verdict: its shape is for the eye alone, its word for everybody. */
export const pill = ({ mark, word, tone }: Pill): Html => html`<span class="${classes[tone]}"><span aria-hidden="true">${mark}</span> ${word}</span>`

import { html } from 'hono/html'
import type { Html } from '../layout.ts'

/** A moment as `text` says it; the whole of it, in UTC, on hover. */
export const time = (iso: string, text: string): Html => html`<time datetime="${iso}" title="${iso.slice(0, 19).replace('T', ' ')} UTC">${text}</time>`

import { html } from 'hono/html'
import type { Latest } from '../core/tell/views.ts'
import type { Html } from './layout.ts'

/** Where a page says that there is something new; what is being read stays as it is. Empty until then, and without script. */
export const news = (key: string, { analysis, decision }: Latest): Html => html`
<p class="news" role="status" data-events="/experiments/${key}/events?analysis=${analysis ?? 0}&decision=${decision ?? 0}"></p>`

/** Script of `news`. A browser asks again by itself when the connection is lost, and not after a 204. */
export const newsScript = `{
const bar = document.querySelector('[data-events]')
if (bar) {
  const source = new EventSource(bar.dataset.events)
  source.addEventListener('news', () => {
    const link = document.createElement('a')
    link.href = location.pathname
    link.textContent = 'Show it'
    bar.replaceChildren('There is something new. ', link)
  })
}
}`

export const newsStyle = `
.news { position: sticky; top: 0; z-index: 1; margin: 0; padding: .5rem .75rem; background: var(--panel); border-left: .25rem solid var(--better); }
.news:empty { display: none; }
@media print { .news { display: none; } }
`

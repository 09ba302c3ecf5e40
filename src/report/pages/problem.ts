import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { sentenceOf } from '../../core/describe/wording.ts'

export type ProblemPage = {
  /** What went wrong, as a heading. */
  title: string
  detail: string
  /** The closed code of the API, for whoever is asked for help. */
  code: string
  /** What may have been meant: keys that exist, and where they are. */
  near?: readonly { key: string; path: string }[]
  /** The address to try once more; absent where trying again changes nothing. */
  retry?: string
}

/** A page that could not be shown: what is wrong, what may have been meant, and how to go on. */
export const problem = ({ title, detail, code, near = [], retry }: ProblemPage): Html => html`
<h1>${title}</h1>
<p>${sentenceOf(detail)}</p>
${near.length === 0 ? '' : html`<p>Did you mean ${near.map(({ key, path }, index) => html`${index === 0 ? '' : ' or '}<a href="${path}">${key}</a>`)}?</p>`}
<p>${retry === undefined ? '' : html`<a href="${retry}">Try again</a> · `}<a href="/">Overview</a></p>
<p class="quiet">Code: <code>${code}</code></p>`

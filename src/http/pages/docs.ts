import { html } from 'hono/html'
import { type ErrorCode, statusOf } from '../../errors.ts'
import type { OpenApi } from '../openapi.ts'
import type { Html } from '../../report/layout.ts'

type Operation = {
  summary?: string
  description?: string
  tags?: string[]
  'x-scope'?: string
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
}
type Schema = { $ref?: string } & Record<string, unknown>
type Entry = { method: string; path: string; operation: Operation }

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

const entriesOf = (document: OpenApi): Entry[] =>
  Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method] as Operation | undefined
      return operation ? [{ method, path, operation }] : []
    }),
  )

/** Text in which `names` stand between backticks. */
const prose = (text = ''): (Html | string)[] => text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))

/** `post-api-experiments`: where links to an operation lead. */
const anchorOf = (method: string, path: string): string => `${method}${path.replaceAll(/[{}]/g, '').replaceAll(/[/.]+/g, '-')}`

const schemaLink = (schema: Schema | undefined): Html | string => {
  if (!schema) return ''
  const name = schema.$ref?.split('/').at(-1)
  return name === undefined ? html`<pre>${JSON.stringify(schema, null, 2)}</pre>` : html`<a href="#schema-${name}">${name}</a>`
}

const contentOf = (content: Record<string, { schema?: Schema }> | undefined): Html[] =>
  Object.entries(content ?? {}).map(([type, { schema }]) => html`<code>${type}</code> ${schemaLink(schema)} `)

const parameters = ({ parameters: list = [] }: Operation): Html | string =>
  list.length === 0
    ? ''
    : html`<ul>${list.map(
        (one) => html`<li><code>${one.name}</code> in the ${one.in}${one.required === true ? '' : ', optional'}${
          one.description === undefined ? '' : html`: ${prose(one.description)}`
        }</li>`,
      )}</ul>`

const operationOf = ({ method, path, operation }: Entry): Html => html`
<h3 id="${anchorOf(method, path)}"><span class="verb">${method}</span> <code>${path}</code></h3>
<p>${operation.summary}${operation['x-scope'] === 'public' ? '' : html` <span class="state">${operation['x-scope'] ?? ''}</span>`}</p>
${operation.description === undefined ? '' : html`<p class="quiet">${prose(operation.description)}</p>`}
${parameters(operation)}
${operation.requestBody ? html`<p>Body: ${contentOf(operation.requestBody.content)}</p>` : ''}
${Object.entries(operation.responses ?? {})
  .filter(([status]) => Number(status) < 400)
  .map(([status, response]) => html`<p><code>${status}</code> ${prose(response.description)} ${contentOf(response.content)}</p>`)}`

const codes = (): Html => html`<table><thead><tr><th>Code</th><th>Status</th></tr></thead>
<tbody>${(Object.keys(statusOf) as ErrorCode[]).map((code) => html`<tr id="${code}"><td><code>${code}</code></td><td>${statusOf[code]}</td></tr>`)}</tbody></table>`

/** The two calls that an application makes, to be copied. */
const firstCalls = `curl -s "$CONTENDER/assign" -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\
  -d '{"experiment": "new-summaries", "unit": "user-1"}'
curl -s "$CONTENDER/outcome" -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\
  -d '{"token": "the token that /assign answered", "measures": {"thumbs_up": true}}'`

/** The API for people, from the same document as /openapi.json. */
export const docs = (document: OpenApi): Html => {
  const entries = entriesOf(document)
  const tags = [...new Set(entries.map(({ operation }) => operation.tags?.[0] ?? ''))]
  return html`
<h1>The API</h1>
<p>${prose(document.info.description)}</p>
<p>The same for machines: <a href="/openapi.json">/openapi.json</a>. Send a key as <code>Authorization: Bearer …</code>; each call names the scope it needs.</p>
<p>What an application sends before inference, and after it:</p>
<pre>${firstCalls}</pre>
${tags.map(
  (tag) => html`<h2>${tag}</h2>${entries.filter(({ operation }) => operation.tags?.[0] === tag).map(operationOf)}`,
)}
<h2>Errors</h2>
<p><code>application/problem+json</code>: <code>{type, title, status, detail, code, errors: [{path, message}]}</code>. The codes:</p>
${codes()}
<h2>Schemas</h2>
${Object.entries(document.components?.schemas ?? {}).map(
  ([name, schema]) => html`<details id="schema-${name}"><summary>${name}</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`,
)}`
}

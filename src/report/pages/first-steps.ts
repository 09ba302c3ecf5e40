import { html } from 'hono/html'
import type { Html } from '../layout.ts'

const call = (origin: string, keyed: boolean) => (path: string, body: object): string =>
  `curl ${keyed ? '-H "Authorization: Bearer $KEY" ' : ''}-H 'content-type: application/json' ${origin}${path} -d '${JSON.stringify(body)}'`

const commands = (origin: string, keyed: boolean): string => {
  const post = call(origin, keyed)
  return [
    post('/api/models', { key: 'assistant' }),
    post('/api/models/assistant/versions', { version: '1', payload: { endpoint: 'https://models.example/1' } }),
    post('/api/models/assistant/versions', { version: '2', payload: { endpoint: 'https://models.example/2' } }),
    post('/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }),
    post('/api/experiments', {
      key: 'first', model: 'assistant', unguarded: true,
      variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
      metrics: [{ metric: 'win', role: 'decision' }], stages: [{ allocation: 'fixed' }],
    }),
    post('/api/experiments/first/actions', { action: 'start', reason: 'a first try' }),
  ].join('\n')
}

/** The outcome names its assignment by the token, which holds from the first moment. */
const requests = (origin: string, keyed: boolean): string => {
  const post = call(origin, keyed)
  return [
    `TOKEN=$(${post('/assign', { experiment: 'first', unit: 'ada' })} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
    post('/outcome', { token: 'TOKEN', measures: { win: true } }).replace('"TOKEN"', `"'$TOKEN'"`),
  ].join('\n')
}

/** What to do where nothing was ever defined: look at a demo, or begin. */
export const firstSteps = (origin: string, keyed: boolean): Html => html`
<section class="card"><h2>See it at work</h2>
<p>Some days of simulated traffic in memory: a better version, a worse one, and what happens to them.</p>
<pre><code>contender demo</code></pre>
<p class="quiet">From a checkout: <code>npm run demo</code>.</p></section>
<section class="card"><h2>Begin</h2>
<p>A model with two versions, a metric, and an experiment that splits its users in half. Copy and run:</p>
<pre><code>${commands(origin, keyed)}</code></pre>
<p>Then ask before each answer, and tell afterwards how it went:</p>
<pre><code>${requests(origin, keyed)}</code></pre>
<p>${keyed ? html`<code>$KEY</code> is a key with the scopes <code>define</code>, <code>operate</code>, <code>assign</code> and <code>outcome</code>. ` : ''}Every call is described in <a href="/docs">the API</a>; how to read what comes of it in <a href="/how-to-read">How to read</a>.</p></section>`

import { html } from 'hono/html'
import type { ExperimentView, ModelView } from '../../core/views.ts'
import type { Html } from '../layout.ts'

const experimentRow = (experiment: ExperimentView): Html => html`<tr>
<td><a href="/experiments/${experiment.key}">${experiment.key}</a>${
  experiment.hypothesis === undefined ? '' : html`<br><span class="quiet">${experiment.hypothesis}</span>`
}</td>
<td data-label="Model">${experiment.model}</td>
<td data-label="State"><span class="state">${experiment.state}</span></td>
<td data-label="Variants">${experiment.variants.map(({ key, control }) => (control === true ? `${key} (control)` : key)).join(', ')}</td>
<td data-label="Report"><a href="/api/experiments/${experiment.key}/report">JSON</a></td>
</tr>`

const modelRow = (model: ModelView): Html => html`<tr>
<td><a href="/models/${model.key}">${model.key}</a>${model.description === '' ? '' : html`<br><span class="quiet">${model.description}</span>`}</td>
<td data-label="Champion">${model.champion ?? 'none yet'}</td>
<td data-label="Serving"><span class="state">${model.enabled ? 'on' : 'off'}</span></td>
<td data-label="Day by day"><a href="/api/models/${model.key}/watch">JSON</a></td>
</tr>`

/** What there is: experiments, the newest first, and models. On narrow screens each row is a block, its cells labelled. */
export const home = (experiments: ExperimentView[], models: ModelView[]): Html => html`
<h1>Experiments</h1>
${
  experiments.length === 0
    ? html`<p>None yet. <a href="/docs#post-api-experiments">Create one</a>, or run <code>npm run demo</code> to see the service at work.</p>`
    : html`<table class="listed">
<thead><tr><th>Experiment</th><th>Model</th><th>State</th><th>Variants</th><th>Report</th></tr></thead>
<tbody>${experiments.map(experimentRow)}</tbody></table>`
}
<h2>Models</h2>
${
  models.length === 0
    ? html`<p>None yet. <a href="/docs#post-api-models">Create one</a>.</p>`
    : html`<table class="listed">
<thead><tr><th>Model</th><th>Champion</th><th>Serving</th><th>Day by day</th></tr></thead>
<tbody>${models.map(modelRow)}</tbody></table>`
}`

import { html } from 'hono/html'
import type { Html } from '../../layout.ts'
import type { JudgedValues } from '../../view/forest-values.ts'
import type { Segment } from '../../view/segments.ts'

const table = (segment: string, { name, rows }: Segment['metrics'][number]): Html => html`<table class="listed small"><caption>${name}, by ${segment}</caption>
<thead><tr><th scope="col">${segment}</th><th scope="col">Variant</th><th scope="col" class="number">Units of the two</th><th scope="col" class="number">Difference</th><th scope="col" class="number">Range</th></tr></thead>
<tbody>${rows.map(({ value, variant, units, estimate, lower, upper }) => html`<tr><th scope="row">${value}</th><td data-label="Variant">${variant}</td><td class="number" data-label="Units of the two">${units}</td><td class="number" data-label="Difference">${estimate}</td><td class="number" data-label="Range">${lower} to ${upper}</td></tr>`)}</tbody></table>`

/** Ranges by segment, without any verdict. */
export const segments = (all: readonly Segment[], judged: readonly JudgedValues[]): Html => (all.length === 0 ? html`` : html`<section aria-labelledby="segments" class="segments"><h2 id="segments">Segments</h2>
<p class="quiet">Exploratory; no rule uses it. The ranges are not corrected for how many there are.${
  judged.length > 0 ? html` Rules do use <a href="#by-value">those of guardrails by segment</a>.` : ''}</p>
${all.map((one) => html`<details${one.open ? html` open` : ''} id="segment-${one.name}"><summary>By ${one.name}. ${one.heterogeneity}</summary>${one.metrics.map((metric) => table(one.name, metric))}</details>`)}</section>`)

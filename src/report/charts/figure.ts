import { html, raw } from 'hono/html'
import type { Html } from '../layout.ts'
import { momentText } from './moments.ts'
import { standalone } from './svg.ts'
import type { Chart, Part } from './types.ts'

/** A moment in UTC; the page's script adds the reader's own time on hover. */
export const timeOf = (at: number): Html => html`<time datetime="${new Date(at).toISOString()}">${momentText(at)}</time>`

const partOf = (part: Part): Html | string => (typeof part === 'string' ? part : timeOf(part.at))

/** Words of a caption or cell, without markup. */
export const wordsOf = (parts: readonly Part[]): string => parts.map((part) => (typeof part === 'string' ? part : momentText(part.at))).join('')

/** The chart as a file of its own: light colours, on white. */
export const chartFile = ({ svg, title }: Chart): string => standalone(svg.wide, title)

/**
 * A chart on a page: both drawings (the stylesheet shows one), what must be said beneath, where the script tells the point
 * under the crosshair, and its numbers. `file`: the path that answers the drawing as a file.
 */
export const chartFigure = (chart: Chart, { file }: { file?: string } = {}): Html => html`<figure class="chart-figure" id="${chart.id}" aria-label="${chart.title}">
${raw(chart.svg.wide)}${raw(chart.svg.narrow)}
<p class="readout" role="status"></p>
<figcaption>${chart.caption.map(partOf)}</figcaption>
<p class="actions">${file === undefined ? '' : html`<a class="button" href="${file}" download>SVG</a> `}<button type="button" data-png="${chart.id}">PNG</button></p>
<details><summary>Data as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="${chart.title}, data"><table>
<thead><tr>${chart.table.head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${chart.table.rows.map((row) => html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row">${partOf(cell)}</th>` : html`<td>${partOf(cell)}</td>`))}</tr>
`)}</tbody></table></div></details>
</figure>`

/** What the stylesheet needs for charts. */
export const chartStyle = `
.chart-figure { margin: 1rem 0 1.5rem; }
.chart { display: block; width: 100%; height: auto; font-family: inherit; }
.chart.narrow { display: none; }
.chart a.marker { cursor: pointer; }
.forest { display: block; width: 100%; min-width: 10rem; max-width: 20rem; height: auto; }
.crosshair { pointer-events: none; }
/* without script nothing would happen; hidden by it later, things would move */
@media (scripting: none) { [data-png], [data-print] { display: none; } }
.chart-figure figcaption { color: var(--quiet); font-size: .9rem; max-width: 48rem; }
.readout { min-height: 1.5em; margin: .25rem 0; font-variant-numeric: tabular-nums; }
.chart-figure .scroll { max-height: 24rem; overflow: auto; }
@media (max-width: 40rem) { .chart.wide { display: none; } .chart.narrow { display: block; } }
@media print { .readout, .chart.narrow { display: none; } .chart.wide { display: block; } .chart-figure .scroll { max-height: none; } }
`

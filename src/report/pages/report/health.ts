import { html } from 'hono/html'
import type { Html } from '../../layout.ts'
import type { Check, Health } from '../../view/health.ts'

const failing = ({ name, text, help }: Check, { split, chance }: Health): Html => html`<div class="failing">
<h3>${name}: ${text}</h3>${
  name !== 'Traffic split' ? '' : html`<table class="narrow-table small"><thead><tr><th scope="col">Variant</th><th scope="col" class="number">Observed</th><th scope="col" class="number">Expected</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>${split.map(({ key, observed, expected, share }) => html`<tr><th scope="row">${key}</th><td class="number">${observed}</td><td class="number">${expected}</td><td class="number">${share}</td></tr>`)}</tbody></table>
${chance === null ? '' : html`<p class="small">How often a fair split would look this uneven, whenever you look: ${chance}.</p>`}`
}${help === null ? '' : html`<dl class="help"><dt>What it means</dt><dd>${help.meaning}</dd><dt>What is held</dt><dd>${help.held}</dd><dt>Likely causes</dt><dd>${help.causes}</dd><dt>Next step</dt><dd>${help.next}</dd></dl>`}
</div>`

/** The data's own health: one line when all is well, everything about what is not. */
export const health = (view: Health): Html => html`<section aria-labelledby="health"><h2 id="health">Data health</h2>
<p class="health-line"><span class="${view.sound ? 'pill good' : 'pill bad'}"><span aria-hidden="true">${view.sound ? '✓' : '!'}</span> ${view.line}</span></p>
${view.failing.map((one) => failing(one, view))}
<details><summary>Every check, and who reported</summary>
<ul class="checklist">${[...view.failing, ...view.others].map(({ name, text, verdict }) => html`<li><span class="tick" aria-hidden="true">${verdict === 'PASS' ? '✓' : '!'}</span><span><b>${name}</b> – ${text}</span></li>`)}</ul>
<table class="listed small"><thead><tr><th scope="col">Variant</th><th scope="col" class="number">Units</th><th scope="col" class="number">Have reported</th><th scope="col" class="number">Outcomes</th></tr></thead>
<tbody>${view.reports.map(({ key, units, rate, outcomes }) => html`<tr><th scope="row">${key}</th><td class="number" data-label="Units">${units}</td><td class="number" data-label="Have reported">${rate}</td><td class="number" data-label="Outcomes">${outcomes}</td></tr>`)}</tbody></table>
<p class="small quiet">The same outcome sent twice counts once. Late and crossed ones are kept and counted here, and nowhere else.</p>
</details></section>`

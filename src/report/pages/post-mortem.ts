import { html } from 'hono/html'
import type { PostMortem } from '../../core/tell/post-mortem.ts'
import { count } from '../../core/describe/wording.ts'
import type { Html, Reader } from '../layout.ts'
import { time } from '../parts/time.ts'
import { jsonText } from '../view/json-text.ts'
import { momentText } from '../view/moments.ts'

export type PostMortemPage = { postMortem: PostMortem; now: number; note: string; problem?: string }

/** What it is called, as a heading. */
export const postMortemTitle = ({ action, variant, experiment }: PostMortem): string =>
  `Post-mortem: ${action.replaceAll('-', ' ')}${variant === null ? '' : ` of ${variant}`} in ${experiment}`

const signature = ({ postMortem: { signature: signed }, now }: PostMortemPage): Html | string => signed === null ? ''
  : html`<p class="note"><b>Signed</b> by ${signed.by}, ${time(signed.at, momentText(signed.at, now))}: ${signed.note} <a href="/decisions/${signed.decision}">decision ${signed.decision}</a></p>`

const locks = ({ locked, stillLocked }: PostMortem): Html | string => locked.length === 0 ? ''
  : html`<p>Locked by it: ${locked.map((version, index) => `${index === 0 ? '' : ', '}version ${version}${stillLocked.includes(version) ? '' : ' (free again)'}`)}.</p>`

const sign = ({ postMortem, note, problem }: PostMortemPage, reader: Reader): Html | string => {
  const { sign: call, stillLocked, decision } = postMortem
  if (call === null) return ''
  if (!reader.operates) return html`<p class="quiet">Nobody has signed it yet. Whoever may <code>operate</code> can.</p>`
  const frees = stillLocked.length === 0 ? '' : ` It unlocks ${stillLocked.map((version) => `version ${version}`).join(' and ')}.`
  return html`<section class="card" aria-labelledby="sign"><h2 id="sign">Sign it</h2>
<p>Your key signs it for good, and everybody can read what you found.${frees}</p>
${problem === undefined ? '' : html`<p class="problem" role="alert"><strong>Not signed.</strong> ${problem}</p>`}
<form method="post" action="/decisions/${decision}/post-mortem" class="stacked"><div class="field"><label for="note">What was found</label>
<textarea id="note" name="note" rows="5" maxlength="2000" required${problem === undefined ? '' : html` aria-invalid="true"`}>${note}</textarea></div>
<div class="actions"><button class="strong">Sign this post-mortem</button></div></form></section>`
}

const timeline = ({ postMortem, now }: PostMortemPage): Html => html`<table class="listed timeline"><thead><tr><th scope="col">When (UTC)</th><th scope="col">What</th></tr></thead>
<tbody>${postMortem.timeline.map(({ at, text, decision, kind }) => html`<tr class="${kind}"><td>${time(at, momentText(at, now))}</td>
<td>${text}${decision === null ? '' : html` <a href="/decisions/${decision}">decision ${decision}</a>`}</td></tr>`)}</tbody></table>`

const harm = ({ postMortem, now }: PostMortemPage): Html => postMortem.harm.length === 0 ? html`<p class="quiet">No metric had failed against the control.</p>`
  : html`<table class="listed"><thead><tr><th scope="col">Metric</th><th scope="col">Variant</th><th scope="col">Showed from</th><th scope="col">Failed its rule</th></tr></thead>
<tbody>${postMortem.harm.map(({ name, variant, began, failed }) => html`<tr><td>${name}</td><td data-label="Variant">${variant}</td>
<td data-label="Showed from">${began === null ? 'not stored' : momentText(began, now)}</td><td data-label="Failed its rule">${failed === null ? 'not stored' : momentText(failed, now)}</td></tr>`)}</tbody></table>`

const mostEvidence = 20_000

const evidence = ({ postMortem }: PostMortemPage): Html => {
  const { text, cut } = jsonText(postMortem.evidence, mostEvidence)
  return html`<details><summary>Evidence, as it is stored</summary><pre tabindex="0" class="tall"><code>${text}</code></pre>${
    cut ? html`<p class="quiet">Cut here. <a href="/api/decisions/${postMortem.decision}">All of it as JSON</a></p>` : ''}</details>`
}

/** What happened, who was affected, what is served since and what is to be explained; and the form that signs it. */
export const postMortem = (page: PostMortemPage, reader: Reader): Html => {
  const { postMortem: one, now } = page
  return html`
<h1>${postMortemTitle(one)}</h1>
<p>${one.reason}</p>
<p class="quiet"><a href="/decisions/${one.decision}">Decision ${one.decision}</a> on <a href="/models/${one.model}">${one.model}</a>, ${time(one.openedAt, momentText(one.openedAt, now))} UTC, by ${one.actor}, rule ${one.rule}.</p>
${signature(page)}${locks(one)}
<h2>Questions</h2>
<ul>${one.questions.map((question) => html`<li>${question}</li>`)}</ul>
${sign(page, reader)}
<h2>Timeline</h2>
${timeline(page)}
<h2>Units exposed</h2>
<table><thead><tr><th scope="col">Variant</th><th scope="col" class="number">When it was decided</th><th scope="col" class="number">In all</th></tr></thead>
<tbody>${Object.entries(one.units).map(([key, { atDecision, exposed }]) => html`<tr><td>${key}</td><td class="number">${atDecision === null ? '–' : count(atDecision)}</td><td class="number">${count(exposed)}</td></tr>`)}</tbody></table>
<h2>Harm</h2>
${harm(page)}
<h2>Served since</h2>
<ul>${one.servedSince.map(({ from, text }) => html`<li>${time(from, momentText(from, now))}: ${text}</li>`)}</ul>
${evidence(page)}
<p class="quiet"><a href="/api/decisions/${one.decision}/post-mortem">JSON</a></p>`
}

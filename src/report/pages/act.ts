import { html } from 'hono/html'
import type { ActionName } from '../../core/define/definitions.ts'
import { count } from '../../core/describe/wording.ts'
import type { Choice } from '../view/choices.ts'
import type { Consequences } from '../view/consequences.ts'
import { type Shown, shownOf, shownWords, type Standing, unitsWord } from '../view/standing.ts'
import type { Html } from '../layout.ts'

/** What was sent with the form before, so that nobody types twice. */
export type Kept = { variant: string | null; reason: string }

export type ActPage = {
  standing: Standing
  action: ActionName
  consequences: Consequences
  kept: Kept
  /** Why it was not done: what was wrong, and the field it is about. */
  problem?: { text: string; field: 'reason' | 'variant' | null }
  /** What they saw who asked, where it has changed since; and what was done meanwhile, if somebody did it. */
  lost?: { seen: Shown; last: { actor: string; action: string; at: string; reason: string } | null }
}

const hidden = (shown: Shown): Html[] =>
  Object.entries(shown).map(([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`)

const choice = ({ value, label, note }: Choice, index: number, kept: Kept): Html => html`<label class="choice">
<input type="radio" name="variant" value="${value}" required${kept.variant === value ? ' checked' : ''}${index === 0 ? html` id="act-variant"` : ''}>
<span><strong>${label}</strong>${note === '' ? '' : html`<br><span class="quiet">${note}</span>`}</span>
</label>`

const lostRace = ({ seen, last }: NonNullable<ActPage['lost']>, now: Shown): Html => html`<div class="problem" role="alert">
<p><strong>Something changed while you were reading. Nothing was done; please look again.</strong></p>
<dl class="facts"><div><dt>You saw</dt><dd>${shownWords(seen)}</dd></div>
<div><dt>It is now</dt><dd>${shownWords(now)}</dd></div>${
  last === null ? '' : html`<div><dt>Meanwhile</dt><dd>${last.actor}: ${last.action}, <time datetime="${last.at}">${last.at.slice(11, 19)} UTC</time>. ${last.reason}</dd></div>`
}</dl>
</div>`

const problemOf = ({ text, field }: NonNullable<ActPage['problem']>): Html => html`<div class="problem" role="alert">
<p><strong>Not done.</strong> ${field === null ? text : html`<a href="#act-${field}">${text}</a>`}</p>
</div>`

/**
 * Asks once more before something is done: what it does, in words, to whom and how fast; a reason is demanded, and
 * nothing is chosen beforehand. A form like any other, so it works without script.
 */
export const act = ({ standing, action, consequences, kept, problem, lost }: ActPage): Html => {
  const { experiment, report } = standing
  const { title, button, drastic, lines, choices, question } = consequences
  const shown = shownOf(standing)
  const wrong = (field: string): Html | string => (problem?.field === field ? html` aria-invalid="true"` : '')
  return html`<div class="confirm" data-dialog>
<h1 id="act-title">${title}?</h1>
<p class="quiet"><a href="/experiments/${experiment.key}">${experiment.key}</a> on ${experiment.model}: ${experiment.state.replace('_', ' ')}, epoch ${experiment.epoch}${
  report === null ? '' : html`, ${count(report.units)} ${unitsWord(experiment, report.units)}`
}</p>
${lost ? lostRace(lost, shown) : ''}${problem ? problemOf(problem) : ''}
<dl class="facts card">${lines.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>
<form method="post" action="/experiments/${experiment.key}/act/${action}" class="stacked">
${hidden(shown)}
${choices.length === 0 ? '' : html`<fieldset class="choices"${wrong('variant')}><legend>${question}</legend>${choices.map((one, index) => choice(one, index, kept))}</fieldset>`}
<div class="field"><label for="act-reason">Why? Everybody who reads the ledger sees it.</label>
<textarea id="act-reason" name="reason" rows="3" maxlength="2000" required${wrong('reason')}>${kept.reason}</textarea></div>
<div class="actions"><button class="${drastic ? 'danger' : 'strong'}">${button}</button> <a class="button" href="/experiments/${experiment.key}" data-cancel>Leave it as it is</a></div>
</form>
</div>`
}

/** Where an action makes no sense: why, and the way back. */
export const cannotAct = (standing: Standing, why: string): Html => html`
<h1>This cannot be done now</h1>
<p>${why}</p>
<p><a href="/experiments/${standing.experiment.key}">Back to ${standing.experiment.key}</a></p>`

import { html } from 'hono/html'
import type { Html, Reader } from '../layout.ts'
import { time } from '../parts/time.ts'
import type { AlertLine, ModelPage } from '../view/model.ts'

const line = ({ text, since, sinceText, over, seen }: AlertLine): Html => html`<li>${text} <span class="quiet">Since ${time(since, sinceText)}${
  over === null ? '' : html`, over since ${time(over.at, over.text)}`}.${seen === null ? '' : ` ${seen}`}</span></li>`

/** What the watch of a model's champion alarms, on its page. */
export const alertsSection = ({ key, alerts }: ModelPage, reader: Reader): Html | string => {
  if (alerts.length === 0) return ''
  const waiting = alerts.filter(({ seen }) => seen === null)
  return html`<h2 id="alerts">Not as it should be</h2>
<ul>${alerts.map(line)}</ul>
${waiting.length === 0 ? '' : reader.operates ? html`<p class="actions"><a class="button" href="/models/${key}/acknowledge">Acknowledge…</a></p>`
  : html`<p>A key that may <code>operate</code> acknowledges what was seen.</p>`}
<p class="quiet small">Days against their limits, everything else against the first days of the same version. What is acknowledged is not told again until it is over.</p>`
}

export type AcknowledgePage = { page: ModelPage; reason: string; problem?: string; changed?: boolean }

/** Asks once more before alerts of a watch are acknowledged. */
export const acknowledge = ({ page: { key, alerts }, reason, problem, changed = false }: AcknowledgePage): Html => {
  const waiting = alerts.filter(({ seen }) => seen === null)
  return html`<div class="confirm" data-dialog>
<h1 id="act-title">Acknowledge what ${key} alarms?</h1>
${changed ? html`<div class="problem" role="alert"><p><strong>Something changed while you were reading. Nothing was done; please look again.</strong></p></div>` : ''}
${problem === undefined ? '' : html`<div class="problem" role="alert"><p><strong>Not done.</strong> <a href="#act-reason">${problem}</a></p></div>`}
<ul>${waiting.map(line)}</ul>
<dl class="facts card"><div><dt>What it does</dt><dd>it needs nobody any more, and is not told again until it is over or another version serves. Of values that have moved, the ones to come are the reference</dd></div>
<div><dt>What is not done</dt><dd>traffic stays as it is, and what the watch does about broken limits as well</dd></div></dl>
<form method="post" action="/models/${key}/acknowledge" class="stacked">
${waiting.map(({ name }) => html`<input type="hidden" name="seen" value="${name}">`)}
<div class="field"><label for="act-reason">Why? Everybody who reads the ledger sees it.</label>
<textarea id="act-reason" name="reason" rows="3" maxlength="2000" required${problem === undefined ? '' : html` aria-invalid="true"`}>${reason}</textarea></div>
<div class="actions"><button>Acknowledge</button> <a class="button" href="/models/${key}" data-cancel>Leave it as it is</a></div>
</form></div>`
}

/** Where nothing waits for anybody. */
export const nothingToAcknowledge = (key: string): Html => html`
<h1>Nothing waits for you</h1>
<p>The watch of ${key} alarms nothing that nobody has seen.</p>
<p><a href="/models/${key}">Back to ${key}</a></p>`

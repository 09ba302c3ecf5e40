import { html } from 'hono/html'
import type { Html } from '../layout.ts'
import { time } from '../parts/time.ts'
import type { ModelPage } from '../view/model.ts'

/** What somebody saw who asked: the champion then, and where going back would have led. */
export type SeenChampion = { champion: string; to: string }

export type GoBackPage = { page: ModelPage; reason: string; problem?: string; lost?: SeenChampion }

type Going = { champion: NonNullable<ModelPage['champion']>; to: string; served: string | null; seen: number; page: ModelPage }

const underWay = new Set(['running', 'paused', 'baking'])

const lines = ({ champion, to, served, page }: Going): { label: string; text: Html | string }[] => {
  const busy = page.experiments.filter(({ state }) => underWay.has(state))
  const baking = busy.find(({ state }) => state === 'baking')
  return [
    { label: 'Serves now', text: html`version ${champion.version}, ${champion.how}, for ${time(champion.since, champion.age)}. Why: ${champion.why}` },
    { label: 'Then serves', text: `version ${to}${served === null ? '' : `, ${served}`}, exactly as it was registered` },
    {
      label: 'Who is affected',
      text: busy.length === 0 ? 'everybody: no experiment is under way on this model'
        : `everybody whom no experiment sends elsewhere. Units in ${busy.map(({ key }) => key).join(', ')} keep their variants`,
    },
    ...(baking === undefined ? [] : [{ label: 'Bake', text: `${baking.key} is still baking what it promoted: that ends` }]),
    { label: 'How fast', text: 'on every node within five seconds' },
    { label: 'What is kept', text: 'everything that was learned; answers that were served stay served; the history shows both' },
    { label: 'What is not done', text: `version ${champion.version} is not locked: it can be made champion again` },
  ]
}

const lostRace = ({ champion, to }: SeenChampion, { champion: now, to: target }: Going): Html => html`<div class="problem" role="alert">
<p><strong>Something changed while you were reading. Nothing was done; please look again.</strong></p>
<dl class="facts"><div><dt>You saw</dt><dd>version ${champion} as champion, to go back to version ${to}</dd></div>
<div><dt>It is now</dt><dd>version ${now.version} as champion, to go back to version ${target}; ${now.how}, by ${now.by}: ${now.why}</dd></div></dl></div>`

/** Asks once more before a model goes back to an earlier champion; null where there is none. */
export const goBack = ({ page, reason, problem, lost }: GoBackPage): { title: string; content: Html } | null => {
  const { champion, target, key } = page
  if (champion === null || 'nowhere' in target) return null
  const going: Going = { champion, to: target.version, served: target.served, seen: target.seen, page }
  const title = `Go back to version ${target.version} of ${key}?`
  return { title, content: html`<div class="confirm" data-dialog>
<h1 id="act-title">${title}</h1>
${lost === undefined ? '' : lostRace(lost, going)}
${problem === undefined ? '' : html`<div class="problem" role="alert"><p><strong>Not done.</strong> <a href="#act-reason">${problem}</a></p></div>`}
<dl class="facts card">${lines(going).map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>
<form method="post" action="/models/${key}/rollback" class="stacked">
<input type="hidden" name="seen" value="${target.seen}"><input type="hidden" name="champion" value="${champion.version}"><input type="hidden" name="to" value="${target.version}">
<div class="field"><label for="act-reason">Why? Everybody who reads the history sees it.</label>
<textarea id="act-reason" name="reason" rows="3" maxlength="2000" required${problem === undefined ? '' : html` aria-invalid="true"`}>${reason}</textarea></div>
<div class="actions"><button class="danger">Go back to version ${target.version}</button> <a class="button" href="/models/${key}" data-cancel>Leave it as it is</a></div>
</form></div>` }
}

/** Where there is nothing to go back to: why, and the way back. */
export const cannotGoBack = ({ key, target }: ModelPage): Html => html`
<h1>There is nothing to go back to</h1>
<p>${'nowhere' in target ? target.nowhere : ''}</p>
<p><a href="/models/${key}">Back to ${key}</a></p>`

import { html } from 'hono/html'
import type { PowerPlan } from '../../core/power/plan.ts'
import type { SimulationView } from '../../core/tell/views.ts'
import { count, decimal, percent } from '../../core/describe/wording.ts'
import type { Simulated } from '../../core/simulate/request.ts'
import type { Html } from '../layout.ts'

/** What planning says beside a form. `asked`: nothing yet, an answer, or why there is none. */
export type Planned = {
  plan: PowerPlan | null
  /** Is the metric that decides a share of units? */
  share: boolean
  maxDays: number
  unit: string
  same: SimulationView | null
  hoped: SimulationView | null
  /** What has to be told first. */
  open: string | null
}

const days = (value: number): string => (value < 1 ? 'less than a day' : value < 10 ? `${decimal(value, 1).replace(/\.0$/, '')} days` : `${count(value)} days`)

const rate = ({ estimate, error }: Simulated): string => `${decimal(estimate * 100, 1)} % (±${decimal(error * 100, 1)})`

const facts = (rows: readonly (readonly [string, string])[]): Html =>
  html`<dl class="facts">${rows.map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`

const effectText = (effect: number, share: boolean): string => (share ? `${decimal(Math.abs(effect) * 100, 2)} of 100` : decimal(Math.abs(effect), 4).replace(/\.?0+$/, ''))

const power = ({ plan, share, maxDays, unit }: Planned): Html | string => {
  if (plan === null) return ''
  const { sample, detectable } = plan
  const takes = sample?.duration
  const late = takes !== undefined && takes !== null && takes.days > maxDays
  return html`${takes ? html`<p class="${late ? 'problem' : 'note'}">${late
    ? html`<strong>This traffic does not suffice</strong>: to find that gain takes up to ${days(takes.days)}, and it ends after ${days(maxDays)}.`
    : html`<strong>It takes about ${days(takes.mean.days)}</strong>, and ${days(takes.days)} at most, to find that gain four times out of five.`}</p>` : ''}
${facts([
    ...(sample ? [[`${unit}s needed`, `${count(sample.units)} at most, ${count(sample.mean.withEffect)} on average`] as const] : []),
    ...(detectable?.effect ? [[`Found in ${days(maxDays)}`, `a gain of ${effectText(detectable.effect.absolute, share)} or more`] as const] : []),
    ...(detectable && detectable.chance !== null ? [['Chance to find yours', percent(Math.round(detectable.chance * 1_000) / 1_000)] as const] : []),
  ])}
<details><summary>What this rests on</summary><ul>${plan.assumptions.map((one) => html`<li>${one}</li>`)}</ul></details>`
}

const simulated = ({ same, hoped }: Planned): Html | string => {
  if (same === null || hoped === null) return ''
  const ids = html`<input type="hidden" name="plan.simulations" value="${same.id} ${hoped.id}">`
  const failed = [same, hoped].find(({ error }) => error !== null)
  if (failed) return html`${ids}<p class="problem">The simulation failed: ${failed.error}</p>`
  if (same.result === null || hoped.result === null) {
    const [done, total] = [same.progress.done + hoped.progress.done, same.progress.total + hoped.progress.total]
    return html`${ids}<p class="note">Simulating: ${count(done)} of ${count(total)} runs. <button name="do" value="work" class="plain">Look again</button></p>`
  }
  const [nothing, effect] = [same.result, hoped.result]
  const promoted = Object.entries(effect.rates.promoted).map(([key, share]) => [`${key} promoted`, rate(share)] as const)
  return html`${ids}<h3>In ${count(nothing.runs)} simulated runs each</h3>
<p class="quiet">If nothing differed:</p>
${facts([['Wrongly promoted', rate(nothing.rates.wrongPromotion)], ['Wrongly stopped', rate(nothing.rates.wrongKill)]])}
<p class="quiet">If the first candidate were better by the gain you told:</p>
${facts([...promoted, ['Without a result', rate(effect.rates.inconclusive)], ['It ends after', `${days(effect.daysToDecision.median)} in half of the runs`]])}
${nothing.notes?.map((note) => html`<p class="quiet small">${note}</p>`) ?? ''}`
}

/** What a form's experiment would take and find, and what its rules would do. */
export const planned = (told: Planned): Html =>
  html`${told.open === null ? '' : html`<p class="quiet">${told.open}</p>`}${power(told)}${simulated(told)}`

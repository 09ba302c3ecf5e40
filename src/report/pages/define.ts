import { html } from 'hono/html'
import type { MetricDefinition } from '../../core/define/definitions.ts'
import type { ModelView } from '../../core/tell/views.ts'
import { rowsIn } from '../form/fields.ts'
import type { Html } from '../layout.ts'
import { area, box, type Draft, idOf, input, moment, select, summary } from './form-fields.ts'

export type DefinePage = Draft & {
  /** The draft that is changed, as it was when the form was made; null for a new one. */
  editing: { key: string; revision: number } | null
  models: readonly ModelView[]
  /** Versions of the chosen model; empty while none is chosen. */
  versions: readonly string[]
  metrics: readonly MetricDefinition[]
  /** How many rows more than are filled in. */
  room: { variants: number; metrics: number }
  /** What planning and simulating said; see `planned`. */
  beside: Html
  /** What the API would be sent. */
  json: string
  /** What went wrong as a whole. */
  problem?: string
}

const numbers = (length: number): number[] => Array.from({ length }, (_, index) => index)

const variantRow = (draft: DefinePage, index: number): Html => {
  const at = `variants[${index}]`
  const control = (draft.fields['control'] ?? '0') === String(index)
  return html`<fieldset class="row"><legend>Variant ${index + 1}</legend><div class="cells">
${input(draft, `${at}.key`, { label: 'Name', example: index === 0 ? 'gemma' : '' })}
${input(draft, `${at}.version`, { label: 'Version', list: 'versions' })}
${input(draft, `${at}.weight`, { label: 'Share', numeric: true, example: 'equal' })}
<label class="choice box"><input type="radio" name="control" value="${index}" id="${idOf(`control-${index}`)}"${control ? ' checked' : ''}><span>Control</span></label>
${box(draft, `${at}.warm`, 'Needs warming')}
</div>${draft.fields[`${at}.payload`] === undefined && !draft.problems.has(`${at}.payload`) ? '' : area(draft, `${at}.payload`, { label: 'Payload of its own, JSON', code: true })}</fieldset>`
}

const roles = [['decision', 'decides'], ['guardrail', 'must not worsen'], ['signal', 'can only hold'], ['diagnostic', 'is only shown']] as const
const harms = [['margin', 'in its own units'], ['relativeMargin', 'relative to the control'], ['limit', 'an absolute limit']] as const

const metricRow = (draft: DefinePage, index: number): Html => {
  const at = `metrics[${index}]`
  const { metrics, fields, problems } = draft
  const chosen = metrics.find(({ key }) => key === fields[`${at}.metric`])
  const more = fields[`${at}.more`] !== undefined || problems.has(`${at}.more`)
  return html`<fieldset class="row broad"><legend>Metric ${index + 1}${chosen === undefined ? '' : html` <span class="quiet">${chosen.kind}, better when it ${chosen.direction === 'increase' ? 'rises' : 'falls'}</span>`}</legend><div class="cells">
${select(draft, `${at}.metric`, { label: 'Metric' }, [['', '–'], ...metrics.map(({ key }) => [key, key] as const)])}
${select(draft, `${at}.role`, { label: 'Role' }, roles, index === 0 ? 'decision' : 'guardrail')}
${input(draft, `${at}.smallestEffect`, { label: 'Smallest gain that matters', numeric: true, example: '0.01 is 1 of 100' })}
${input(draft, `${at}.harm`, { label: 'Tolerated harm', numeric: true, example: index === 0 ? '' : '0.02 is 2 of 100' })}
${select(draft, `${at}.harmIn`, { label: 'Harm is measured' }, harms)}
${input(draft, `${at}.baseline`, { label: 'It is now about', numeric: true, example: 'for planning' })}
${input(draft, `${at}.spread`, { label: 'Standard deviation', numeric: true, example: 'if not yes or no' })}
</div>${more ? area(draft, `${at}.more`, { label: 'Further fields, JSON', code: true }) : ''}</fieldset>`
}

const traffic = (draft: DefinePage): Html => html`<fieldset><legend>Traffic</legend><div class="cells">
${select(draft, 'stages[0].allocation', { label: 'It is split' }, [['fixed', 'in fixed shares'], ['bandit', 'by a bandit, towards what is better'],
  ['steps', 'step by step: a canary'], ['switch', 'all at once, then a bake: blue/green'], ['shadow', 'not at all: others answer in the shadow']])}
${input(draft, 'stages[0].coverage', { label: 'Part of all that takes part', numeric: true, hint: '1 is everybody, 0.1 is 10 of 100' })}
${input(draft, 'unit', { label: 'One unit is a', example: 'user' })}
${input(draft, 'window', { label: 'Outcomes count for', example: '1 day', hint: '0 days: without a deadline' })}
${moment(draft, 'startAt', { label: 'It starts by itself (UTC)', hint: 'empty: when somebody starts it', wide: true })}
</div>
<details${draft.fields['stages[0].allocation'] === 'bandit' ? ' open' : ''}><summary>Of a bandit</summary><div class="cells">
${select(draft, 'stages[0].algorithm', { label: 'Algorithm' }, [['thompson', 'least loss (thompson)'], ['top-two', 'find the best (top-two)'], ['uniform', 'uniform'], ['contextual', 'contextual']])}
${input(draft, 'stages[0].floor', { label: 'Least share', numeric: true, example: '0.02' })}
${input(draft, 'stages[0].cap', { label: 'Largest share', numeric: true, example: '1' })}
${input(draft, 'stages[0].minOutcomes', { label: 'Outcomes before it moves', numeric: true, example: '100' })}
</div></details></fieldset>`

const policy = (draft: DefinePage): Html => html`<fieldset><legend>Rules</legend><div class="cells">
${select(draft, 'policy.mode', { label: 'It acts' }, [['auto', 'by itself'], ['recommend', 'when a person agrees'], ['observe', 'never, it only tells']])}
${select(draft, 'policy.goal', { label: 'To win, a variant is' }, [['superior', 'better'], ['non-inferior', 'not worse than the margin']])}
${input(draft, 'policy.minUnits', { label: 'Least units of each', numeric: true })}
${input(draft, 'policy.minDuration', { label: 'Not before', example: '24 hours' })}
${input(draft, 'policy.maxDuration', { label: 'It ends after', example: '14 days' })}
${select(draft, 'policy.onHarm', { label: 'When all do harm' }, [['rollback', 'roll back'], ['kill', 'kill'], ['roll-through', 'give way to the next']])}
</div>
<div class="actions">${box(draft, 'policy.autoPromote', 'Promote what is better')} ${box(draft, 'policy.autoKill', 'Stop what does harm')} ${box(draft, 'unguarded', 'Without a guardrail')}</div>
<details${['policy.method', 'policy.alpha', 'policy.onPause', 'policy.plannedUnits', 'policy.bake.units', 'policy.bake.keep'].some((name) => draft.problems.has(name)) ? ' open' : ''}><summary>Statistics, and what comes after a promotion</summary><div class="cells">
${select(draft, 'policy.method', { label: 'Method' }, [['sequential', 'sequential: look whenever you like'], ['exact', 'exact: for yes and no'], ['group-sequential', 'group-sequential: planned looks'], ['fixed', 'fixed: one look at the end'], ['bayesian', 'bayesian']])}
${input(draft, 'policy.alpha', { label: 'Chance of a wrong promotion (alpha)', numeric: true })}
${input(draft, 'policy.plannedUnits', { label: 'Planned units', numeric: true })}
${select(draft, 'policy.onPause', { label: 'While paused' }, [['keep', 'everyone keeps what they get'], ['control', 'everyone gets the control']])}
${input(draft, 'policy.bake.units', { label: 'Units of a bake', numeric: true, example: 'no bake' })}
${input(draft, 'policy.bake.keep', { label: 'Share the control keeps', numeric: true, example: '0.05' })}
</div></details></fieldset>`

const advanced = (draft: DefinePage): Html => {
  const names = ['stages[0].more', 'policy.more', 'stages.more', 'more'] as const
  const open = names.some((name) => draft.problems.has(name))
  const used = names.some((name) => (draft.fields[name] ?? '') !== '')
  return html`<details class="advanced"${open ? ' open' : ''}><summary>Everything else that the API knows, as JSON${used ? ' (in use)' : ''}</summary>
${area(draft, 'more', { label: 'Of the experiment', hint: 'layer, audience, segments, overrides, fallbacks, requires, signals, maxRps, reportBy, epochLength, stickiness', code: true, rows: 3 })}
${area(draft, 'stages[0].more', { label: 'Of the traffic', hint: 'of steps: {"steps": [{"coverage": 0.1, "hold": "PT6H"}, …]}; of a bandit: interval, halfLife, priors, context', code: true })}
${area(draft, 'policy.more', { label: 'Of the rules', hint: 'looks, spending, freeze, next, plannedDuration', code: true })}
${area(draft, 'stages.more', { label: 'Further stages, a list', code: true })}
</details>`
}

const curl = (page: DefinePage): string => {
  const [method, path] = page.editing ? ['PUT', `/api/experiments/${page.editing.key}`] : ['POST', '/api/experiments']
  return `curl -X ${method} "$CONTENDER${path}" \\\n  -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\\n  -d '${page.json.replaceAll("'", "'\\''")}'`
}

/** A form for an experiment: what it is on the left, what it would cost and find on the right. All of it works without script. */
export const define = (page: DefinePage): Html => {
  const { editing, fields, models, versions, room, problem } = page
  const [variants, metrics] = [Math.max(2, rowsIn(fields, 'variants') + room.variants), Math.max(2, rowsIn(fields, 'metrics') + room.metrics)]
  const form = html`<form method="post" action="${editing ? `/experiments/${editing.key}/edit` : '/experiments/new'}" class="define" novalidate>
<button name="do" value="work" hidden>Work it out</button>${editing ? html`<input type="hidden" name="revision" value="${editing.revision}">` : ''}
<div class="defined">
<fieldset><legend>The question</legend><div class="cells">
${input(page, 'key', { label: 'Key, as in addresses', example: 'assistant-7b', readonly: editing !== null })}
${select(page, 'model', { label: 'Model' }, [['', '–'], ...models.map(({ key }) => [key, key] as const)])}
${area(page, 'hypothesis', { label: 'What do you expect, and why?', wide: true })}
</div></fieldset>
<datalist id="versions">${versions.map((version) => html`<option value="${version}"></option>`)}</datalist>
<section><h2>Variants</h2>${numbers(variants).map((index) => variantRow(page, index))}<button name="do" value="add-variant">Add another variant</button></section>
<section><h2>Metrics</h2>${numbers(metrics).map((index) => metricRow(page, index))}<button name="do" value="add-metric">Add another metric</button></section>
${traffic(page)}${policy(page)}${advanced(page)}
</div>
<aside class="beside"><div class="card"><h2>What it takes</h2>
${input(page, 'plan.unitsPerDay', { label: `New ${fields['unit']?.trim() || 'unit'}s a day`, numeric: true })}
${page.beside}
<div class="actions"><button name="do" value="work">Work it out</button> <button name="do" value="simulate">Simulate it</button></div></div>
<div class="actions"><button name="do" value="create" class="strong">${editing ? 'Keep these changes' : 'Create draft'}</button></div>
<p class="quiet small">A draft serves nobody until it is started.</p>
<details><summary>The same for the API</summary><pre>${curl(page)}</pre></details></aside>
</form>`
  return html`<h1>${editing ? `Edit ${editing.key}` : 'New experiment'}</h1>
${problem === undefined ? '' : html`<div class="problem" role="alert"><p>${problem}</p></div>`}
${summary(page, 'This is not complete yet:')}
${models.length === 0 || page.metrics.length === 0 ? html`<p class="note">An experiment needs a model with two versions and a metric: ${
  models.length === 0 ? html`<a href="/models/new">define a model</a>` : 'the model is there'}, ${page.metrics.length === 0 ? html`<a href="/metrics/new">define a metric</a>` : 'the metric is there'}.</p>` : ''}
${form}`
}

import { html } from 'hono/html'
import { metricOf, modelOf, versionOf, versionRows } from '../form/things.ts'
import type { Html } from '../layout.ts'
import { area, type Draft, input, select, summary } from './form-fields.ts'

const curl = (path: string, body: unknown): string =>
  `curl "$CONTENDER${path}" \\\n  -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body, null, 1).replaceAll("'", "'\\''")}'`

type Parts = { title: string; path: string; fields: Html; button: string; note: string; commands: string[] }

const form = (draft: Draft, { title, path, fields, button, note, commands }: Parts): Html => html`<h1>${title}</h1>
${summary(draft, 'This is not complete yet:')}
<form method="post" action="${path}" class="define" novalidate>
<div class="defined">${fields}</div>
<aside class="beside"><div class="actions"><button name="do" value="create" class="strong">${button}</button> <button name="do" value="show">Show it for the API</button></div>
<p class="quiet small">${note}</p>
<details open><summary>The same for the API</summary>${commands.map((command) => html`<pre data-copy tabindex="0" aria-label="Command for the API">${command}</pre>`)}</details></aside>
</form>`

const versionRow = (draft: Draft, index: number): Html => {
  const at = `versions[${index}]`
  return html`<fieldset class="row broad"><legend>Version ${index + 1}</legend><div class="cells">
${input(draft, `${at}.version`, { label: 'Version', example: String(index + 1) })}
${input(draft, `${at}.owner`, { label: 'Owner' })}
${area(draft, `${at}.payload`, { label: 'What /assign answers with, JSON', code: true, wide: true, hint: 'an endpoint, a model name, parameters: whatever your application needs' })}
</div></fieldset>`
}

/** A form for a model and its first versions. */
export const newModel = (draft: Draft): Html => {
  const { model, versions } = modelOf(draft.fields)
  return form(draft, {
    title: 'New model', path: '/models/new', button: 'Create model', note: 'A model is a place in your application where a version answers. It serves nobody until an experiment starts or a champion is named.',
    commands: [curl('/api/models', model), ...versions.map(({ body }) => curl(`/api/models/${String(model['key'] ?? '…')}/versions`, body))],
    fields: html`<fieldset><legend>The model</legend><div class="cells">
${input(draft, 'key', { label: 'Key, as in addresses', example: 'assistant' })}
${area(draft, 'description', { label: 'What it decides', wide: true })}
</div></fieldset>${Array.from({ length: versionRows }, (_, index) => versionRow(draft, index))}`,
  })
}

/** A form for a further version of a model that there is. */
export const newVersion = (draft: Draft, model: string): Html => form(draft, {
  title: `New version of ${model}`, path: `/models/${model}/versions/new`, button: 'Add version',
  note: 'It serves nobody until an experiment gives it traffic or it is made champion; from its first traffic on it stays as it is.',
  commands: [curl(`/api/models/${model}/versions`, versionOf(draft.fields).body)],
  fields: html`<fieldset class="row broad"><legend>The version</legend><div class="cells">
${input(draft, 'version', { label: 'Version', example: '2025-11-21' })}
${input(draft, 'owner', { label: 'Owner' })}
${area(draft, 'payload', { label: 'What /assign answers with, JSON', code: true, wide: true, rows: 4, hint: 'an endpoint, a model name, parameters: whatever your application needs' })}
</div></fieldset>
<fieldset class="row broad"><legend>Where it comes from</legend><div class="cells">
${input(draft, 'dataset', { label: 'Data it was trained on' })}
${input(draft, 'trainedAt', { label: 'Trained', example: '2025-11-20', hint: 'a day, or a moment in ISO 8601' })}
${input(draft, 'codeVersion', { label: 'Code version' })}
${input(draft, 'artifact', { label: 'Artifact', hint: 'its address' })}
${input(draft, 'digest', { label: 'Digest of the artifact' })}
${area(draft, 'evaluation', { label: 'Evaluation, a line each', wide: true, hint: 'as accuracy = 0.87' })}
</div></fieldset>`,
})

const kinds = [
  ['conversion', 'yes or no: of 100 users'], ['mean', 'an average over outcomes'], ['total', 'a sum for each user'], ['ratio', 'one measure over another'], ['quantile', 'a quantile, as p95 latency'],
] as const

/** A form for a metric. */
export const newMetric = (draft: Draft): Html => form(draft, {
  title: 'New metric', path: '/metrics/new', button: 'Create metric', note: 'A metric stays as it is once it is defined: experiments rely on it.',
  commands: [curl('/api/metrics', metricOf(draft.fields))],
  fields: html`<fieldset class="row broad"><legend>The metric</legend><div class="cells">
${input(draft, 'key', { label: 'Key', example: 'slow' })}
${input(draft, 'name', { label: 'What reports call it', example: 'slow replies', hint: 'as it follows a number' })}
${select(draft, 'kind', { label: 'It is' }, kinds, 'conversion')}
${input(draft, 'measure', { label: 'Measure it reads', example: 'latency_ms', hint: 'a name in /outcome' })}
${select(draft, 'direction', { label: 'It is better when it' }, [['increase', 'rises'], ['decrease', 'falls']], 'increase')}
${input(draft, 'denominator', { label: 'Over this measure', hint: 'of a ratio' })}
${input(draft, 'quantile', { label: 'Quantile', numeric: true, example: '0.95', hint: 'of a quantile' })}
</div></fieldset>
<fieldset class="row broad"><legend>How values count</legend><div class="cells">
${select(draft, 'side', { label: 'Count as yes what is' }, [['above', 'above'], ['below', 'below']], 'above')}
${input(draft, 'threshold', { label: 'this value', numeric: true, example: '800' })}
${input(draft, 'cap', { label: 'No more than', numeric: true })}
${input(draft, 'min', { label: 'Refuse below', numeric: true })}
${input(draft, 'max', { label: 'Refuse above', numeric: true })}
${select(draft, 'reports', { label: 'It is reported' }, [['', 'as usual for its kind'], ['every', 'by everybody'], ['event', 'when it happens']])}
</div></fieldset>`,
})

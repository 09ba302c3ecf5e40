import { html } from 'hono/html'
import type { Violation } from '../../errors.ts'
import type { Fields } from '../form/fields.ts'
import type { Html } from '../layout.ts'

/** What the parts of a form are drawn from; `problems` by the name of the field that they are about. */
export type Draft = { fields: Fields; problems: ReadonlyMap<string, string> }

/** Where a field is on the page. */
export const idOf = (name: string): string => `f-${name.replaceAll(/\W+/g, '-')}`

export const problemsOf = (violations: readonly Violation[], fieldOf: (path: string) => string): Map<string, string> => {
  const problems = new Map<string, string>()
  for (const { path, message } of violations) {
    const name = fieldOf(path)
    if (!problems.has(name)) problems.set(name, message)
  }
  return problems
}

type Shape = { label: string; hint?: string; wide?: boolean }

/** What joins a control to its hint and to what is wrong with it. */
const joined = ({ problems }: Draft, name: string, hint: string | undefined): Html => {
  const [wrong, id] = [problems.has(name), idOf(name)]
  const described = [...(wrong ? [`${id}-problem`] : []), ...(hint === undefined ? [] : [`${id}-hint`])].join(' ')
  return html`id="${id}" name="${name}"${wrong ? html` aria-invalid="true"` : ''}${described === '' ? '' : html` aria-describedby="${described}"`}`
}

const around = ({ problems }: Draft, name: string, { label, hint, wide }: Shape, control: Html): Html => {
  const wrong = problems.get(name)
  return html`<div class="field${wide ? ' wide' : ''}"><label for="${idOf(name)}">${label}</label>${control}${
    wrong === undefined ? '' : html`<p class="wrong" id="${idOf(name)}-problem">${wrong}</p>`
  }${hint === undefined ? '' : html`<p class="quiet small" id="${idOf(name)}-hint">${hint}</p>`}</div>`
}

export const input = (draft: Draft, name: string, shape: Shape & { list?: string; numeric?: boolean; readonly?: boolean; example?: string }): Html =>
  around(draft, name, shape, html`<input ${joined(draft, name, shape.hint)} value="${draft.fields[name] ?? ''}" autocomplete="off"${
    shape.list === undefined ? '' : html` list="${shape.list}"`}${shape.numeric ? html` inputmode="decimal"` : ''}${shape.readonly ? ' readonly' : ''}${
    shape.example === undefined ? '' : html` placeholder="${shape.example}"`}>`)

export const area = (draft: Draft, name: string, shape: Shape & { rows?: number; code?: boolean }): Html =>
  around(draft, name, shape, html`<textarea ${joined(draft, name, shape.hint)} rows="${shape.rows ?? 2}"${shape.code ? html` class="code" spellcheck="false"` : ''}>${draft.fields[name] ?? ''}</textarea>`)

/** A choice between values, each with its words; what is chosen but not among them stays there. */
export const select = (draft: Draft, name: string, shape: Shape, options: readonly (readonly [value: string, words: string])[], usual = ''): Html => {
  const chosen = draft.fields[name] ?? usual
  const all = chosen === '' || options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen] as const]
  return around(draft, name, shape, html`<select ${joined(draft, name, shape.hint)}>${all.map(
    ([value, words]) => html`<option value="${value}"${value === chosen ? ' selected' : ''}>${words}</option>`,
  )}</select>`)
}

export const box = ({ fields }: Draft, name: string, label: string): Html =>
  html`<label class="choice box"><input type="checkbox" id="${idOf(name)}" name="${name}" value="on"${fields[name] === 'on' ? ' checked' : ''}><span>${label}</span></label>`

/** What is wrong, all of it, with links to the fields. */
export const summary = ({ problems }: Draft, title: string): Html | string =>
  problems.size === 0 ? '' : html`<div class="problem" role="alert"><p><strong>${title}</strong></p><ul>${[...problems].map(
    ([name, message]) => html`<li><a href="#${idOf(name)}"><code>${name}</code></a> ${message}</li>`,
  )}</ul></div>`

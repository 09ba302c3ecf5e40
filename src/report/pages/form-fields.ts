import { html } from 'hono/html'
import type { Violation } from '../../errors.ts'
import type { Fields } from '../form/fields.ts'
import type { Html } from '../layout.ts'
import { upperFirst } from '../../core/describe/wording.ts'

/**
 * What the parts of a form are drawn from; `problems` by the name of the field that they are about. What the fields are
 * called is noted in `labels` as they are drawn.
 */
export type Draft = { fields: Fields; problems: ReadonlyMap<string, string>; labels: Map<string, string> }

/** Where a field is on the page. */
export const idOf = (name: string): string => `f-${name.replaceAll(/\W+/g, '-')}`

/** @param fieldOf the field that a path of the API is told beside */
export const draftOf = (fields: Fields, violations: readonly Violation[], fieldOf: (path: string) => string): Draft => {
  const problems = new Map<string, string>()
  for (const { path, message } of violations) {
    const name = fieldOf(path)
    if (!problems.has(name)) problems.set(name, message)
  }
  return { fields, problems, labels: new Map() }
}

type Shape = { label: string; hint?: string; wide?: boolean }

/** What joins a control to its hint and to what is wrong with it. */
const joined = ({ problems }: Draft, name: string, hint: string | undefined): Html => {
  const [wrong, id] = [problems.has(name), idOf(name)]
  const described = [...(wrong ? [`${id}-problem`] : []), ...(hint === undefined ? [] : [`${id}-hint`])].join(' ')
  return html`id="${id}" name="${name}"${wrong ? html` aria-invalid="true"` : ''}${described === '' ? '' : html` aria-describedby="${described}"`}`
}

const around = ({ problems, labels }: Draft, name: string, { label, hint, wide }: Shape, control: Html): Html => {
  const wrong = problems.get(name)
  labels.set(name, label)
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

/** A moment in UTC, `2026-12-01T08:00`, which browsers offer a calendar for. */
export const moment = (draft: Draft, name: string, shape: Shape): Html =>
  around(draft, name, shape, html`<input type="datetime-local" ${joined(draft, name, shape.hint)} value="${draft.fields[name] ?? ''}">`)

/** A choice between values, each with its words; what is chosen but not among them stays there. */
export const select = (draft: Draft, name: string, shape: Shape, options: readonly (readonly [value: string, words: string])[], usual = ''): Html => {
  const chosen = draft.fields[name] ?? usual
  const all = chosen === '' || options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen] as const]
  return around(draft, name, shape, html`<select ${joined(draft, name, shape.hint)}>${all.map(
    ([value, words]) => html`<option value="${value}"${value === chosen ? ' selected' : ''}>${words}</option>`,
  )}</select>`)
}

export const box = ({ fields, labels }: Draft, name: string, label: string): Html => {
  labels.set(name, label)
  return html`<label class="choice box"><input type="checkbox" id="${idOf(name)}" name="${name}" value="on"${fields[name] === 'on' ? ' checked' : ''}><span>${label}</span></label>`
}

/** "Variant 2: Version": what a field is called, with the row that it is in. */
const calledIn = (labels: ReadonlyMap<string, string>, name: string): string | undefined => {
  const label = labels.get(name)
  const [, list = '', index] = /^([a-z]+)s\[(\d+)\]/.exec(name) ?? []
  return label === undefined || index === undefined || list === 'stage' ? label
    : `${upperFirst(list)} ${Number(index) + 1}: ${label}`
}

/** What is wrong, all of it, with links to the fields; of a form that has been drawn. */
export const summary = ({ problems, labels }: Draft, title: string): Html | string =>
  problems.size === 0 ? '' : html`<div class="problem" role="alert"><p><strong>${title}</strong></p><ul>${[...problems].map(
    ([name, message]) => html`<li><a href="#${idOf(name)}">${calledIn(labels, name) ?? name}</a> <code>${name}</code>: ${message}</li>`,
  )}</ul></div>`

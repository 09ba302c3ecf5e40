import type { Violation } from '../../errors.ts'
import type { Fields } from './fields.ts'

// What the forms for models and metrics say, as the API takes it. What is not filled in is left out; what cannot be read
// stays as it is, for the schema to refuse.

const filled = (text: string | undefined): string | undefined => ((text ?? '').trim() === '' ? undefined : text!.trim())

const numberOf = (text: string | undefined): number | string | undefined => {
  const value = filled(text)
  return value === undefined || !Number.isFinite(Number(value)) ? value : Number(value)
}

const present = (value: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))

export type NewVersion = { at: string; body: Record<string, unknown> }
export type NewModel = { model: Record<string, unknown>; versions: NewVersion[]; violations: Violation[] }

/** Rows of the form for a model. */
export const versionRows = 2

/** A model and its first versions. */
export const modelOf = (fields: Fields): NewModel => {
  const violations: Violation[] = []
  const versions = Array.from({ length: versionRows }, (_, index) => `versions[${index}]`).flatMap((at): NewVersion[] => {
    const [version, text, owner] = ['version', 'payload', 'owner'].map((name) => filled(fields[`${at}.${name}`]))
    if (version === undefined && text === undefined && owner === undefined) return []
    let payload: unknown
    try {
      payload = text === undefined ? undefined : JSON.parse(text)
    } catch {
      violations.push({ path: `${at}.payload`, message: 'expected JSON, as {"endpoint": "https://…"}' })
    }
    return [{ at, body: present({ version, payload, owner }) }]
  })
  return { model: present({ key: filled(fields['key']), description: filled(fields['description']) }), versions, violations }
}

const lines = (text: string | undefined): string[] => (text ?? '').split('\n').map((line) => line.trim()).filter((line) => line !== '')

/** `name = 0.87` a line. */
const numbersOf = (text: string | undefined, violations: Violation[]): Record<string, number> | undefined => {
  const pairs = lines(text).map((line) => {
    const [, name = '', value = ''] = /^(.+?)\s*[=:]\s*(\S+)$/.exec(line) ?? []
    if (name === '' || !Number.isFinite(Number(value))) violations.push({ path: 'evaluation', message: `expected a name and a number, as "accuracy = 0.87", in "${line.slice(0, 80)}"` })
    return [name, Number(value)] as const
  })
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}

/** What a date without a time means: its first moment in UTC. */
const momentOf = (text: string | undefined): string | undefined => {
  const value = filled(text)
  return value !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value
}

/** A further version of a model. */
export const versionOf = (fields: Fields): { body: Record<string, unknown>; violations: Violation[] } => {
  const violations: Violation[] = []
  const text = (name: string): string | undefined => filled(fields[name])
  let payload: unknown
  try {
    payload = text('payload') === undefined ? undefined : JSON.parse(text('payload')!)
  } catch {
    violations.push({ path: 'payload', message: 'expected JSON, as {"endpoint": "https://…"}' })
  }
  return {
    violations,
    body: present({
      version: text('version'), payload, owner: text('owner'), dataset: text('dataset'), trainedAt: momentOf(fields['trainedAt']),
      evaluation: numbersOf(fields['evaluation'], violations), codeVersion: text('codeVersion'), artifact: text('artifact'), digest: text('digest'),
    }),
  }
}

/** A metric. */
export const metricOf = (fields: Fields): Record<string, unknown> => {
  const limit = numberOf(fields['threshold'])
  const text = (name: string): string | undefined => filled(fields[name])
  const number = (name: string): number | string | undefined => numberOf(fields[name])
  return present({
    key: text('key'), name: text('name'), kind: text('kind'), measure: text('measure'), direction: text('direction'), denominator: text('denominator'),
    quantile: number('quantile'), threshold: limit === undefined ? undefined : { [fields['side'] === 'below' ? 'below' : 'above']: limit },
    cap: number('cap'), min: number('min'), max: number('max'), reports: text('reports'),
  })
}

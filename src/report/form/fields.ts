import { durationMs } from '../../core/define/duration.ts'

/** What a form holds: text by name. Names are the paths of the API, `variants[0].key`; a box that is not ticked is absent. */
export type Fields = Record<string, string>

const rowOf = /^(variants|metrics)\[(\d+)\]\.(.+)$/
/** What says nothing of a row that is otherwise empty: choices that have a first entry. */
const silent = new Set(['role', 'harmIn'])

type Row = Record<string, string>

/** Rows of a list in the order in which they stand; `place` is the number in their names. */
const rowsOf = (fields: Fields, list: string): { place: string; row: Row }[] => {
  const rows = new Map<string, Row>()
  for (const [name, value] of Object.entries(fields)) {
    const match = rowOf.exec(name)
    if (match?.[1] === list) rows.set(match[2]!, { ...rows.get(match[2]!), [match[3]!]: value })
  }
  return [...rows].toSorted(([a], [b]) => Number(a) - Number(b)).map(([place, row]) => ({ place, row }))
}

const isBlank = (row: Row): boolean => Object.entries(row).every(([name, value]) => silent.has(name) || value.trim() === '')

/** Rows without what nobody filled in, numbered from 0, so that what the API says of `metrics[1]` is the second one shown. */
export const compact = (fields: Fields): Fields => {
  const kept: Fields = Object.fromEntries(Object.entries(fields).filter(([name]) => !rowOf.test(name)))
  for (const list of ['variants', 'metrics']) {
    const filled = rowsOf(fields, list).filter(({ row }) => !isBlank(row))
    filled.forEach(({ place, row }, index) => {
      for (const [name, value] of Object.entries(row)) kept[`${list}[${index}].${name}`] = value
      if (list === 'variants' && fields['control'] === place) kept['control'] = String(index)
    })
    if (list === 'variants' && !filled.some(({ place }) => place === fields['control'])) delete kept['control']
  }
  return kept
}

/** How many rows a list has. */
export const rowsIn = (fields: Fields, list: 'variants' | 'metrics'): number => rowsOf(fields, list).length

/** Fields of a form that was sent, compacted. */
export const readFields = (form: URLSearchParams): Fields => compact(Object.fromEntries([...form].filter(([name]) => name !== 'do')))

const unitMs: Record<string, number> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const isoUnit: Record<string, (n: string) => string> = {
  second: (n) => `PT${n}S`, minute: (n) => `PT${n}M`, hour: (n) => `PT${n}H`, day: (n) => `P${n}D`,
}
const shortUnits: Record<string, string> = { s: 'second', sec: 'second', min: 'minute', m: 'minute', h: 'hour', d: 'day' }

/** "14 days", "24 h" or an ISO 8601 duration, as ISO 8601; what is neither stays as it is, for the schema to refuse. */
export const toIso = (text: string): string => {
  const match = /^(\d+)\s*([a-z]+)$/i.exec(text.trim())
  if (!match) return text.trim()
  const word = match[2]!.toLowerCase()
  const unit = shortUnits[word] ?? word.replace(/s$/, '')
  return isoUnit[unit]?.(match[1]!) ?? text.trim()
}

/** An ISO 8601 duration as people say it, where it is a whole number of one unit and reads back the same. */
export const fromIso = (iso: string): string => {
  const ms = durationMs(iso)
  if (ms === null) return iso
  const found = ['day', 'hour', 'minute', 'second'].find((unit) => isoUnit[unit]!(String(ms / unitMs[unit]!)) === iso)
  if (found === undefined) return iso
  const number = ms / unitMs[found]!
  return `${number} ${found}${number === 1 ? '' : 's'}`
}

/** A moment as a browser's field has it, without its zone: what is told without one is UTC. What is none stays as it is, for the schema to refuse. */
export const toMoment = (text: string): string => {
  const at = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : NaN
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}

/** An ISO 8601 moment as such a field has it: `2026-12-01T08:00`, in UTC. */
export const fromMoment = (iso: string): string => new Date(iso).toISOString().replace(/(:00)?\.000Z$/, '').replace(/Z$/, '')

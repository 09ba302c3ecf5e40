import type { VersionRecord } from '../../core/define/definitions.ts'

type Json = Exclude<VersionRecord['payload'], undefined>

/** One place where two JSON values differ; `before` or `after` is absent where the place is. */
export type JsonChange = { path: string; before?: Json; after?: Json }

const isPlain = (value: Json | undefined): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value)

const plainKey = /^[\w-]+$/

const inside = (path: string, key: string): string =>
  plainKey.test(key) ? (path === '' ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`

const member = (value: { [key: string]: Json }, key: string): Json | undefined => (Object.hasOwn(value, key) ? value[key] : undefined)

/** Walks both at once and stops as soon as it has found `most` changes. */
const walk = (before: Json | undefined, after: Json | undefined, path: string, found: JsonChange[], most: number): void => {
  if (found.length >= most) return
  if (isPlain(before) && isPlain(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      walk(member(before, key), member(after, key), inside(path, key), found, most)
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      walk(before[index], after[index], `${path}[${index}]`, found, most)
    }
  } else if (before !== after) {
    found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
  }
}

/**
 * Where two JSON values differ, in the order of the first, then of what only the second has.
 *
 * @param most how many are told; `more` says whether there are others
 */
export const jsonDiff = (before: Json | undefined, after: Json | undefined, most = 12): { changes: JsonChange[]; more: boolean } => {
  const found: JsonChange[] = []
  walk(before, after, '', found, most + 1)
  return { changes: found.slice(0, most), more: found.length > most }
}

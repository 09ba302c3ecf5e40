import type { Sql } from './client.ts'

/** Array types by the type of their elements, both as PostgreSQL's fixed numbers (pg_type.oid, typarray). */
const arrayTypes: Record<number, number> = {
  16: 1000, // bool
  20: 1016, // int8
  21: 1005, // int2
  23: 1007, // int4
  25: 1009, // text
  114: 199, // json
  700: 1021, // float4
  701: 1022, // float8
  1043: 1015, // varchar
  1082: 1182, // date
  1114: 1115, // timestamp
  1184: 1185, // timestamptz
  1700: 1231, // numeric
  2950: 2951, // uuid
  3802: 3807, // jsonb
}

/** The elements of an array literal as text: `{1,NULL,"a b"}` gives `['1', null, 'a b']`; nested ones nest. */
export type Elements = (string | null | Elements)[]

// an element is quoted, with backslashes before what they protect, or runs to the next separator
const token = /[{}]|"((?:[^"\\]|\\[^])*)"|[^{},"\s][^{},"]*/g

/** @param literal as PostgreSQL writes it; bounds before it (`[0:1]={…}`) are dropped */
export const parseArray = (literal: string): Elements => {
  const root: Elements = []
  const open: Elements[] = [root]
  for (const match of literal.slice(literal.indexOf('{')).matchAll(token)) {
    const [text, quoted] = match
    const here = open[open.length - 1] ?? root
    if (text === '{') {
      const inner: Elements = []
      here.push(inner)
      open.push(inner)
    } else if (text === '}') {
      open.pop()
    } else if (quoted === undefined) {
      here.push(text === 'NULL' ? null : text)
    } else {
      here.push(quoted.replace(/\\([^])/g, '$1'))
    }
  }
  const [whole] = root
  return Array.isArray(whole) ? whole : []
}

/** An array literal of a JavaScript array; a string is taken for a literal already. */
export const formatArray = (value: unknown, format: (element: unknown) => string): string => {
  if (!Array.isArray(value)) return String(value)
  const elements = value.map((element: unknown) => {
    if (element === null || element === undefined) return 'NULL'
    if (Array.isArray(element)) return formatArray(element, format)
    return `"${format(element).replace(/["\\]/g, '\\$&')}"`
  })
  return `{${elements.join(',')}}`
}

type Parser = (text: string) => unknown
type Internals = {
  parsers: Record<number, Parser | undefined>
  serializers: Record<number, Parser | ((value: unknown) => string)>
  shared: { typeArrayMap: Record<number, number> }
}

/**
 * Teach a client the array types. By itself postgres.js asks the server for them on every new connection:
 * a round trip, and if the connection is lost meanwhile a rejection that nobody can handle.
 */
export const knowArrays = (sql: Sql): Sql => {
  const { parsers, serializers, shared } = sql.options as unknown as Internals
  for (const [element, array] of Object.entries(arrayTypes)) {
    const type = Number(element)
    const parse = parsers[type] ?? String
    const parseAll = (elements: Elements): unknown[] =>
      elements.map((one) => (one === null ? null : Array.isArray(one) ? parseAll(one) : parse(one)))
    const format = (serializers[type] ?? String) as (value: unknown) => string
    parsers[array] = (text) => parseAll(parseArray(text))
    serializers[array] = (value: unknown) => formatArray(value, format)
    shared.typeArrayMap[type] = array
  }
  return sql
}

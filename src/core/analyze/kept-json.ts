/** A JSON value. Objects with a single key that begins with `$` stand for what JSON has no word for. */
export type Kept = null | boolean | number | string | Kept[] | { [key: string]: Kept }

const isPlain = (value: object): value is Record<string, unknown> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const plainNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0)

const numberOf = (value: number): Kept => (plainNumber(value) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) })

/**
 * A value as JSON that reads back to the very same value, whatever fields it has: bits of numbers (infinite, -0, NaN),
 * dates, maps, sets, undefined members, the order of keys. What has no data of its own to keep is refused.
 *
 * @throws {TypeError} for functions, symbols and instances of classes, naming where
 */
export const toKept = (value: unknown, path = '$'): Kept => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return numberOf(value)
  if (value === undefined) return { $undefined: true }
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (Array.isArray(value)) return Array.from(value, (one: unknown, index) => toKept(one, `${path}[${index}]`))
  if (value instanceof Date) return { $date: toKept(value.getTime()) }
  if (value instanceof Map) return { $map: [...value].map((pair: [unknown, unknown], index) => toKept(pair, `${path}.map[${index}]`)) }
  if (value instanceof Set) return { $set: [...value].map((one: unknown, index) => toKept(one, `${path}.set[${index}]`)) }
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError(`${path} cannot be kept: it is no plain data`)
  const members = Object.entries(value).map(([key, member]): [string, Kept] => [key, toKept(member, `${path}.${key}`)])
  return members.length === 1 && members[0]![0].startsWith('$') ? { $object: [members[0]![0], members[0]![1]] } : Object.fromEntries(members)
}

const readers: Record<string, (kept: Kept) => unknown> = {
  $number: (kept) => Number(kept),
  $undefined: () => undefined,
  $bigint: (kept) => BigInt(kept as string),
  $date: (kept) => new Date(fromKept(kept) as number),
  $map: (kept) => new Map(fromKept(kept) as [unknown, unknown][]),
  $set: (kept) => new Set(fromKept(kept) as unknown[]),
  $object: (kept) => {
    const [key, member] = kept as [string, Kept]
    return Object.fromEntries([[key, fromKept(member)]])
  },
}

/** What `toKept` was given. @throws {TypeError} for what it never wrote */
export const fromKept = (kept: Kept): unknown => {
  if (kept === null || typeof kept !== 'object') return kept
  if (Array.isArray(kept)) return kept.map(fromKept)
  const keys = Object.keys(kept)
  const [key] = keys
  if (keys.length !== 1 || !key!.startsWith('$')) return Object.fromEntries(keys.map((name) => [name, fromKept(kept[name]!)]))
  const read = Object.hasOwn(readers, key!) ? readers[key!] : undefined
  if (!read) throw new TypeError(`nothing is kept as ${key}`)
  return read(kept[key!]!)
}

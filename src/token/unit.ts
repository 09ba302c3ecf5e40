import { createMac } from './hmac.ts'

const HEX_DIGITS = 32
const LONGEST_CACHED = 256
const DAY_MS = 86_400_000

/** The keyed hash of a unit: 32 lower-case hex digits, the same over all experiments. */
export type UnitHasher = (unitType: string, unit: string) => string

/** The bytes of a text's UTF-8, each as a character. ASCII is its own. */
const utf8 = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'utf8').toString('latin1')

/**
 * The first 128 bits of HMAC-SHA-256(key, unitType + NUL + unit). Neither text may contain NUL.
 *
 * @param key 16 bytes or more; changing it makes every unit a stranger
 */
export const createUnitHasher = (key: Buffer): UnitHasher => {
  if (key.length < 16) throw new RangeError('the unit key must have at least 16 bytes')
  const mac = createMac(key)
  return (unitType, unit) => mac(utf8(`${unitType}\0${unit}`), 'hex').slice(0, HEX_DIGITS)
}

/**
 * The same hasher with a memory for returning units. Two generations: when the young one is full it becomes the
 * old one, and what was in that is forgotten unless it came back meanwhile.
 *
 * @param capacity units remembered at most; between half and all of it are
 */
export const cachedUnitHasher = (hash: UnitHasher, capacity = 50_000): UnitHasher => {
  const half = Math.max(1, Math.floor(capacity / 2))
  let young = new Map<string, string>()
  let old = new Map<string, string>()
  return (unitType, unit) => {
    if (unit.length > LONGEST_CACHED) return hash(unitType, unit)
    const name = `${unitType}\0${unit}`
    const recent = young.get(name)
    if (recent !== undefined) return recent
    const hashed = old.get(name) ?? hash(unitType, unit)
    if (young.size >= half) {
      old = young
      young = new Map()
    }
    young.set(name, hashed)
    return hashed
  }
}

/** The unit of a watch token: a new one each UTC day. Hash it like any other. */
export const watchUnit = (unit: string, day: number): string => `${unit}\0${day}`

/** Days since 1970-01-01, UTC: the epoch of a watch token. */
export const utcDay = (milliseconds: number): number => Math.floor(milliseconds / DAY_MS)

/** 32 hex digits as PostgreSQL writes a uuid. */
export const toUuid = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** A uuid as 32 hex digits. */
export const fromUuid = (uuid: string): string => uuid.replaceAll('-', '').toLowerCase()

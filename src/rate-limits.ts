import type { LimitedGroup, RateLimit, RateLimits } from './deps.ts'

/** Seconds in the units that people write. */
const seconds = { s: 1, m: 60, h: 3_600 } as const

/**
 * What one key, or one address where there is no key, may call by default: far more than people and their scripts
 * need, and nothing on the two calls that applications make. Handing in keys is slow, as guessing should be.
 */
export const defaultRateLimits: RateLimits = {
  assign: null,
  outcome: null,
  api: { perSecond: 200, burst: 2_000 },
  pages: { perSecond: 50, burst: 500 },
  session: { perSecond: 20 / seconds.m, burst: 20 },
}

const isGroup = (text: string): text is LimitedGroup => Object.hasOwn(defaultRateLimits, text)

/** `200/s:2000`: a count, a unit of time, and how many at once (else the count). Null for `off`, undefined for nonsense. */
const limitOf = (text: string): RateLimit | null | undefined => {
  if (text === 'off') return null
  const [, count, unit, burst] = /^(\d{1,7})\/([smh])(?::(\d{1,7}))?$/.exec(text) ?? []
  const limit = { perSecond: Number(count) / seconds[unit as keyof typeof seconds], burst: Number(burst ?? count) }
  return limit.perSecond > 0 && limit.burst >= 1 ? limit : undefined
}

/**
 * The limits that a text names, the defaults for the groups that it does not: `api=200/s:2000,session=20/m,assign=off`.
 *
 * @throws {RangeError} saying which part is no limit
 */
export const parseRateLimits = (text: string): RateLimits => {
  const limits = { ...defaultRateLimits }
  for (const part of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const [group = '', value = ''] = part.split('=', 2).map((one) => one.trim())
    const limit = limitOf(value)
    if (!isGroup(group)) throw new RangeError(`"${part}" names none of ${Object.keys(defaultRateLimits).join(', ')}`)
    if (limit === undefined) throw new RangeError(`"${part}" is no limit; write ${group}=200/s, ${group}=20/m:100 or ${group}=off`)
    limits[group] = limit
  }
  return limits
}

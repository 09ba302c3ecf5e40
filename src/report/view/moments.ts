import { dayText as dayOfYear } from '../charts/moments.ts'

/** A day of UTC for people, with its year unless that is this one: "12 Oct", "3 Nov 2025". */
export const dayText = (iso: string, now: number): string => {
  const at = Date.parse(iso)
  const year = new Date(at).getUTCFullYear()
  return `${dayOfYear(at)}${year === new Date(now).getUTCFullYear() ? '' : ` ${year}`}`
}

/** A moment of UTC for people: "12 Oct, 14:05". */
export const momentText = (iso: string, now: number): string => `${dayText(iso, now)}, ${iso.slice(11, 16)}`

/** From one day to another: "12 Oct–3 Nov", "12 Oct–today". @param to null: until now */
export const daysText = (from: string, to: string | null, now: number): string => {
  const [first, last] = [dayText(from, now), to === null ? 'today' : dayText(to, now)]
  return first === last ? first : `${first}–${last}`
}

const units: readonly [ms: number, noun: string][] = [[365 * 86_400_000, 'year'], [86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute']]

/** How long ago, in the largest unit that is whole: "3 days", "1 hour", "less than a minute". */
export const ageText = (iso: string, now: number): string => {
  const ms = now - Date.parse(iso)
  const found = units.find(([unit]) => ms >= unit)
  if (!found) return 'less than a minute'
  const number = Math.floor(ms / found[0])
  return `${number} ${found[1]}${number === 1 ? '' : 's'}`
}

import type { FreezeWindow } from './definitions.ts'

const minuteMs = 60_000
const dayMinutes = 1_440
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
type Weekly = Extract<FreezeWindow, { days: unknown }>

/** Clocks by time zone: making one costs far more than reading it. */
const clocks = new Map<string, Intl.DateTimeFormat>()

const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  clocks.set(timeZone, made)
  return made
}

/** Is this a time zone that the runtime knows? */
export const isTimeZone = (timeZone: string): boolean => {
  try {
    return clockOf(timeZone) !== undefined
  } catch {
    return false
  }
}

const localTime = (at: Date, timeZone: string): { day: number; minute: number } => {
  const parts = new Map(clockOf(timeZone).formatToParts(at).map(({ type, value }) => [type, value]))
  const day = weekdays.findIndex((name) => name === parts.get('weekday')?.toLowerCase())
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

/** Minutes since midnight of "HH:MM", 24:00 included. */
export const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** Minutes that a weekly window still lasts; null while it is not on. */
const minutesLeft = ({ days, from, to, timeZone }: Weekly, at: Date): number | null => {
  const { day, minute } = localTime(at, timeZone)
  const [start, end] = [minuteOf(from), minuteOf(to)]
  const on = (which: number): boolean => days.some((name) => name === weekdays[(which + 7) % 7])
  if (end > start) return on(day) && minute >= start && minute < end ? end - minute : null
  if (on(day) && minute >= start) return dayMinutes - minute + end
  return on(day - 1) && minute < end ? end - minute : null
}

/** When a window that is on at a moment ends, milliseconds since 1970; null while it is not. */
const endOf = (window: FreezeWindow, at: Date): number | null => {
  if (!('days' in window)) {
    const [from, to] = [Date.parse(window.from), Date.parse(window.to)]
    return at.getTime() >= from && at.getTime() < to ? to : null
  }
  const left = minutesLeft(window, at)
  return left === null ? null : Math.floor(at.getTime() / minuteMs) * minuteMs + left * minuteMs
}

/** Windows that follow one another are one; no more than so many. */
const mostInARow = 60

/**
 * The freeze that is on at a moment, and when it ends. Weekly windows follow the clocks of their time zone; where these
 * are set forward or back within one, its end is told an hour off until then.
 *
 * @returns null while nothing is frozen
 */
export const frozenAt = (windows: readonly FreezeWindow[], at: Date): { until: Date; reason: string | null } | null => {
  let until: Date | null = null
  let reason: string | null = null
  for (let step = 0; step < mostInARow; step++) {
    const moment: Date = until ?? at
    const ends: { end: number; window: FreezeWindow }[] = windows.flatMap((window) => {
      const end = endOf(window, moment)
      return end === null ? [] : [{ end, window }]
    })
    if (ends.length === 0) break
    reason ??= ends.find(({ window }) => window.reason !== undefined)?.window.reason ?? null
    until = new Date(Math.max(...ends.map(({ end }) => end)))
  }
  return until && { until, reason }
}

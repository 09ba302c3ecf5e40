import type { Interval } from '../analyze/report.ts'

/** Formats by their digits: making one costs fifty times what using one does. */
const formats = new Map<number, Intl.NumberFormat>()

const formatOf = (digits: number): Intl.NumberFormat => {
  const known = formats.get(digits)
  if (known) return known
  const made = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  formats.set(digits, made)
  return made
}

/** Whole numbers with thousands separated: 41,208. */
export const count = (value: number): string => formatOf(0).format(Math.round(value))

export const plural = (noun: string, number: number): string => (number === 1 ? noun : `${noun}s`)

/** With the sign before it where wanted; minus is U+2212, and nothing is ever −0. */
export const decimal = (value: number, digits: number, signed = false): string => {
  const text = formatOf(digits).format(Math.abs(value))
  if (!/[1-9]/.test(text)) return text
  if (value < 0) return `\u2212${text}`
  return signed ? `+${text}` : text
}

/**
 * An end of a range: with more digits where so few would hide on which side of 0 it lies, or that it is not 0. What is
 * closer to 0 than eight digits more tell is 0.
 */
export const bound = (value: number, digits: number, signed = false): string => {
  for (let more = digits; more < digits + 8; more++) {
    const text = decimal(value, more, signed)
    if (/[1-9]/.test(text)) return text
  }
  return decimal(0, digits)
}

/** A number that somebody declared: with up to four digits that matter, and none after them. */
export const plainly = (value: number): string => {
  const digits = Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1))))
  const text = decimal(value, digits)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** 0.1 as "10 %", with up to two digits after the point. */
export const percent = (value: number): string => `${decimal(value * 100, 2).replace(/\.?0+$/, '') || '0'} %`

/** Decimal places down to the second significant digit of this width (of an interval), 0 to 8. */
export const digitsFor = (width: number | null): number => {
  if (width === null || !(Math.abs(width) > 0) || !Number.isFinite(width)) return 2
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(width)))))
}

/** What numbers of a metric are read in: shares per 100, relative differences in percent, others as they are. */
export type Scale = { factor: number; points: string; words: string }

export const shareScale: Scale = { factor: 100, points: ' pp', words: ' per 100' }
export const relativeScale: Scale = { factor: 100, points: ' %', words: ' %' }
export const plainScale: Scale = { factor: 1, points: '', words: '' }

/** Digits for everything said about one interval. */
export const digitsOf = ({ estimate, lower, upper }: Interval, { factor }: Scale): number =>
  digitsFor(lower !== null && upper !== null ? (upper - lower) * factor : estimate === null ? null : estimate * factor)

/** A difference in points, signed: "+3.6 pp". Unbounded ends are said in words. */
export const points = (value: number | null, scale: Scale, digits: number): string =>
  value === null ? 'unknown' : `${decimal(value * scale.factor, digits, true)}${scale.points}`

/** The same of an end of a range, whose side of 0 is always told. */
export const endPoints = (value: number | null, scale: Scale, digits: number): string =>
  value === null ? 'unknown' : `${bound(value * scale.factor, digits, true)}${scale.points}`

/** "−0.5 to +3.1 pp"; an end that is unbounded is "…". */
export const range = ({ lower, upper }: Interval, scale: Scale, digits: number): string => {
  if (lower === null && upper === null) return 'unknown'
  const end = (value: number | null): string => (value === null ? '…' : bound(value * scale.factor, digits, true))
  return `${end(lower)} to ${end(upper)}${scale.points}`
}

/** "6 h", "2.5 days", "40 min": a duration for people, from milliseconds. */
export const span = (ms: number): string => {
  const [minutes, hours, days] = [ms / 60_000, ms / 3_600_000, ms / 86_400_000]
  const short = (value: number): string => decimal(Math.floor(value * 10) / 10, 1).replace(/\.0$/, '')
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`
  if (hours < 1) return `${short(minutes)} min`
  if (days < 2) return `${short(hours)} h`
  return `${short(days)} days`
}

/** A moment for people, to the minute: "2026-12-24 16:00 UTC". */
export const minuteText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** A sentence that continues another; words that begin with a digit stay as they are. */
export const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** As the beginning of a sentence; one of these names, of a variant or a metric, stays as it is written. */
export const upperFirst = (text: string, names: readonly (string | null)[] = []): string =>
  names.some((name) => name !== null && text.startsWith(`${name} `)) ? text : text.charAt(0).toUpperCase() + text.slice(1)

/** A phrase as a sentence. */
export const sentenceOf = (text: string, names: readonly (string | null)[] = []): string =>
  `${upperFirst(text, names)}${/[.!?]$/.test(text) ? '' : '.'}`

import { count, decimal } from '../../core/describe/wording.ts'
import { deedText, type Entry, movedText } from './decisions.ts'
import { bar, ordinalMark } from './lines.ts'

/** `Simulating 14 days of traffic, 4 versions …  day 6  ████████      41,208 users` */
export const demoProgress = ({ day, days, users, versions }: { day: number; days: number; users: number; versions: number }): string =>
  `  Simulating ${days} days of traffic, ${versions} versions …  day ${Math.floor(day)}  ${bar(day / days, 12)}  ${count(users)} users`

const who = ({ action, variant, status }: Entry): string => (status === 'applied' ? (variant ?? '') : `${action} ${variant ?? ''}`.trim())

const what = (entry: Entry): string => {
  if (entry.status !== 'applied') return 'held'
  return deedText({ ...entry, variant: null })
}

/** One entry of the ledger, when it came: the simulated day, its number on the page (null for moves of traffic), what was done to whom, and why. */
export const demoDecision = (entry: Entry, number: number | null, day: number, variants: readonly string[]): string => {
  const moved = entry.action === 'reallocate' ? movedText(entry, variants) : ''
  const why = moved === '' ? entry.reason.replace(/^Held back /, '') : moved
  return `  day ${decimal(day, 1).padStart(4)}  ${number === null ? '·' : ordinalMark(number)} ${what(entry).padEnd(13)} ${who(entry).padEnd(12)} ${why}`
}

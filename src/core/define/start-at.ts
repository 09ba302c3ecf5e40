import type { Violation } from '../../errors.ts'
import { minuteText } from '../describe/wording.ts'
import type { CreateExperiment } from './definitions.ts'

type Scheduled = Pick<CreateExperiment, 'startAt'>

/** Has the moment come at which it starts by itself? */
export const isDue = ({ startAt }: Scheduled, now: Date): boolean => startAt !== undefined && Date.parse(startAt) <= now.getTime()

/** The moment, to the minute: "2026-12-24 16:00 UTC". */
export const whenText = (startAt: string): string => minuteText(new Date(startAt))

/** The same moment, in whatever zone it is told. */
const isSame = (one: Scheduled, other: Scheduled): boolean =>
  one.startAt !== undefined && other.startAt !== undefined && Date.parse(one.startAt) === Date.parse(other.startAt)

/** Nothing starts in the past. What the draft said `before` may have passed while something was in its way. */
export const checkStartAt = (definition: Scheduled, now: Date, before: Scheduled = {}): Violation[] =>
  !isDue(definition, now) || isSame(definition, before) ? []
    : [{ path: 'startAt', message: `must be in the future; it is ${minuteText(now)} now. To start at once leave it out, and send the action start` }]

/** The latest entry of a draft's ledger, if there is one. */
type Latest = { action: string; status: string; reason: string } | null

/** What becomes of a draft without anybody's doing, in a sentence or two. */
export const draftWords = ({ startAt }: Scheduled, now: Date, latest: Latest): string => {
  if (startAt === undefined) return 'Nothing happens until somebody starts it.'
  if (!isDue({ startAt }, now)) return `It starts by itself on ${whenText(startAt)}.`
  if (latest?.action !== 'start' || latest.status !== 'held') return `It was to start on ${whenText(startAt)}, and does when the engine looks next.`
  return `${latest.reason} It starts by itself once nothing is in its way.`
}

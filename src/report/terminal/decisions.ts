import type { LedgerEntry } from '../../core/decide/ledger.ts'
import { verbOf } from '../../core/tell/notification.ts'
import { minuteText, percent } from '../../core/describe/wording.ts'
import { numbersOf } from '../series.ts'
import { ordinalMark, wrap } from './lines.ts'
import type { Look } from './report.ts'

export type Entry = LedgerEntry & { id: number }

const share = (weight: number): string => percent(Math.round(weight * 1_000) / 1_000)

/** Who now gets more or less than before, by name. */
export const movedText = ({ weightsBefore, weightsAfter }: Pick<Entry, 'weightsBefore' | 'weightsAfter'>, variants: readonly string[]): string =>
  weightsAfter
    .flatMap((after, arm) => {
      const before = weightsBefore[arm] ?? 0
      return share(before) === share(after) ? [] : [`${variants[arm] ?? `variant ${arm}`} ${share(before)} → ${share(after)}`]
    })
    .join(', ')

/** What was done, in the past tense, and to whom: `promoted qwen`, `held back: promote qwen`. */
export const deedText = (entry: Pick<Entry, 'action' | 'status' | 'experiment' | 'variant'>): string => {
  const who = entry.variant === null ? '' : ` ${entry.variant}`
  return entry.status === 'applied' ? `${verbOf(entry)}${who}` : `${verbOf(entry)}: ${entry.action}${who}`
}

/**
 * The ledger of an experiment, newest first: each entry by the number that it has on the page, held-back ones included,
 * with its reason, its rule, and where the traffic went. Moves of traffic have no number.
 *
 * @param variants keys of the experiment's variants, in their order
 * @param entries all of them, for their numbers
 * @param most how many are shown
 */
export const decisionsText = (entries: readonly Entry[], variants: readonly string[], most: number, { paint, width }: Look): string => {
  if (entries.length === 0) return 'Nothing was decided yet.'
  const numbers = numbersOf(entries)
  return entries
    .slice(0, most)
    .flatMap((entry) => {
      const { seq, at, actor, rule, reason, epochBefore, epochAfter, id } = entry
      const number = numbers.get(id)
      const mark = number === undefined ? '·' : ordinalMark(number)
      const deed = deedText(entry)
      const paintDeed = entry.status === 'applied' ? paint.bold : paint.quiet
      const moved = movedText(entry, variants)
      const epoch = epochBefore === epochAfter ? `epoch ${epochAfter}` : `epoch ${epochBefore} → ${epochAfter}`
      const facts = [`by ${actor}`, `rule ${rule}`, epoch, ...(moved === '' ? [] : [moved]), `entry ${seq}`, `contender replay ${id}`].join(' · ')
      return [
        `${mark}  ${paint.quiet(minuteText(new Date(at)))}  ${paintDeed(deed)}`,
        ...wrap(`   ${reason}`, width, 3),
        ...wrap(`   ${facts}`, width, 3).map(paint.quiet),
      ]
    })
    .join('\n')
}

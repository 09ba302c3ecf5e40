import type { Part, Seen } from './scenarios.ts'

/** What moves traffic or ends something; holds do neither. */
const acts: ReadonlySet<string> = new Set([
  'rollback', 'roll-through', 'kill', 'quarantine', 'fallback', 'promote', 'conclude', 'ramp', 'disable', 'emergency-stop', 'stop',
])

/** What a drill has seen in the ledger so far: the decision it waits for, or one that should not have been taken. */
export type Judgement = { detected: Seen | null; wrong: Seen | null }

/**
 * Judge the ledger of a rehearsed experiment. Pure.
 *
 * @param entries all of them, in any order
 * @param faultAt when the fault began; null before: then nothing may happen at all
 */
export const judge = (part: Pick<Part, 'expects'>, entries: readonly Seen[], faultAt: Date | null): Judgement => {
  const done = entries.filter(({ status, action }) => status === 'applied' && action !== 'start').toSorted((a, b) => a.id - b.id)
  const isExpected = (entry: Seen): boolean => faultAt !== null && Date.parse(entry.at) >= faultAt.getTime() && part.expects(entry)
  const detected = done.find(isExpected) ?? null
  // a breaker goes on afterwards as it should: it tries what is out
  const wrong = done.find((entry) => acts.has(entry.action) && !isExpected(entry) && (detected === null || !sameMatter(entry, detected))) ?? null
  return { detected, wrong }
}

const sameMatter = (entry: Seen, detected: Seen): boolean =>
  entry.id > detected.id && entry.variant === detected.variant && (detected.action === 'quarantine' || detected.action === 'fallback')

import { minuteText } from '../describe/wording.ts'
import { frozenAt } from '../define/freeze-windows.ts'
import { isDue, whenText } from '../define/start-at.ts'
import type { Change } from './change.ts'
import type { ScheduledInputs } from './inputs.ts'
import { plan, planHeld } from './transition.ts'
import type { Refusal, Wish } from './wish.ts'

/** A start moves traffic, too: by itself none does while a freeze window is on. */
const refuseFrozen = ({ facts, now }: ScheduledInputs): Refusal | null => {
  const frozen = frozenAt(facts.definition.policy.freeze ?? [], now)
  if (frozen === null) return null
  return { refused: 'conflict', message: `a freeze window is on until ${minuteText(frozen.until)}${frozen.reason === null ? '' : `: ${frozen.reason}`}` }
}

/**
 * The start of a draft whose time has come: the same change as somebody's `start`, or the entry that tells why it is not
 * started. Null where there is nothing to start.
 */
export const scheduledStart = (inputs: ScheduledInputs): Change | null => {
  const { facts, now, context, failure } = inputs
  const { startAt } = facts.definition
  if (startAt === undefined || facts.state !== 'draft' || !isDue(facts.definition, now)) return null
  const wish: Wish = {
    action: 'start', actor: 'engine', mode: 'auto', rule: 'schedule', reason: `As scheduled for ${whenText(startAt)}.`, evidence: { startAt },
  }
  const planned = failure ?? refuseFrozen(inputs) ?? plan(facts, wish, context)
  if (!('refused' in planned)) return planned
  const { refused, message } = planned
  const reason = `Not started as scheduled for ${whenText(startAt)}: ${message.replace(/^start: /, '')}.`
  return planHeld(facts, { ...wish, reason, evidence: { startAt, refused } })
}

import { carryOut } from '../decide/carry-out.ts'
import type { Change } from '../decide/change.ts'
import type { Decision } from '../decide/decision.ts'
import type { Context, Refusal } from '../decide/wish.ts'
import { toldKey } from './decide.ts'
import type { BreakerLook } from './look.ts'

/** What the engine writes for a breaker's decision; of one that is only told it remembers that it was. */
export const carryOutBreaker = ({ experiment }: BreakerLook, decision: Decision, context: Context, fence: number): Change | Refusal | null => {
  const { looks } = experiment
  const memory = decision.status === 'held' ? { ...looks, [toldKey(decision)]: { count: 1, digest: '' } } : looks
  return carryOut(experiment, { decision, looks: memory }, context, null, fence)
}

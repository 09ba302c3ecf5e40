import type { Change } from './change.ts'
import type { VariantState } from '../define/definitions.ts'
import type { BreakerAction } from './wish.ts'

/**
 * What the engine does, or would do. `held` decisions change nothing but are told in the ledger, once each.
 * `conclude` ends an experiment whose time is over without a winner.
 */
export type Decision = {
  action: 'promote' | 'kill' | 'rollback' | 'roll-through' | 'conclude' | 'ramp' | 'reallocate' | 'hold' | BreakerAction
  variant: string | null
  rule: string
  reason: string
  status: 'applied' | 'held'
  /** The numbers the rule used, with what it needed. */
  evidence: Record<string, unknown>
  /** The traffic that a reallocation puts in force. */
  traffic?: Pick<Change, 'next' | 'frozen'>
  /** The variants as a breaker's action leaves them. */
  variants?: VariantState[]
}

/** What a rule wants; `allowed`: without a person. */
/** Something that was thought of at a look. `why`: what stands against it, where neither the policy nor its rank does. */
export type Considered = Pick<Decision, 'action' | 'variant' | 'rule' | 'reason'> & { allowed: boolean; why?: string }

export type Proposal = Omit<Decision, 'status'> & { allowed: boolean }

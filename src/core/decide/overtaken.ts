import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { DecidedAll } from './decide-all.ts'
import type { Decision } from './decision.ts'

/** The rollback or roll-through among what was decided, if there is one: should it come too late, it is not forgotten. */
export const rollbackIn = ({ decisions }: DecidedAll): Decision | null =>
  decisions.find(({ action, status }) => (action === 'rollback' || action === 'roll-through') && status === 'applied') ?? null

/** What rolls back takes a promotion back that overtook it: harm that was shown is not forgotten by being late. */
export const overtaken = ({ state, looks }: ExperimentFacts, lost: Decision | null): DecidedAll | null =>
  lost && state === 'promoted' ? { decisions: [{ ...lost, action: 'rollback' }], looks, turn: null } : null

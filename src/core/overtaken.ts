import type { ExperimentFacts } from './analysis-input.ts'
import type { DecidedAll } from './decide-all.ts'
import type { Decision } from './decision.ts'

/** The rollback among what was decided, if there is one: should it come too late, it is not forgotten. */
export const rollbackIn = ({ decisions }: DecidedAll): Decision | null =>
  decisions.find(({ action, status }) => action === 'rollback' && status === 'applied') ?? null

/** A rollback that a promotion overtook takes the promotion back: harm that was shown is not forgotten by being late. */
export const overtaken = ({ state, looks }: ExperimentFacts, lost: Decision | null): DecidedAll | null =>
  lost && state === 'promoted' ? { decisions: [lost], looks, turn: null } : null

import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { Change } from '../decide/change.ts'
import { progressAfter } from '../decide/position.ts'
import { simulable } from './left-out.ts'
import type { Design } from './truth.ts'

/** When every simulated experiment starts. */
export const simulatedFrom = new Date('2030-01-01T00:00:00Z')

/** A change of the same stage that moves units begins it anew; another stage, or a bake, is one of its own. */
const reopenedBy = ({ reopened, scope, stage, scopeKind }: ExperimentFacts, { next, position }: Change): number => {
  if (next?.scope !== 'new') return reopened ?? 0
  const same = scope !== null && (position?.stage ?? stage) === stage && (next.kind ?? 'stage') === (scopeKind ?? 'stage')
  return same ? (reopened ?? 0) + 1 : 0
}

/** What follows from a change, as the store would have it. @param epoch number of the one that a change begins: the clock's are not counted in the row here */
export const applied = (facts: ExperimentFacts, change: Change, now: Date, epoch: number): ExperimentFacts => ({
  ...facts,
  stage: change.position?.stage ?? facts.stage,
  progress: progressAfter(facts, change, epoch, now.toISOString()),
  state: change.state,
  variants: change.variants ?? facts.variants,
  frozen: change.frozen ?? facts.frozen,
  winner: change.winner ?? facts.winner,
  looks: change.looks ?? facts.looks,
  holds: change.holds ?? facts.holds ?? [],
  epoch: facts.epoch + (change.next ? 1 : 0),
  scope: change.next?.scope === 'new' ? (facts.scope ?? 0) + 1 : facts.scope,
  scopeKind: change.next?.scope === 'new' ? (change.next.kind ?? 'stage') : (facts.scopeKind ?? 'stage'),
  reopened: reopenedBy(facts, change),
  weights: change.next?.weights ?? facts.weights ?? null,
  revision: facts.revision + 1,
})

/** The experiment before its start. */
export const draft = ({ definition }: Design): ExperimentFacts => ({
  id: 1, key: definition.key, model: definition.model, state: 'draft', definition: { ...simulable(definition), salt: 'simulated' }, frozen: null,
  variants: definition.variants.map(({ key, version, control = false }) => ({ key, version, control, status: 'live' })),
  stage: 0, scope: null, epoch: 0, revision: 1, winner: null, looks: {}, startedAt: simulatedFrom, endedAt: null,
})

import type { CompiledExperiment } from '../../assign/compile.ts'
import { failureOf } from '../../core/analyze/contributions.ts'
import type { AttributedOutcome, Deps } from '../../deps.ts'

/** Told of each outcome that was stored for the first time. */
export type BreakerFeed = (outcome: AttributedOutcome) => void

/** Is this the watch of what stands in for the control? In a bake the control itself may stand in for the winner. */
const standsIn = ({ fallback, variants }: CompiledExperiment, watch: number): boolean =>
  fallback?.watch === watch && variants.some(({ control, status }) => control && status === 'quarantined')

/**
 * Count for the breakers which calls failed. A variant's calls count when they were assigned after its breaker opened
 * last: what was under way before says nothing of its health now. What stands in for a control counts as one more arm.
 */
export const createBreakerFeed = ({ live, counters }: Pick<Deps, 'live' | 'counters'>): BreakerFeed => {
  const count = ({ id, breaker = [] }: CompiledExperiment, arm: number, { measures }: AttributedOutcome): void => {
    const failed = failureOf(breaker, measures)
    if (failed !== null) counters.called(id, arm, failed)
  }
  return (outcome) => {
    const { watch, experiment: id, scope, epoch, variant } = outcome.assignment
    const snapshot = live.current()
    if (watch) {
      for (const experiment of snapshot?.modelsById.get(id)?.experiments ?? []) {
        if (standsIn(experiment, scope)) count(experiment, experiment.variants.length, outcome)
      }
      return
    }
    const experiment = snapshot?.experimentsById.get(id)
    if (experiment?.breaker && epoch >= (experiment.variants[variant]?.healthFrom ?? 0)) count(experiment, variant, outcome)
  }
}

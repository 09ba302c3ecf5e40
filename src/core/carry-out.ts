import type { ExperimentFacts } from './analysis-input.ts'
import type { Change } from './change.ts'
import type { Decided } from './decide.ts'
import { type Context, plan, planHeld, type Refusal, type Wish } from './transition.ts'

/**
 * What the engine writes for a decision: an action like a person's, an entry that tells what was held back, or only its
 * memory between looks. Null when there is nothing to write.
 *
 * @param analysis id of the stored analysis that the decision comes from
 * @param fence    the engine's fencing number
 */
export const carryOut = (
  experiment: ExperimentFacts,
  { decision, looks }: Decided,
  context: Context,
  analysis: number | null,
  fence: number,
): Change | Refusal | null => {
  const { id, revision, state } = experiment
  if (!decision) {
    return sameLooks(looks, experiment.looks) ? null : { experiment: id, revision, state, looks, fence }
  }
  const { action, variant, reason, rule, evidence } = decision
  const wish: Wish = {
    action,
    variant,
    reason,
    rule,
    actor: 'engine',
    mode: experiment.definition.policy.mode,
    evidence: { analysis, ...evidence },
  }
  const change = decision.status === 'held' ? { ...planHeld(experiment, wish), looks } : plan(experiment, wish, context)
  return 'refused' in change ? change : { ...change, fence }
}

const sameLooks = (one: Decided['looks'], other: Decided['looks']): boolean => {
  const text = (looks: Decided['looks']): string =>
    JSON.stringify(
      Object.entries(looks)
        .map(([key, { count, digest }]) => [key, count, digest])
        .sort(),
    )
  return text(one) === text(other)
}

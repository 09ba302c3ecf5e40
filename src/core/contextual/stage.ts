import type { Context } from '../../assign/snapshot.ts'
import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { banditOf, isBandit } from '../define/bandit-stage.ts'
import type { BanditStage, CreateExperiment } from '../define/definitions.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'

/** A bandit stage that looks at its units' attributes. */
export type ContextualStage = BanditStage & { algorithm: 'contextual'; context: Context }

/** Does every unit of this stage have a propensity of its own? */
export const isContextual = (stage: BanditStage | null): stage is ContextualStage => stage?.algorithm === 'contextual' && stage.context !== undefined

/** The stage in force, where it is contextual: every unit has a propensity of its own. */
export const contextualOf = (experiment: Pick<ExperimentFacts, 'definition' | 'stage' | 'scopeKind'>): ContextualStage | null => {
  const stage = banditOf(experiment)
  return isContextual(stage) ? stage : null
}

/** The attributes that the experiment's contextual stage looks at; they are frozen with the units of all its stages. */
export const contextOf = ({ stages }: Pick<CreateExperiment, 'stages'>): Context | undefined =>
  stages.find((stage): stage is ContextualStage => isBandit(stage) && isContextual(stage))?.context

/** Do units of this scope keep sums weighted by their propensities? All of its metrics say so, or none. */
export const isWeighed = ([plan]: readonly MetricPlan[]): boolean => plan?.weighed === true

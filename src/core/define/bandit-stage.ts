import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { BanditStage, CreateExperiment, Stage } from './definitions.ts'

export const isBandit = (stage: Stage | undefined): stage is BanditStage => stage?.allocation === 'bandit'

/** The stage in force, where it is a bandit: its weights move, and everything is analysed accordingly. A bake's stand still. */
export const banditOf = ({ definition, stage, scopeKind }: Pick<ExperimentFacts, 'definition' | 'stage' | 'scopeKind'>): BanditStage | null => {
  const found = definition.stages[stage]
  return isBandit(found) && scopeKind !== 'bake' ? found : null
}

/**
 * How units keep their variant: as declared, else by their hash, or, where weights move, by what they first got, since
 * with a hash every reallocation would move units that were exposed already.
 */
export const stickinessOf = ({ stickiness, stages }: Pick<CreateExperiment, 'stickiness' | 'stages'>) =>
  stickiness ?? (stages.some(isBandit) ? ('first-touch' as const) : ('hash' as const))

/**
 * How units keep their variant now. What they first got binds them in a bandit alone: in a bake they are exposed anew, and
 * where weights stand still the hash keeps every unit where it is, so that a bandit that follows begins with known chances.
 */
export const stickinessIn = ({ definition, stage, scopeKind }: Pick<ExperimentFacts, 'definition' | 'stage' | 'scopeKind'>) => {
  const sticks = stickinessOf(definition)
  const moves = isBandit(definition.stages[stage]) || !definition.stages.some(isBandit)
  return sticks === 'first-touch' && (scopeKind === 'bake' || !moves) ? ('hash' as const) : sticks
}

/** Key of the earlier experiment from which a bandit starts; null when it starts from nothing. */
export const earlierOf = ({ stages }: Pick<CreateExperiment, 'stages'>): string | null => stages.find(isBandit)?.priors?.from ?? null

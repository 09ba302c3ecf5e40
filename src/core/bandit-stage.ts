import type { ExperimentFacts } from './analysis-input.ts'
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

/** Key of the earlier experiment from which a bandit starts; null when it starts from nothing. */
export const earlierOf = ({ stages }: Pick<CreateExperiment, 'stages'>): string | null => stages.find(isBandit)?.priors?.from ?? null

import type { AnalysisInput, ExperimentFacts } from './analysis-input.ts'
import type { Looks } from '../define/definitions.ts'
import type { LookPlan, PlannedLooks } from '../methods/method.ts'
import { requireDurationMs } from '../define/duration.ts'
import { unitsOf } from './levels.ts'

const prefix = 'planned:'

/** The number by which the memory of an experiment knows its scope: an imported one keeps the number that it had. */
export const rememberedScope = ({ scope, scopeOrigin }: Pick<ExperimentFacts, 'scope' | 'scopeOrigin'>): number | null => scopeOrigin ?? scope

/** The memory key of the looks at one pair on one metric; a new scope begins with none. */
export const plannedKey = (scope: number | null, metric: string, against: string, variant: string): string =>
  `${prefix}${scope ?? ''}:${metric}:${against}:${variant}`

export const isPlanned = (key: string): boolean => key.startsWith(prefix)

/** Only the looks of plans: they outlast whatever is done. Those of other scopes than this one are forgotten. */
export const plannedOnly = (looks: Looks, scope?: number | null): Looks =>
  Object.fromEntries(
    Object.entries(looks).filter(([key]) => key.startsWith(scope === undefined ? prefix : `${prefix}${scope ?? ''}:`)),
  )

/** Looks at one pair that were taken already. */
export const takenBefore = ({ experiment: { looks } }: AnalysisInput, key: string): PlannedLooks | null =>
  looks[key]?.planned ?? null

const usualLooks = 5

/** When looks are taken, for methods that plan them: all of it follows from the definition and what was frozen. */
export const lookPlanOf = (input: AnalysisInput, ordinal: number): LookPlan => {
  const { looks = usualLooks, spending } = input.experiment.definition.policy
  return {
    units: unitsOf(input, ordinal),
    looks: typeof looks === 'number' ? Array.from({ length: looks }, (_, index) => (index + 1) / looks) : looks,
    spending: spending ?? { kind: 'obrien-fleming' },
    due: plannedTimeOf(input),
  }
}

/** Has the planned time come? Null where no time is planned. */
export const plannedTimeOf = ({ experiment: { definition, startedAt }, now }: Pick<AnalysisInput, 'experiment' | 'now'>): boolean | null => {
  const { plannedDuration } = definition.policy
  if (plannedDuration === undefined) return null
  return startedAt !== null && now.getTime() - startedAt.getTime() >= requireDurationMs(plannedDuration)
}

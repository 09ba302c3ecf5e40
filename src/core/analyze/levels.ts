import { accountLevels, dayPart, exactRho, inOrderOfAppearance, type Level, type Levels, scopePart, scopeParts, windowLevel } from '../../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import type { CreateExperiment, ExperimentMetric, Frozen } from '../define/definitions.ts'
import { dayAt, plannedDays } from './generations.ts'
import { plannedBake } from '../decide/position.ts'

/** Total units of a pair at which protective sequences are tightest: harm is to be seen early. */
export const protectiveUnits = 2_000
const defaultUnits = 5_000

/**
 * Stages in which something can be promoted or stopped, a bake among them: each gets its part of the levels. The steps of
 * a stage are one scope, and so one test; at a switch nothing is compared before its bake.
 */
const actingStages = (definition: Pick<CreateExperiment, 'stages' | 'policy'>): number =>
  Math.max(1, definition.stages.filter(({ allocation }) => allocation !== 'switch').length + (plannedBake(definition) ? 1 : 0))

/**
 * The parts of a stage's shares that its present scope may spend. Where scopes were not counted each has the whole, as when
 * that was decided by.
 */
const partsOf = ({ experiment: { reopened = null, definition } }: AnalysisInput): { promotion: number; harm: number } => {
  if (reopened === null) return { promotion: 1, harm: 1 }
  const { promotion, harm } = scopeParts(definition.variants.length)
  return { promotion: scopePart(reopened, promotion), harm: scopePart(reopened, harm) }
}

/** The levels of every automatic test of an experiment, from its definition and the guardrail it got at its start. */
export const accountsOf = (
  definition: Pick<CreateExperiment, 'variants' | 'metrics' | 'policy' | 'stages'>,
  frozen: Pick<Frozen, 'completeness'> | null = null,
): Levels => {
  const count = (role: string): number => definition.metrics.filter((one) => one.role === role).length
  return accountLevels({
    alpha: definition.policy.alpha,
    variants: definition.variants.length,
    guardrails: count('guardrail') + (frozen?.completeness ? 1 : 0),
    decisions: Math.max(1, count('decision')),
    limits: definition.metrics.filter(({ limit }) => limit !== undefined).length,
    stages: actingStages(definition),
  })
}

/**
 * The two one-sided levels of every test of one metric, tunings included. `gain` is the end that lets a variant win
 * or a guardrail pass, `harm` the end that shows harm. All of it follows from what was frozen at the start, and from how
 * often the stage began anew since.
 *
 * @param part of the harm level over the scope; unless told that of the whole, where values of a segment are judged as well
 * @param day  on whose units alone it is tested, in days since 1970-01-01; null unless told: on all of the scope
 * Source: the error accounting of `stats/accounting`.
 */
export const levelsOf = (
  input: AnalysisInput,
  metric: ExperimentMetric,
  plan: number,
  day: number | null = null,
  part = metric.worstSegment === undefined ? 1 : inOrderOfAppearance(1),
): { gain: Level; harm: Level } => {
  const { definition, frozen } = input.experiment
  const levels = accountsOf(definition, frozen)
  const decisions = Math.max(1, definition.metrics.filter(({ role }) => role === 'decision').length)
  const planned = unitsOf(input, plan)
  const parts = partsOf(input)
  const promote = (frozen?.promoteLevel ?? levels.promote) * parts.promotion
  const kill = (frozen ? frozen.killLevel / decisions : levels.kill) * parts.harm
  const fail = day === null ? levels.fail * parts.harm * part : levels.failDaily * partOfDay(input, day)
  const harm = metric.role === 'guardrail' ? fail : kill
  return {
    gain: { alpha: promote, rho: exactRho(planned, promote, 1) },
    harm: { alpha: harm, rho: exactRho(protectiveUnits, harm, 1) },
  }
}

/**
 * The part of a daily share that a day may spend. Days are counted from the start; later stages and a bake, which have
 * shares of their own, go on counting and so spend less of theirs.
 */
const partOfDay = ({ experiment: { startedAt, definition } }: AnalysisInput, day: number): number =>
  dayPart(startedAt === null ? 0 : Math.max(0, day - dayAt(startedAt.getTime())), plannedDays(definition))

/** Units of a pair that were planned for a metric. */
export const unitsOf = ({ experiment: { frozen } }: AnalysisInput, plan: number): number =>
  frozen?.plannedUnits[plan] ?? defaultUnits

/** Two-sided at α, for signals, diagnostics and each variant's own interval. */
export const plainLevel = (input: AnalysisInput, plan: number): Level => {
  const { alpha } = input.experiment.definition.policy
  return { alpha, rho: exactRho(unitsOf(input, plan), alpha) }
}

/**
 * Level at which a variant is stopped for failing again and again, in its so-manieth series of openings: the share of
 * breakers, spread over series without end, 1/(1·2) + 1/(2·3) + … = 1.
 */
export const breakerLevel = (definition: Parameters<typeof accountsOf>[0], series: number): number =>
  accountsOf(definition).breaker / (series * (series + 1))

/** A level with the units of one arm at which its sequence is narrowest. */
export type LimitLevel = Level & { units: number }

/** What an absolute limit is looked at by, and the part of its share that each has: all of the scope, windows of it, days. */
const limitParts = { scope: 0.5, windows: 0.25, days: 0.25 }
/** Windows are closed at fifty units or little more, and days and scopes are to show harm early. */
const windowUnits = 200

const limitAt = ({ experiment: { definition, frozen } }: AnalysisInput, part: number, units = protectiveUnits / 2): LimitLevel => {
  const alpha = accountsOf(definition, frozen).limit * part
  return { alpha, rho: exactRho(units, alpha, 1), units }
}

/**
 * One-sided level at which a variant breaks an absolute limit over its scope, or on the units of one day.
 *
 * @param day since 1970-01-01; undefined: on all of the scope
 */
export const limitLevel = (input: AnalysisInput, day?: number): LimitLevel =>
  limitAt(input, day === undefined ? limitParts.scope * partsOf(input).harm : limitParts.days * partOfDay(input, day))

/** The same on one window of traffic, 1 for the first; three of five must break it. */
export const limitLevelOfWindow = (input: AnalysisInput, window: number): LimitLevel => {
  const { definition, frozen } = input.experiment
  const alpha = windowLevel(accountsOf(definition, frozen).limit * limitParts.windows * partsOf(input).harm, window)
  return { alpha, rho: exactRho(windowUnits, alpha, 1), units: windowUnits }
}

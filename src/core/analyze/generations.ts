import { noMoments, noWeighted } from '../../../stats/index.ts'
import type { ArmData } from './analysis-input.ts'
import { isBandit, stickinessOf } from '../define/bandit-stage.ts'
import { completeArm, type RollupSum } from './complete.ts'
import { contextualArm, type WeightedSum } from '../contextual/arms.ts'
import { isContextual } from '../contextual/stage.ts'
import type { CreateExperiment } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { MetricPlan } from './metric-plan.ts'

export const dayMs = 86_400_000

/**
 * By which epoch's weights a unit of a day was drawn, where they move: `served`, those in force at its assignment (the
 * draw is made anew each time); `exposed`, those in force when it first came to the stage (what it got then, it keeps).
 */
export type Strata = 'served' | 'exposed'

/**
 * A stage's guardrails once more, in a scope of their own: a unit enters anew at its first assignment of each day of UTC.
 * `strata` is null where weights never move within a scope: then all units of a day are alike.
 */
export type Generation = { scope: number; metrics: readonly MetricPlan[]; strata: Strata | null }

/** Epochs of a generation hold the day, and below it the experiment's epoch whose weights count. */
const epochsPerDay = 65_536

/** Days since 1970-01-01, UTC, at this many milliseconds. */
export const dayAt = (milliseconds: number): number => Math.floor(milliseconds / dayMs)

/** @param stratum an experiment's epoch; 0 where weights never move */
export const generationEpoch = (day: number, stratum: number): number => day * epochsPerDay + (stratum % epochsPerDay)
export const dayOfEpoch = (epoch: number): number => Math.floor(epoch / epochsPerDay)
export const stratumOf = (epoch: number): number => epoch % epochsPerDay

/** `2026-03-05` */
export const dayName = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)

/**
 * The unit of a day: another one each day, and as good as random, since it is a keyed hash with the day in its last bits.
 *
 * @param unit 32 hex digits, or a uuid
 */
export const generationUnit = (unit: string, day: number): string => {
  const last = (Number.parseInt(unit.slice(-8), 16) ^ day) >>> 0
  return unit.slice(0, -8) + last.toString(16).padStart(8, '0')
}

/**
 * Metrics that are judged day by day: guardrails, but for quantiles, which need more than sums.
 *
 * @param weighed does every unit have a chance of its own, so that sums are kept weighted by it?
 */
export const generationMetrics = (
  { metrics }: Pick<CreateExperiment, 'metrics'>, plans: readonly MetricPlan[], weighed: boolean,
): MetricPlan[] =>
  plans
    .filter(({ key, kind }) => kind !== 'quantile' && metrics.some(({ metric, role }) => metric === key && role === 'guardrail'))
    .map((plan) => (weighed ? { ...unadjusted(plan), weighed } : unadjusted(plan)))

/**
 * A day's units are no others because of what they did before, so nothing is adjusted by it, nor broken down; nor weighted
 * by propensities because another stage of the experiment draws by attributes.
 */
export const unadjusted = (plan: MetricPlan): MetricPlan => {
  const { covariate, segmented, weighed, reward, ...own } = plan
  return covariate === undefined && segmented === undefined && weighed === undefined && reward === undefined ? plan : own
}

type Returning = Pick<CreateExperiment, 'unit' | 'stickiness' | 'stages'>

/** Does a unit come back? Not where every request is one of its own. */
export const unitsReturn = (definition: Returning): boolean =>
  definition.unit !== 'request' && stickinessOf(definition) !== 'none'

/** Is every unit of this stage drawn with a chance of its own? */
export const drawsEach = ({ stages }: Pick<CreateExperiment, 'stages'>, stage: number): boolean => {
  const own = stages[stage]
  return isBandit(own) && isContextual(own)
}

export const strataOf = (definition: Returning, stage: number): Strata | null => {
  if (!isBandit(definition.stages[stage])) return null
  return stickinessOf(definition) === 'first-touch' ? 'exposed' : 'served'
}

/** Days of UTC that an experiment is planned to touch: those of its longest duration, and one more, since it may start at noon. */
export const plannedDays = ({ policy }: Pick<CreateExperiment, 'policy'>): number =>
  Math.ceil(requireDurationMs(policy.maxDuration) / dayMs) + 1

/**
 * An arm of a day in the order of the stage's metrics; those that are not counted day by day are empty.
 *
 * @param chances sums weighted by the units' own; null where all of an epoch have the same
 */
export const armOfDay = (
  plans: readonly MetricPlan[], counted: readonly MetricPlan[], rows: readonly RollupSum[], chances: readonly WeightedSum[] | null,
): ArmData => {
  const arm = completeArm(counted, rows)
  const { weighted } = chances ? contextualArm(counted, arm, { weighted: chances, features: [] }) : arm
  const inOrder = <Sums>(sums: readonly Sums[], none: Sums): Sums[] => plans.map(({ key }) => sums[counted.findIndex((one) => one.key === key)] ?? none)
  return { ...arm, metrics: inOrder(arm.metrics, noMoments), ...(weighted && { weighted: inOrder(weighted, noWeighted) }) }
}

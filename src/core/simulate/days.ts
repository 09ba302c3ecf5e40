import type { ArmData, EpochData, GenerationDay } from '../analyze/analysis-input.ts'
import type { CreateExperiment } from '../define/definitions.ts'
import { dayAt, dayMs, drawsEach, generationMetrics, strataOf, unitsReturn } from '../analyze/generations.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { noMoments } from '../../../stats/index.ts'
import { addArms } from './data.ts'

/** Which of a stage's metrics are counted once more day by day, and by which weights its units were drawn; null where none is. */
export const dailyOf = (definition: CreateExperiment, plans: readonly MetricPlan[], { stage, bake }: { stage: number; bake: boolean }) => {
  if (!unitsReturn(definition) || (!bake && drawsEach(definition, stage))) return null
  const counted = new Set(generationMetrics(definition, plans, false).map(({ key }) => key))
  return counted.size === 0 ? null : { counted: plans.map(({ key }) => counted.has(key)), moving: !bake && strataOf(definition, stage) !== null }
}
export type Daily = NonNullable<ReturnType<typeof dailyOf>>

/**
 * Days of a scope with units that were assigned on them, new ones and those who came again, as the engine counts them.
 * What is reported later than its unit came is in the stage's scope alone.
 */
export const addToDay = (days: readonly GenerationDay[], { counted, moving }: Daily, open: EpochData, at: Date, arms: readonly ArmData[]): GenerationDay[] => {
  const day = dayAt(at.getTime())
  const own = arms.map((arm) => ({ ...arm, metrics: arm.metrics.map((sums, metric) => (counted[metric] ? sums : noMoments)) }))
  const stratum = moving ? open.epoch : 0
  const before = days.find((one) => one.day === day)?.epochs ?? []
  const same = before.find(({ epoch }) => epoch === stratum)
  const fresh: EpochData = { ...open, epoch: stratum, startedAt: new Date(day * dayMs), endedAt: null, arms: same ? addArms(same.arms, own) : own }
  return [
    ...days.filter((one) => one.day !== day).map((one) => ({ ...one, recent: one.day >= day - 1 })),
    { day, recent: true, epochs: [...before.filter(({ epoch }) => epoch !== stratum), fresh] },
  ]
}

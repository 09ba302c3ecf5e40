import { type CovariateMoments, type Moments, noMoments, withoutCovariate } from '../../../stats/index.ts'
import type { ArmData, SegmentArm, SketchRows } from './analysis-input.ts'
import { completeArm, type RollupSum } from './complete.ts'
import type { MetricPlan } from './metric-plan.ts'

type Place = { epoch: number; variant: number; metric: number }

/** One row of covariates summed over its shards: U the covariate, V 1 where it is known; n units that have one. */
export type CovariateSum = Place & { n: number; su: number; suu: number; sxu: number; syu: number; sxv: number; syv: number }
export type SketchSum = Place & SketchRows
export type SegmentSum = RollupSum & { segment: number; value: number }

/** Rows of one arm in one epoch. */
export type ObservedRows = { covariates: readonly CovariateSum[]; sketches: readonly SketchSum[]; segments: readonly SegmentSum[] }

/**
 * Moments with a covariate over all exposed units, silent ones with X = Y = 0. Where the covariate is not known U = V = 0:
 * such a unit is taken for an average one, by the mean of those that are known, whose own error the delta method counts.
 */
const withSums = (plan: MetricPlan, units: number, moments: Moments, row: CovariateSum | undefined): CovariateMoments => {
  const perUnit = plan.kind === 'conversion' || plan.kind === 'total'
  const { n = 0, su = 0, suu = 0, sxu = 0, syu = 0, sxv = 0, syv = 0 } = row ?? {}
  return {
    ...withoutCovariate({ ...moments, n: units }),
    sumU: su, sumUU: suu, sumUV: su, sumV: n, sumVV: n,
    sumXU: sxu, sumXV: sxv, sumYU: perUnit ? su : syu, sumYV: perUnit ? n : syv,
  }
}

const segmentArms = (plans: readonly MetricPlan[], rows: readonly SegmentSum[]): SegmentArm[] =>
  [...Map.groupBy(rows, ({ segment, value }) => `${segment}:${value}`).values()].map((own) => ({
    segment: own[0]!.segment, value: own[0]!.value, arm: completeArm(plans, own),
  }))

/** An arm with what was declared beside its moments; the arm itself where nothing was. */
export const observedArm = (plans: readonly MetricPlan[], arm: ArmData, rows: ObservedRows): ArmData => {
  const adjusts = plans.some(({ covariate }) => covariate !== undefined)
  const sketches = plans.some(({ kind }) => kind === 'quantile')
  const segmented = plans.some((plan) => plan.segmented)
  const of = <Row extends Place>(list: readonly Row[], ordinal: number): Row | undefined =>
    list.find(({ metric }) => metric === ordinal + 1)
  return {
    ...arm,
    ...(adjusts && {
      covariates: plans.map((plan, ordinal) => (plan.covariate === undefined ? null
        : withSums(plan, arm.units, arm.metrics[ordinal] ?? noMoments, of(rows.covariates, ordinal)))),
    }),
    ...(sketches && {
      sketches: plans.map(({ kind }, ordinal) => {
        const { buckets, counts } = of(rows.sketches, ordinal) ?? { buckets: [], counts: [] }
        return kind === 'quantile' ? { buckets, counts } : null
      }),
    }),
    ...(segmented && { segments: segmentArms(plans, rows.segments) }),
  }
}

/** All numbers of an arm beside its moments, for a digest. */
export const observedNumbers = (arm: ArmData): readonly number[] =>
  arm.covariates || arm.sketches || arm.segments ? declaredNumbers(arm) : nothingDeclared

const nothingDeclared: readonly number[] = []

const declaredNumbers = ({ covariates = [], sketches = [], segments = [] }: ArmData): number[] => [
  ...covariates.flatMap((moments) => (moments === null ? [] : Object.values(moments))),
  ...sketches.flatMap((sketch) => (sketch === null ? [] : [...sketch.buckets, ...sketch.counts])),
  ...segments.flatMap(({ segment, value, arm }) => [
    segment, value, arm.units, arm.reporting, arm.outcomes, ...arm.metrics.flatMap((moments) => Object.values(moments)),
  ]),
]

import { noMoments, perUnitMoments } from '../../../stats/index.ts'
import type { ArmData } from './analysis-input.ts'
import type { MetricPlan } from './metric-plan.ts'

/**
 * One roll-up row summed over its shards, as stored: `metric` 0 counts units (n exposed, sx that reported, sxx of those in
 * time, sy outcomes), the others are plan ordinals from 1.
 */
export type RollupSum = {
  epoch: number
  variant: number
  metric: number
  n: number
  sx: number
  sy: number
  sxx: number
  sxy: number
  syy: number
}

/**
 * Roll-up rows of one arm in one epoch as complete moments. Rows hold only what outcomes changed: for `conversion` and
 * `total` silent units count as 0, so n = ΣY = ΣY² is every exposed unit; for `mean` and `ratio` n are the units that
 * have a denominator, as stored, and for `ratio` those with a numerator alone, too: clusters with Y = 0, whose X is in
 * the sums (src/store/ingest/counted.ts says why). X stays around the plan's centre.
 *
 * @param inTime is it counted in this scope who reported in time?
 */
export const completeArm = (plans: readonly MetricPlan[], rows: readonly RollupSum[], inTime = false): ArmData => {
  const [counts, ...metrics] = [undefined, ...plans].map((_, metric) => rows.find((row) => row.metric === metric))
  const units = counts?.n ?? 0
  return {
    units,
    reporting: counts?.sx ?? 0,
    ...(inTime && { timely: counts?.sxx ?? 0 }),
    outcomes: counts?.sy ?? 0,
    metrics: plans.map(({ kind }, ordinal) => {
      const row = metrics[ordinal]
      if (kind === 'conversion' || kind === 'total') return perUnitMoments(units, row?.sx ?? 0, row?.sxx ?? 0)
      if (!row) return noMoments
      return { n: row.n, sumX: row.sx, sumY: row.sy, sumXX: row.sxx, sumXY: row.sxy, sumYY: row.syy }
    }),
  }
}

import { type Moments, noMoments, quantileOf, sketchBuckets, sketchFromRows } from '../../../stats/index.ts'
import { completeArm, type RollupSum } from '../analyze/complete.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { isDriftPlan } from '../drift/drifts.ts'
import type { SketchSum } from '../analyze/observed-arms.ts'

/** `n` is the units the estimate speaks of; the estimate is null where nothing divides it. */
export type WatchMetric = { estimate: number | null; n: number }

/** What champion traffic of one version reported on one day of UTC, `YYYY-MM-DD`: the day it was assigned. */
export type WatchDay = {
  day: string
  version: string
  /** Units that reported. Champion assignments are not recorded, so silent ones are unknown. */
  units: number
  outcomes: number
  metrics: Record<string, WatchMetric>
}

/** The rows of one watch of a version: what its scope counts, and the roll-ups of the days asked for. */
export type WatchedVersion = { version: string } & Counted

/** `sketches`: of its quantiles. */
type Counted = { plans: readonly MetricPlan[]; rows: readonly RollupSum[]; sketches?: readonly SketchSum[] }

const dayMs = 86_400_000

/** The epoch of a watch is the number of the day since 1970-01-01. */
export const dayOf = (epoch: number): string => new Date(epoch * dayMs).toISOString().slice(0, 10)

/**
 * Days newest first, and versions in the order given; a version has a line for each day on which it was reported of. A
 * version may come several times, once for each set of metrics it was watched by: its lines of one day become one.
 */
export const watchDays = (watches: readonly WatchedVersion[]): WatchDay[] =>
  [...Map.groupBy(watches, ({ version }) => version)]
    .flatMap(([version, own]) => {
      const parts = own.flatMap(({ plans, rows, sketches = [] }) =>
        [...Map.groupBy(rows, ({ epoch }) => epoch)].map(([epoch, ofDay]) => (
          { epoch, plans, rows: ofDay, sketches: sketches.filter((row) => row.epoch === epoch) })),
      )
      return [...Map.groupBy(parts, ({ epoch }) => epoch)].map(([epoch, ofDay]) => ({ epoch, line: lineOf(version, epoch, ofDay) }))
    })
    .toSorted((one, other) => other.epoch - one.epoch)
    .map(({ line }) => line)

const lineOf = (version: string, epoch: number, parts: readonly Counted[]): WatchDay => {
  const counted = parts.map(({ plans, rows, sketches = [] }) => ({ ...completeArm(plans, rows), plans, sketches }))
  const measured = counted.flatMap(({ plans, metrics, sketches }) =>
    plans.flatMap((plan, ordinal) => {
      const { key, center, quantile } = plan
      return isDriftPlan(plan) ? []
        : [{ key, center, quantile, moments: metrics[ordinal] ?? noMoments, sketches: sketches.filter(({ metric }) => metric === ordinal + 1) }]
    }),
  )
  return {
    day: dayOf(epoch),
    version,
    units: counted.reduce((sum, { units }) => sum + units, 0),
    outcomes: counted.reduce((sum, { outcomes }) => sum + outcomes, 0),
    metrics: Object.fromEntries([...Map.groupBy(measured, ({ key }) => key)].map(([key, same]) => [key, together(same)])),
  }
}

type Part = { center: number; quantile: number | undefined; moments: Moments; sketches: readonly SketchSum[] }

const quantileTogether = (parts: readonly Part[], quantile: number): WatchMetric => {
  const rows = parts.flatMap(({ sketches }) =>
    sketches.flatMap(({ buckets, counts }) => buckets.map((bucket, index) => ({ bucket, count: counts[index] ?? 0 }))))
  return { estimate: quantileOf(sketchBuckets(sketchFromRows(rows)), quantile), n: parts.reduce((sum, { moments }) => sum + moments.n, 0) }
}

/** One metric over its parts, around the centre of the first. */
const together = (parts: readonly Part[]): WatchMetric => {
  const { center = 0, quantile } = parts[0] ?? {}
  if (quantile !== undefined) return quantileTogether(parts, quantile)
  const [n, sumX, sumY] = parts.reduce(
    (sum, { center: own, moments }) => [
      sum[0] + moments.n, sum[1] + moments.sumX + (own - center) * moments.sumY, sum[2] + moments.sumY,
    ] as const,
    [0, 0, 0] as readonly [number, number, number],
  )
  return { estimate: sumY === 0 ? null : center + sumX / sumY, n }
}

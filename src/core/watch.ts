import { completeArm, type RollupSum } from './complete.ts'
import type { MetricPlan } from './metric-plan.ts'

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

/** The rows of one version's watch: what its scope counts, and the roll-ups of the days asked for. */
export type WatchedVersion = { version: string; plans: readonly MetricPlan[]; rows: readonly RollupSum[] }

const dayMs = 86_400_000

/** The epoch of a watch is the number of the day since 1970-01-01. */
export const dayOf = (epoch: number): string => new Date(epoch * dayMs).toISOString().slice(0, 10)

/** Days newest first, and versions in the order given; a version has a line for each day on which it was reported of. */
export const watchDays = (versions: readonly WatchedVersion[]): WatchDay[] =>
  versions
    .flatMap(({ version, plans, rows }) =>
      [...Map.groupBy(rows, ({ epoch }) => epoch)].map(([epoch, ofDay]) => ({ epoch, line: lineOf(version, plans, epoch, ofDay) })),
    )
    .toSorted((one, other) => other.epoch - one.epoch)
    .map(({ line }) => line)

const lineOf = (version: string, plans: readonly MetricPlan[], epoch: number, rows: readonly RollupSum[]): WatchDay => {
  const { units, outcomes, metrics } = completeArm(plans, rows)
  const measured = plans.map(({ key, center }, ordinal): [string, WatchMetric] => {
    const { n = 0, sumX = 0, sumY = 0 } = metrics[ordinal] ?? {}
    return [key, { estimate: sumY === 0 ? null : center + sumX / sumY, n }]
  })
  return { day: dayOf(epoch), version, units, outcomes, metrics: Object.fromEntries(measured) }
}

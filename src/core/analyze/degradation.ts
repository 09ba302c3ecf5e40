import { addUnitDays, alarmed, detectorThreshold, healthyRate, newDetector } from '../../../stats/index.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import { sharesOf } from './binary.ts'
import type { Measured } from './compare.ts'
import { isUnderWay } from '../define/definitions.ts'
import { dayAt, dayMs, dayName } from './generations.ts'
import type { Alarm } from '../decide/holds.ts'
import { isBinary } from '../define/metric-nature.ts'
import { nameOf } from './metric-plan.ts'
import { count, percent } from '../describe/wording.ts'

/** Unit-days of one detector between two false alarms of all of them, on average at least, whatever the law of the data. */
const unitDaysBetweenAlarms = 1_000_000

/** What is on its way when a day ends may still be counted on it for so long. */
const graceMs = 60_000

/** A variant that fails more often than it used to. Shares of units that fail; `name`: of the metric, for people; `day`: the last one looked at. */
export type Degradation = { metric: string; name: string; variant: string; ordinal: number; day: string; healthy: number; latest: number; failures: number; units: number }

type Count = { day: number; failures: number; units: number }

/** What an arm failed at per day; null where its units are not 0 or 1. */
const countsOf = (days: readonly GenerationDay[], { plan, ordinal }: Measured, arm: number): Count[] | null => {
  const counts: Count[] = []
  for (const { day, epochs } of days) {
    const count = { day, failures: 0, units: 0 }
    for (const { arms } of epochs) {
      const moments = arms[arm]?.metrics[ordinal]
      const shares = moments ? sharesOf(plan, moments) : { n: 0, successes: 0 }
      if (!shares) return null
      count.units += shares.n
      count.failures += plan.direction === 'decrease' ? shares.successes : shares.n - shares.successes
    }
    counts.push(count)
  }
  return counts
}

/**
 * Guardrails of 0 and 1 that alarm, each variant against its own first whole days with 2,000 units: what is healthy is
 * taken from them once, and every later day that is over is one update. All of it follows from the days' counts, so it
 * comes out the same after any restart. Days that are over do not change.
 *
 * Source: the e-detector of `stats/monitor`. An alarm ends as days go by without failures.
 */
export const degradationsOf = (input: AnalysisInput, measured: readonly Measured[]): Degradation[] => {
  const { experiment, epochs, generations = [], now } = input
  const opened = epochs[0]?.startedAt.getTime()
  if (opened === undefined || !isUnderWay(experiment.state)) return []
  const watched = measured.filter(({ metric, plan }) => metric.role === 'guardrail' && isBinary(plan))
  const whole = generations.filter(({ day }) => day * dayMs >= opened && (day + 1) * dayMs + graceMs <= now.getTime())
  const arms = experiment.variants.flatMap(({ status }, arm) => (status === 'live' ? [arm] : []))
  const threshold = detectorThreshold(Math.max(1, watched.length * experiment.variants.length), unitDaysBetweenAlarms)
  return watched.flatMap((one) => arms.flatMap((arm): Degradation[] => {
    const counts = countsOf(whole, one, arm)
    const found = counts && alarmIn(counts, threshold)
    const variant = experiment.variants[arm]?.key ?? ''
    return found ? [{ metric: one.metric.metric, name: nameOf(one.plan), variant, ordinal: arm, ...found }] : []
  }))
}

const alarmIn = (counts: readonly Count[], threshold: number): Omit<Degradation, 'metric' | 'name' | 'variant' | 'ordinal'> | null => {
  const base = { failures: 0, units: 0 }
  let healthy: number | null = null
  let detector = newDetector('sr')
  for (const { failures, units } of counts) {
    if (healthy === null) {
      base.failures += failures
      base.units += units
      healthy = healthyRate(base.failures, base.units)
    } else detector = addUnitDays(detector, failures, units, healthy)
  }
  const last = counts.findLast(({ units }) => units > 0)
  if (healthy === null || !last || !alarmed(detector, threshold)) return null
  const { day, failures, units } = last
  return { day: dayName(day), healthy, latest: failures / units, failures, units }
}

/** When a day is over for good: generations and detectors may say something else then. Milliseconds since 1970. */
export const dayEndsAt = (now: number): number => {
  const today = dayAt(now) * dayMs
  return now < today + graceMs ? today + graceMs : today + dayMs + graceMs
}

/** What holds an experiment because of it, as a phrase. */
export const degradationAlarms = (degradations: readonly Degradation[]): Alarm[] =>
  degradations.map(({ metric, name, variant, day, latest, healthy, units }) => ({
    reason: 'degradation', variant, metric,
    text: `${name} of ${variant} is worse than it used to be: ${percent(latest)} of ${count(units)} failed on ${day}, at most ${percent(healthy)} were expected from its first days`,
  }))

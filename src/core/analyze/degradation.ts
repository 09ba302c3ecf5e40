import { addUnitDays, alarmed, detectorThreshold, healthyRate, newDetector } from '../../../stats/index.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import { sharesOf } from './binary.ts'
import type { Measured } from './compare.ts'
import { contextualOf } from '../contextual/stage.ts'
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

/** A variant that is watched against its own first days; `alarm` is null while all is well. `alarmedAt`: the end of the last day on which it was not, milliseconds since 1970. */
export type Detected = { alarm: Degradation | null; alarmedAt: number | null }

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
 * Detectors of guardrails of 0 and 1, each variant against its own first whole days with 2,000 units: what is healthy is
 * taken from them once, and every later day that is over is one update. All of it follows from the days' counts, so it
 * comes out the same after any restart. Days that are over do not change.
 *
 * Source: the e-detector of `stats/monitor`. An alarm ends as days go by without failures.
 */
export const degradationDetectors = (input: AnalysisInput, measured: readonly Measured[]): Detected[] => {
  const { experiment, epochs, generations = [], now } = input
  const opened = epochs[0]?.startedAt.getTime()
  // whom a variant gets by their attributes changes with what is learnt: its first days are no measure for it
  if (opened === undefined || !isUnderWay(experiment.state) || contextualOf(experiment)) return []
  const watched = measured.filter(({ metric, plan }) => metric.role === 'guardrail' && isBinary(plan))
  const whole = generations.filter(({ day }) => day * dayMs >= opened && (day + 1) * dayMs + graceMs <= now.getTime())
  const arms = experiment.variants.flatMap(({ status }, arm) => (status === 'live' ? [arm] : []))
  const threshold = detectorThreshold(Math.max(1, watched.length * experiment.variants.length), unitDaysBetweenAlarms)
  return watched.flatMap((one) => arms.flatMap((arm): Detected[] => {
    const counts = countsOf(whole, one, arm)
    if (!counts) return []
    const { now: found, alarmedAt } = alarmsIn(counts, threshold)
    const variant = experiment.variants[arm]?.key ?? ''
    return [{ alarm: found && { metric: one.metric.metric, name: nameOf(one.plan), variant, ordinal: arm, ...found }, alarmedAt }]
  }))
}

type Found = { now: Omit<Degradation, 'metric' | 'name' | 'variant' | 'ordinal'> | null; alarmedAt: number | null }

const alarmsIn = (counts: readonly Count[], threshold: number): Found => {
  const base = { failures: 0, units: 0 }
  let healthy: number | null = null
  let detector = newDetector('sr')
  let alarmedAt: number | null = null
  for (const { day, failures, units } of counts) {
    if (healthy === null) {
      base.failures += failures
      base.units += units
      healthy = healthyRate(base.failures, base.units)
    } else detector = addUnitDays(detector, failures, units, healthy)
    if (alarmed(detector, threshold)) alarmedAt = (day + 1) * dayMs
  }
  const last = counts.findLast(({ units }) => units > 0)
  if (healthy === null || !last || !alarmed(detector, threshold)) return { now: null, alarmedAt }
  const { day, failures, units } = last
  return { now: { day: dayName(day), healthy, latest: failures / units, failures, units }, alarmedAt }
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

import { addMoments, alarmed, detectorThreshold, type Moments, noMoments } from '../../../stats/index.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import type { Measured } from './compare.ts'
import { contextualOf } from '../contextual/stage.ts'
import { isUnderWay } from '../define/definitions.ts'
import { dayAt, dayMs, dayName } from './generations.ts'
import type { Alarm } from '../decide/holds.ts'
import type { MetricPlan } from './metric-plan.ts'
import { harmMean, harmOf, isWatchable, noValues, withDay, worseWords } from './watched-values.ts'

/** Unit-days of one detector between two false alarms of all of them, on average at least, whatever the law of the data. */
const unitDaysBetweenAlarms = 1_000_000

/** What is on its way when a day ends may still be counted on it for so long. */
const graceMs = 60_000

/**
 * A variant that is worse than it used to be. `healthy` and `latest` on a scale from 0, the best value, to 1, the worst; of
 * shares, those of units that fail. `day`: the last one looked at; `text`: all of it, for people.
 */
export type Degradation = { metric: string; variant: string; ordinal: number; day: string; healthy: number; latest: number; units: number; text: string }

type Day = { day: number; harm: Moments }

/** A variant that is watched against its own first days; `alarm` is null while all is well. `alarmedAt`: the end of the last day on which it was not, milliseconds since 1970. */
export type Detected = { alarm: Degradation | null; alarmedAt: number | null }

/** How bad an arm was per day; null where its sums do not fit what its metric declares. */
const harmByDay = (days: readonly GenerationDay[], { plan, ordinal }: Measured, arm: number): Day[] | null => {
  const perDay: Day[] = []
  for (const { day, epochs } of days) {
    let sum = noMoments
    for (const { arms } of epochs) {
      const moments = arms[arm]?.metrics[ordinal]
      const harm = moments ? harmOf(plan, moments) : noMoments
      if (!harm) return null
      sum = addMoments(sum, harm)
    }
    perDay.push({ day, harm: sum })
  }
  return perDay
}

/**
 * Detectors of guardrails with bounds, each variant against its own first whole days with 2,000 units: what is healthy is
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
  const watched = measured.filter(({ metric, plan }) => metric.role === 'guardrail' && isWatchable(plan))
  const whole = generations.filter(({ day }) => day * dayMs >= opened && (day + 1) * dayMs + graceMs <= now.getTime())
  const arms = experiment.variants.flatMap(({ status }, arm) => (status === 'live' ? [arm] : []))
  const threshold = detectorThreshold(Math.max(1, watched.length * experiment.variants.length), unitDaysBetweenAlarms)
  return watched.flatMap((one) => arms.flatMap((arm): Detected[] => {
    const days = harmByDay(whole, one, arm)
    if (!days) return []
    const variant = experiment.variants[arm]?.key ?? ''
    const { now: found, alarmedAt } = alarmsIn(one.plan, days, threshold)
    const textOf = (worse: NonNullable<Found['now']>): string => worseWords(one.plan, { who: variant, ...worse })
    return [{ alarm: found && { metric: one.metric.metric, variant, ordinal: arm, ...found, day: dayName(found.day), text: textOf(found) }, alarmedAt }]
  }))
}

type Found = { now: { day: number; healthy: number; latest: number; units: number } | null; alarmedAt: number | null }

const alarmsIn = (plan: MetricPlan, days: readonly Day[], threshold: number): Found => {
  let values = noValues
  let alarmedAt: number | null = null
  for (const { day, harm } of days) {
    values = withDay(values, plan, harm)
    if (alarmed(values.detector, threshold)) alarmedAt = (day + 1) * dayMs
  }
  const { healthy, detector } = values
  const last = days.findLast(({ harm }) => harm.n > 0)
  if (healthy === null || !last || !alarmed(detector, threshold)) return { now: null, alarmedAt }
  return { now: { day: last.day, healthy, latest: harmMean(last.harm), units: last.harm.n }, alarmedAt }
}

/** When a day is over for good: generations and detectors may say something else then. Milliseconds since 1970. */
export const dayEndsAt = (now: number): number => {
  const today = dayAt(now) * dayMs
  return now < today + graceMs ? today + graceMs : today + dayMs + graceMs
}

/** What holds an experiment because of it, as a phrase. */
export const degradationAlarms = (degradations: readonly Degradation[]): Alarm[] =>
  degradations.map(({ metric, variant, text }) => ({ reason: 'degradation', variant, metric, text }))

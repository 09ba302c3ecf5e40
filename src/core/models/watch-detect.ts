import { alarmed, detectorThreshold, type Moments } from '../../../stats/index.ts'
import type { ArmData } from '../analyze/analysis-input.ts'
import { dayMs } from '../analyze/generations.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { harmMean, harmOf, isWatchable, noValues, type WatchedValues, withDay, worseWords } from '../analyze/watched-values.ts'
import type { ModelWatch } from '../define/definitions.ts'
import type { DriftDeclaration, DriftTrack } from '../define/drift.ts'
import { ordinalOf, sketchedValues } from '../drift/drifts.ts'
import { followed, noTrack, type Slice } from '../drift/track.ts'
import { windowWords } from '../drift/words.ts'
import { alertsAfter, ofReign } from './watch-alerts.ts'
import type { WatchAlarm, WatchState } from './watch-state.ts'

/** Unit-days of one detector between two false alarms of all detectors of a version, on average at least. */
const unitDaysBetweenAlarms = 1_000_000

/** What was assigned before midnight may be reported so long after it. */
const graceMs = 3_600_000

/** One day of UTC (days since 1970-01-01) of a version's champion traffic. */
export type DetectedDay = { day: number; arm: Pick<ArmData, 'metrics' | 'sketches'> }

/** The last day that is over, with what was still on its way then. */
export const lastDayOver = (now: number): number => Math.floor((now - graceMs) / dayMs) - 1

/** Of a detector that looked at a day: what it knows now, and its alarm. Undefined where the day says nothing of its metric. */
type Followed = { values: WatchedValues; alarm: WatchAlarm | null }

const followDay = (before: WatchedValues, plan: MetricPlan, moments: Moments | undefined, day: number, threshold: number): Followed | undefined => {
  const harm = moments && harmOf(plan, moments)
  if (!harm || harm.n === 0) return undefined
  const values = withDay(before, plan, harm)
  if (!alarmed(values.detector, threshold)) return { values, alarm: null }
  const text = worseWords(plan, { who: 'the champion', day, latest: harmMean(harm), units: harm.n, healthy: values.healthy ?? 1 })
  return { values, alarm: { kind: 'degradation', metric: plan.key, since: endOf(day), text } }
}

/** ISO 8601. */
const endOf = (day: number): string => new Date((day + 1) * dayMs).toISOString()

const sliceOf = ({ day, arm: { metrics, sketches } }: DetectedDay, ordinal: number): Slice => {
  const { sumY = 0, sumYY = 0 } = metrics[ordinal] ?? {}
  const sketch = sketches?.[ordinal]
  return { at: day, from: new Date(day * dayMs), to: new Date((day + 1) * dayMs), values: sketch ? sketchedValues(sketch) : [], count: sumY, squares: sumYY }
}

/** A metric of the watch, or a measure whose distribution is followed, and where its numbers are. */
type Watched = { metrics: { plan: MetricPlan; ordinal: number }[]; drift: { declaration: DriftDeclaration; ordinal: number }[]; threshold: number }

const watchedOf = ({ metrics = [], drift = [] }: ModelWatch, plans: readonly MetricPlan[]): Watched => {
  const own = plans.flatMap((plan, ordinal) => (metrics.includes(plan.key) && isWatchable(plan) ? [{ plan, ordinal }] : []))
  return {
    metrics: own, threshold: detectorThreshold(Math.max(1, own.length), unitDaysBetweenAlarms),
    drift: drift.map((declaration) => ({ declaration, ordinal: ordinalOf(plans, declaration.measure) })),
  }
}

/** What has moved by the last window, if that is of this reign. */
const driftAlarm = (measure: string, { last, since, reference }: DriftTrack, reign: string): WatchAlarm[] =>
  last && since !== null && last.to > reign
    ? [{ kind: 'drift', metric: measure, since: since > reign ? since : last.to, text: `the values of ${measure} have moved: ${windowWords(last, reference)}` }]
    : []

/** One day more. `earlier`: the days up to it, some of which may wait for a window to fill. */
const dayAfter = (before: WatchState, { metrics, drift, threshold }: Watched, { day, arm }: DetectedDay, earlier: readonly DetectedDay[], reign: string) => {
  const looks = metrics.map(({ plan, ordinal }) => {
    const values = before.detectors[plan.key] ?? noValues
    const still = before.alerts.filter(({ kind, metric, over }) => kind === 'degradation' && metric === plan.key && over === undefined)
    const found = followDay(values, plan, arm.metrics[ordinal], day, threshold)
    return { key: plan.key, values: found?.values ?? values, alarms: found ? (found.alarm ? [found.alarm] : []) : still }
  })
  const tracks = drift.map(({ declaration, ordinal }) => {
    const { measure } = declaration
    const track = followed(before.drift[measure] ?? noTrack, earlier.map((one) => sliceOf(one, ordinal)), declaration)
    return { measure, track, alarms: driftAlarm(measure, track, reign) }
  })
  const { alerts, news } = alertsAfter(before.alerts, [...looks, ...tracks].flatMap(({ alarms }) => alarms), ['degradation', 'drift'], endOf(day))
  const state: WatchState = {
    scope: before.scope, upTo: day, alerts,
    detectors: Object.fromEntries(looks.map(({ key, values }) => [key, values])),
    drift: Object.fromEntries(tracks.map(({ measure, track }) => [measure, track])),
  }
  return { state, news }
}

/**
 * Follow a version's champion traffic through days that are over: metrics with bounds against its first days with 2,000
 * units, and distributions against their first 500 values. The same days at once or one by one lead to the same. Nothing
 * here acts.
 *
 * @param before what was kept of the version; of another scope it counts no more
 * @param days   of the scope, in order; those that were looked at are passed over, but for distributions that wait
 * @param until  the last day that is over
 * @param reign  since when the version is champion, ISO 8601: alerts of an earlier time are none of it
 * @returns what is to be kept, and the alerts that are new
 */
export const detectOnDays = (
  watch: ModelWatch, plans: readonly MetricPlan[], scope: number,
  before: WatchState | null, days: readonly DetectedDay[], until: number, reign: string,
): { state: WatchState; news: WatchAlarm[] } => {
  const watched = watchedOf(watch, plans)
  let state = ofReign(before, scope, reign)
  const news: WatchAlarm[] = []
  for (const [index, one] of days.entries()) {
    if (one.day <= state.upTo || one.day > until) continue
    const next = dayAfter(state, watched, one, days.slice(0, index + 1), reign)
    state = next.state
    news.push(...next.news)
  }
  return { state: { ...state, upTo: Math.max(state.upTo, until) }, news }
}

/** The first day whose numbers are still wanted: the oldest that waits for a window, else the first that was not looked at. */
export const daysFrom = (state: WatchState | null, scope: number): number =>
  state?.scope === scope ? Math.min(state.upTo, ...Object.values(state.drift).map(({ upTo }) => upTo)) + 1 : 0

import { addUnitDays, alarmed, detectorThreshold, healthyRate, newDetector } from '../../../stats/index.ts'
import type { ArmData } from '../analyze/analysis-input.ts'
import { sharesOf } from '../analyze/binary.ts'
import { dayMs, dayName } from '../analyze/generations.ts'
import { type MetricPlan, nameOf } from '../analyze/metric-plan.ts'
import type { ModelWatch } from '../define/definitions.ts'
import { isBinary } from '../define/metric-nature.ts'
import { count, percent } from '../describe/wording.ts'
import { ordinalOf, sketchedValues } from '../drift/drifts.ts'
import { followed, noTrack, type Slice } from '../drift/track.ts'
import { windowWords } from '../drift/words.ts'
import type { WatchAlert, WatchDetector, WatchState } from './watch-state.ts'

/** Unit-days of one detector between two false alarms of all detectors of a version, on average at least. */
const unitDaysBetweenAlarms = 1_000_000

/** What was assigned before midnight may be reported so long after it. */
const graceMs = 3_600_000

/** One day of UTC (days since 1970-01-01) of a version's champion traffic. */
export type DetectedDay = { day: number; arm: Pick<ArmData, 'metrics' | 'sketches'> }

/** The last day that is over, with what was still on its way then. */
export const lastDayOver = (now: number): number => Math.floor((now - graceMs) / dayMs) - 1

const noDetector: WatchDetector = { failures: 0, units: 0, healthy: null, detector: newDetector('sr') }

const withDay = (state: WatchDetector, failures: number, units: number): WatchDetector => {
  if (state.healthy !== null) return { ...state, detector: addUnitDays(state.detector, failures, units, state.healthy) }
  const base = { failures: state.failures + failures, units: state.units + units }
  return { ...state, ...base, healthy: healthyRate(base.failures, base.units) }
}

type Followed = { detector: WatchDetector; alert: WatchAlert | null }

/** A metric of 0 and 1 through days; a day whose units are neither says nothing. */
const followMetric = (state: WatchDetector, plan: MetricPlan, ordinal: number, days: readonly DetectedDay[], threshold: number, open: WatchAlert | null): Followed => {
  let [detector, alert] = [state, open]
  for (const { day, arm: { metrics } } of days) {
    const moments = metrics[ordinal]
    const shares = moments && sharesOf(plan, moments)
    if (!shares || shares.n === 0) continue
    const failures = plan.direction === 'decrease' ? shares.successes : shares.n - shares.successes
    detector = withDay(detector, failures, shares.n)
    if (!alarmed(detector.detector, threshold)) alert = null
    else alert = {
      kind: 'degradation', metric: plan.key, since: alert?.since ?? new Date((day + 1) * dayMs).toISOString(),
      text: `${nameOf(plan)} is worse than it used to be: ${percent(failures / shares.n)} of ${count(shares.n)} failed on ${dayName(day)}, at most ${percent(detector.healthy ?? 1)} were expected from its first days`,
    }
  }
  return { detector, alert }
}

const sliceOf = ({ day, arm: { metrics, sketches } }: DetectedDay, ordinal: number): Slice => {
  const { sumY = 0, sumYY = 0 } = metrics[ordinal] ?? {}
  const sketch = sketches?.[ordinal]
  return { at: day, from: new Date(day * dayMs), to: new Date((day + 1) * dayMs), values: sketch ? sketchedValues(sketch) : [], count: sumY, squares: sumYY }
}

/**
 * Follow a version's champion traffic through days that are over: shares against its first days with 2,000 units, and
 * distributions against their first 500 values. The same days at once or one by one lead to the same. Nothing here acts.
 *
 * @param before what was kept of the version; of another scope it counts no more
 * @param days   of the scope, in order; those that were looked at are passed over
 * @param until  the last day that is over
 * @returns what is to be kept, and the alerts that are new
 */
export const detectOnDays = (
  { metrics = [], drift = [] }: ModelWatch, plans: readonly MetricPlan[], scope: number,
  before: WatchState | null, days: readonly DetectedDay[], until: number,
): { state: WatchState; news: WatchAlert[] } => {
  const kept = before?.scope === scope ? before : { scope, upTo: -1, detectors: {}, drift: {}, alerts: [] }
  const fresh = days.filter(({ day }) => day > kept.upTo && day <= until)
  const openOf = (kind: WatchAlert['kind'], metric: string): WatchAlert | null => kept.alerts.find((one) => one.kind === kind && one.metric === metric) ?? null

  const watched = plans.flatMap((plan, ordinal) => (metrics.includes(plan.key) && isBinary(plan) ? [{ plan, ordinal }] : []))
  const threshold = detectorThreshold(Math.max(1, watched.length), unitDaysBetweenAlarms)
  const shares = watched.map(({ plan, ordinal }) => ({
    key: plan.key, ...followMetric(kept.detectors[plan.key] ?? noDetector, plan, ordinal, fresh, threshold, openOf('degradation', plan.key)),
  }))
  const tracks = drift.map((declaration) => {
    const ordinal = ordinalOf(plans, declaration.measure)
    return { measure: declaration.measure, track: followed(kept.drift[declaration.measure] ?? noTrack, slicesAfter(days, kept, declaration.measure, until, ordinal), declaration) }
  })
  const moved = tracks.flatMap(({ measure, track: { last, since, reference } }): WatchAlert[] => (last && since !== null
    ? [{ kind: 'drift', metric: measure, since, text: `the values of ${measure} have moved: ${windowWords(last, reference)}` }]
    : []))
  const alerts = [...shares.flatMap(({ alert }) => alert ?? []), ...moved]
  return {
    state: {
      scope, upTo: Math.max(kept.upTo, until),
      detectors: Object.fromEntries(shares.map(({ key, detector }) => [key, detector])),
      drift: Object.fromEntries(tracks.map(({ measure, track }) => [measure, track])),
      alerts,
    },
    news: alerts.filter(({ kind, metric, since }) => openOf(kind, metric)?.since !== since),
  }
}

/** Days that no window of this measure has taken in yet: some may have been looked at, and wait for more. */
const slicesAfter = (days: readonly DetectedDay[], { drift }: WatchState, measure: string, until: number, ordinal: number): Slice[] =>
  days.filter(({ day }) => day > (drift[measure]?.upTo ?? -1) && day <= until).map((one) => sliceOf(one, ordinal))

/** The first day whose numbers are still wanted: the oldest that waits for a window, else the first that was not looked at. */
export const daysFrom = (state: WatchState | null, scope: number): number =>
  state?.scope === scope ? Math.min(state.upTo, ...Object.values(state.drift).map(({ upTo }) => upTo)) + 1 : 0

import { begunAnew } from '../drift/track.ts'
import type { ModelWatch } from '../define/definitions.ts'
import { type AlertKind, newWatchState, type WatchAlarm, type WatchAlert, type WatchState } from './watch-state.ts'

/** The same kind of the same metric is the same cause. */
const sameCause = (one: WatchAlarm, other: WatchAlarm): boolean => one.kind === other.kind && one.metric === other.metric

/** An alert whose cause is there no more: gone where somebody had seen it, else it stays until somebody has. */
const ended = (alert: WatchAlert, at: string): WatchAlert[] => {
  if (alert.acknowledged) return []
  return [alert.over === undefined ? { ...alert, over: at } : alert]
}

/**
 * What becomes of alerts of some kinds at a look that found these alarms: what lasts keeps its beginning and who has seen
 * it, what is over waits for somebody who has, and only what was not alarming before is news.
 *
 * @param alarms one for each cause that is there at `at`
 */
export const alertsAfter = (
  before: readonly WatchAlert[], alarms: readonly WatchAlarm[], kinds: readonly AlertKind[], at: string,
): { alerts: WatchAlert[]; news: WatchAlarm[] } => {
  const lastingOf = (alarm: WatchAlarm): WatchAlert | undefined => before.find((one) => sameCause(one, alarm) && one.over === undefined)
  const others = before.filter((one) => !alarms.some((alarm) => sameCause(one, alarm)))
  return {
    alerts: [
      ...others.flatMap((one) => (kinds.includes(one.kind) ? ended(one, at) : [one])),
      ...alarms.map((alarm) => ({ ...lastingOf(alarm), ...alarm, since: lastingOf(alarm)?.since ?? alarm.since })),
    ],
    news: alarms.filter((alarm) => !lastingOf(alarm)),
  }
}

/** What was kept, as far as it is about this scope and what happened since the version is champion (ISO 8601). */
export const ofReign = (state: WatchState | null, scope: number, since: string): WatchState => {
  if (state?.scope !== scope) return newWatchState(scope)
  return { ...state, alerts: state.alerts.filter((alert) => alert.since > since) }
}

/** The alerts of a champion that are shown: of limits only those that are still declared. */
export const shownAlerts = (state: WatchState | null, scope: number, since: string, { limits = {} }: ModelWatch): WatchAlert[] =>
  ofReign(state, scope, since).alerts.filter(({ kind, metric }) => kind !== 'limit' || limits[metric] !== undefined)

/** Which alert this is: another one of the same cause begins at another time. */
export const alertName = ({ kind, metric, since }: WatchAlarm): string => `${since} ${kind} ${metric}`

/** Those that nobody has seen. */
export const unseen = <T extends WatchAlert>(alerts: readonly T[]): T[] => alerts.filter(({ acknowledged }) => !acknowledged)

/**
 * Somebody has seen these alerts. What is over is gone; what lasts stays until it is over, and is not told again. Of values
 * that have moved the ones to come are the reference from now on.
 */
export const withSeen = (state: WatchState, seen: readonly WatchAlert[], acknowledged: NonNullable<WatchAlert['acknowledged']>): WatchState => {
  const moved = new Set(seen.filter(({ kind, over }) => kind === 'drift' && over === undefined).map(({ metric }) => metric))
  return {
    ...state,
    drift: Object.fromEntries(Object.entries(state.drift).map(([measure, track]) => [measure, moved.has(measure) ? begunAnew(track) : track])),
    alerts: state.alerts.flatMap((alert) => {
      if (!seen.some((one) => sameCause(one, alert))) return [alert]
      return alert.over !== undefined || alert.kind === 'drift' ? [] : [{ ...alert, acknowledged }]
    }),
  }
}

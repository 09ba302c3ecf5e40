import type { WatchedValues } from '../analyze/watched-values.ts'
import type { DriftTrack } from '../define/drift.ts'

/** What is alarmed of: a limit of a day, a share that is worse than in the first days, or values that have moved. */
export const alertKinds = ['limit', 'degradation', 'drift'] as const
export type AlertKind = (typeof alertKinds)[number]

/** What was found. `metric`: a metric, or the measure whose values have moved; `since`: when it was first so, ISO 8601. */
export type WatchAlarm = { kind: AlertKind; metric: string; since: string; text: string }

/** An alarm until somebody has acknowledged it and it is over. `over`: since when it is, absent while it lasts. */
export type WatchAlert = WatchAlarm & { over?: string; acknowledged?: { at: string; actor: string; reason: string } }

/** A metric of a watch that no detector watches for change. */
export type Unwatched = { metric: string; why: string }

/** One of a champion, as it is told. */
export type OpenAlert = WatchAlert & { version: string }

/**
 * How far the detectors of a version have followed its champion traffic in one scope: every day up to `upTo` (days since
 * 1970-01-01) was looked at, once.
 */
export type WatchState = { scope: number; upTo: number; detectors: Record<string, WatchedValues>; drift: Record<string, DriftTrack>; alerts: WatchAlert[] }

/** Of a version whose traffic in this scope nobody has looked at. */
export const newWatchState = (scope: number): WatchState => ({ scope, upTo: -1, detectors: {}, drift: {}, alerts: [] })

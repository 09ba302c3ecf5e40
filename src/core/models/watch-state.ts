import type { Detector } from '../../../stats/index.ts'
import type { DriftTrack } from '../define/drift.ts'

/** A metric of champion traffic, watched against its own first days, as plain JSON. `healthy` is null until there are enough units of them. */
export type WatchDetector = { failures: number; units: number; healthy: number | null; detector: Detector }

/** What a detector found that has not gone since. `metric`: a metric, or the measure whose values have moved; `since`: the end of the first day of it, ISO 8601. */
export type WatchAlert = { kind: 'degradation' | 'drift'; metric: string; since: string; text: string }

/** One of a champion, as it is told. */
export type OpenAlert = WatchAlert & { version: string }

/**
 * How far the detectors of a version have followed its champion traffic in one scope: every day up to `upTo` (days since
 * 1970-01-01) was looked at, once.
 */
export type WatchState = { scope: number; upTo: number; detectors: Record<string, WatchDetector>; drift: Record<string, DriftTrack>; alerts: WatchAlert[] }

import type { DriftTrack } from '../define/drift.ts'
import type { Detector } from '../../../stats/index.ts'

/** A metric of champion traffic that is watched against its own first days, as plain JSON. `healthy` is null until there are enough of them. */
export type WatchDetector = { upTo: number; failures: number; units: number; healthy: number | null; detector: Detector; latest: number | null }

/** What a detector found that has not gone since. `metric`: a metric, or the measure whose values have moved. `since`: ISO 8601. */
export type WatchAlert = { kind: 'degradation' | 'drift'; metric: string; since: string; text: string }

/** How far the detectors of a version have followed its champion traffic in one scope, and what they found. */
export type WatchState = { scope: number; detectors: Record<string, WatchDetector>; drift: Record<string, DriftTrack>; alerts: WatchAlert[] }

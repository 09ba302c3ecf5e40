import { type Counted, driftOf, driftReference, independentValues } from '../../../stats/index.ts'
import type { DriftDeclaration, DriftTrack } from '../define/drift.ts'
import { requireDurationMs } from '../define/duration.ts'

/**
 * Values of an epoch or a day that is over: counts per value, and over the units that reported Σc and Σc² of how many
 * values each has. `at` orders slices and never comes back.
 */
export type Slice = { at: number; from: Date; to: Date; values: readonly Counted[]; count: number; squares: number }

export const noTrack: DriftTrack = { upTo: -1, windows: 0, reference: null, last: null, since: null, alarmedAt: null }

/**
 * Follow a distribution through slices that are over, in order. They are pooled until they are worth 500 independent
 * values and cover the period: the first such pool is the reference, each later one a window that is judged once. What
 * does not fill a window waits. The same slices in one look or in many lead to the same.
 *
 * @returns the track itself where nothing was judged
 */
export const followed = (track: DriftTrack, slices: readonly Slice[], { kind, period }: Pick<DriftDeclaration, 'kind' | 'period'>): DriftTrack => {
  const periodMs = requireDurationMs(period)
  let now = track
  let pool: Slice[] = []
  for (const slice of slices) {
    if (slice.at <= now.upTo) continue
    pool.push(slice)
    const first = pool[0] ?? slice
    if (slice.to.getTime() - first.from.getTime() < periodMs) continue
    const values = pool.flatMap((one) => one.values)
    const worth = independentValues(sum(pool, ({ count }) => count), sum(pool, ({ squares }) => squares))
    const span = { from: first.from.toISOString(), to: slice.to.toISOString() }
    if (now.reference === null) {
      const reference = driftReference(values, kind, worth)
      if (!reference) continue
      now = { ...now, upTo: slice.at, reference: { ...reference, ...span } }
    } else {
      const window = driftOf(now.reference, values, worth)
      if (!window) continue
      const alarmedAt = window.alarm ? span.to : now.alarmedAt
      now = { ...now, upTo: slice.at, windows: now.windows + 1, last: { ...span, ...window }, since: window.alarm ? (now.since ?? span.to) : null, alarmedAt }
    }
    pool = []
  }
  return now
}

const sum = (pool: readonly Slice[], of: (slice: Slice) => number): number => pool.reduce((whole, slice) => whole + of(slice), 0)

/** Begin anew after whatever has been judged: the next values are the reference. When it last alarmed is not forgotten. */
export const begunAnew = ({ upTo, alarmedAt }: DriftTrack): DriftTrack => ({ ...noTrack, upTo, alarmedAt })

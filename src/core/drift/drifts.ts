import { type Counted, sketchBuckets, sketchFromRows } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData, SketchRows } from '../analyze/analysis-input.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { isUnderWay } from '../define/definitions.ts'
import type { DriftDeclaration, DriftState, DriftTrack, DriftWindow } from '../define/drift.ts'
import { requireDurationMs } from '../define/duration.ts'
import { begunAnew, followed, noTrack, type Slice } from './track.ts'

/** Where one variant's distribution of a measure stands. */
export type Drifting = { measure: string; variant: string; ordinal: number; track: DriftTrack }

/** Plans that count what nobody else does: the distribution of a measure is kept as that of a quantile is. */
export const driftPlans = (drift: readonly DriftDeclaration[] | undefined, plans: readonly MetricPlan[]): MetricPlan[] =>
  (drift ?? []).filter(({ measure }) => ordinalOf(plans, measure) < 0).map(({ measure }) => ({
    key: `drift:${measure}`, kind: 'quantile', measure, direction: 'increase', denominator: null, threshold: null, cap: null,
    center: 0, min: null, max: null,
  }))

/** Is it counted for its distribution alone? Then it is no metric, and nobody compares it. */
export const isDriftPlan = ({ kind, quantile }: Pick<MetricPlan, 'kind' | 'quantile'>): boolean => kind === 'quantile' && quantile === undefined

/** The plan whose sketch holds the values of a measure; −1 where none does. */
export const ordinalOf = (plans: readonly MetricPlan[], measure: string): number =>
  plans.findIndex((plan) => plan.kind === 'quantile' && plan.measure === measure)

/** The values of a sketch, each bucket by the value that stands for it. */
export const sketchedValues = ({ buckets, counts }: SketchRows): Counted[] =>
  sketchBuckets(sketchFromRows(buckets.map((bucket, index) => ({ bucket, count: counts[index] ?? 0 }))))

const sliceOf = ({ epoch, startedAt, endedAt, arms }: EpochData, arm: number, ordinal: number): Slice => {
  const { sumY = 0, sumYY = 0 } = arms[arm]?.metrics[ordinal] ?? {}
  const sketch = arms[arm]?.sketches?.[ordinal]
  return { at: epoch, from: startedAt, to: endedAt ?? startedAt, values: sketch ? sketchedValues(sketch) : [], count: sumY, squares: sumYY }
}

/** All of a scope's tracks as far as they were followed; what belongs to another scope counts no more. */
const keptIn = ({ scope, drift }: Pick<AnalysisInput['experiment'], 'scope' | 'drift'>): DriftState =>
  drift && drift.scope === scope ? drift : { scope: scope ?? 0, tracks: {} }

/**
 * Follow every measure that is looked after, variant by variant, through the epochs that are over and whose units have
 * had their window. Null where nothing is looked after, or the experiment is not under way.
 */
export const driftNow = ({ experiment, metrics, epochs, now }: AnalysisInput): DriftState | null => {
  const { definition, variants, state, scope } = experiment
  const declared = definition.drift ?? []
  if (declared.length === 0 || scope === null || !isUnderWay(state)) return null
  const windowMs = requireDurationMs(definition.window)
  const over = epochs.filter(({ endedAt }) => endedAt !== null && endedAt.getTime() + windowMs <= now.getTime())
  const kept = keptIn(experiment)
  return {
    scope,
    tracks: Object.fromEntries(declared.map((declaration) => {
      const ordinal = ordinalOf(metrics, declaration.measure)
      return [declaration.measure, variants.map((_, arm) => {
        const track = kept.tracks[declaration.measure]?.[arm] ?? noTrack
        const fresh = over.filter(({ epoch }) => epoch > track.upTo)
        return followed(track, fresh.map((epoch) => sliceOf(epoch, arm, ordinal)), declaration)
      })]
    })),
  }
}

/** Is there nothing new in it? A track that was followed further is another one. */
export const sameDrift = (one: DriftState | null | undefined, other: DriftState | null | undefined): boolean => {
  const text = (state: DriftState | null | undefined): string => JSON.stringify(state
    ? [state.scope, Object.entries(state.tracks).toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([measure, tracks]) => [measure, tracks.map(({ upTo, windows, reference }) => [upTo, windows, reference !== null])])]
    : null)
  return text(one) === text(other)
}

/** Tracks of the variants that still serve. */
export const driftings = ({ variants }: Pick<AnalysisInput['experiment'], 'variants'>, state: DriftState | null): Drifting[] =>
  Object.entries(state?.tracks ?? {}).flatMap(([measure, tracks]) =>
    variants.flatMap(({ key, status }, ordinal) => {
      const track = tracks[ordinal]
      return status === 'live' && track ? [{ measure, variant: key, ordinal, track }] : []
    }))

/** What has moved by the last window of each, of all variants or of one. */
export const alarmingIn = (
  { tracks }: DriftState, variants: readonly { key: string }[], variant: string | null = null,
): { measure: string; variant: string; ordinal: number; window: DriftWindow }[] =>
  Object.entries(tracks).flatMap(([measure, own]) => own.flatMap(({ last }, ordinal) => {
    const key = variants[ordinal]?.key ?? ''
    return last?.alarm && (variant === null || key === variant) ? [{ measure, variant: key, ordinal, window: last }] : []
  }))

/** Somebody has seen what moved: whatever comes next is the reference of these. */
export const refrozen = (state: DriftState, moved: readonly { measure: string; ordinal: number }[]): DriftState => ({
  ...state,
  tracks: Object.fromEntries(Object.entries(state.tracks).map(([measure, own]) => [
    measure, own.map((track, ordinal) => (moved.some((one) => one.measure === measure && one.ordinal === ordinal) ? begunAnew(track) : track)),
  ])),
})

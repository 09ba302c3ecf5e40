import { addMoments, armInterval, compareRegimes, noMoments, twoSided } from '../../../stats/index.ts'
import type { AnalysisInput, ArmData, EpochData } from './analysis-input.ts'
import type { Measured } from './compare.ts'
import { interval, withinShare, withinShares } from './intervals.ts'
import { plainLevel } from './levels.ts'
import { evidenceOf, isShare } from '../define/metric-nature.ts'
import { armMoments, armUnits, pairMoments } from './regimes.ts'
import type { Report, SegmentReport } from './report.ts'

const noArm = (metrics: number): ArmData => ({ units: 0, reporting: 0, outcomes: 0, metrics: Array.from({ length: metrics }, () => noMoments) })

const add = (one: ArmData, other: ArmData): ArmData => ({
  units: one.units + other.units,
  reporting: one.reporting + other.reporting,
  outcomes: one.outcomes + other.outcomes,
  metrics: one.metrics.map((moments, ordinal) => addMoments(moments, other.metrics[ordinal] ?? noMoments)),
})

type Value = { segment: number; value: number }
/** Epochs of the units of one value alone; those with the same weights as one, which is all that a comparison tells apart. */
type Part = Value & { epochs: EpochData[] }

/** Matured or not, by segment and value: epochs of their units alone. */
export const partsOf = (epochs: readonly EpochData[]): Map<string, Part> => {
  const parts = new Map<string, Part>()
  for (const epoch of epochs) {
    for (const [arm, { segments = [], metrics }] of epoch.arms.entries()) {
      for (const { segment, value, arm: own } of segments) {
        const name = `${segment}:${value}`
        const part = parts.get(name) ?? { segment, value, epochs: [] }
        parts.set(name, part)
        const same = part.epochs.find(({ weights }) => weights.join() === epoch.weights.join())
        const pooled = same ?? { ...epoch, arms: epoch.arms.map(() => noArm(metrics.length)) }
        if (!same) part.epochs.push(pooled)
        pooled.arms[arm] = add(pooled.arms[arm] ?? noArm(metrics.length), own)
      }
    }
  }
  return parts
}

/** What a value is called. */
export const nameOfValue = ({ segmentValues = [] }: AnalysisInput, segment: number, value: number): string => {
  if (value === 0) return '(other)'
  return value < 0 ? '(none)' : segmentValues.find((one) => one.segment === segment && one.value === value)?.name ?? String(value)
}

type Arms = { control: number; tested: readonly number[]; matured: readonly EpochData[] }

const segmentOf = (
  input: AnalysisInput, measured: readonly Measured[], { control, tested }: Arms, { segment, value, epochs: all }: Part, settled: EpochData[],
): SegmentReport => {
  const { definition, variants } = input.experiment
  const keyOf = (arm: number): string => variants[arm]?.key ?? definition.variants[arm]?.key ?? String(arm)
  const total = (arm: number, of: 'reporting' | 'outcomes'): number => all.reduce((sum, { arms }) => sum + (arms[arm]?.[of] ?? 0), 0)
  const arm = (ordinal: number): SegmentReport['variants'][number] => ({
    key: keyOf(ordinal),
    units: armUnits(all, ordinal),
    outcomes: total(ordinal, 'outcomes'),
    metrics: Object.fromEntries(measured.map(({ plan, ordinal: metric }) => {
      const { n, ...bounds } = armInterval(armMoments(all, ordinal, metric), plainLevel(input, metric), plan.center)
      return [plan.key, { ...(isShare(plan) ? withinShare(interval(bounds)) : interval(bounds)), n }]
    })),
  })
  const comparison = ({ metric, plan, ordinal }: Measured, variant: number): SegmentReport['comparisons'][number] => {
    const level = plainLevel(input, ordinal)
    const half = { ...level, alpha: level.alpha / 2 }
    const { difference, relative, n } = compareRegimes(pairMoments(settled, control, variant, ordinal), {
      ...evidenceOf(plan), direction: plan.direction, promote: half, harm: half,
    })
    const around = (of: typeof difference) =>
      interval(of.estimate === null || of.se === null ? of : twoSided({ estimate: of.estimate, se: of.se, n }, level))
    const told = around(difference)
    return {
      metric: metric.metric, variant: keyOf(variant), control: keyOf(control),
      difference: isShare(plan) ? withinShares(told) : told, relative: around(relative),
    }
  }
  return {
    segment: definition.segments?.[segment - 1] ?? String(segment),
    value: nameOfValue(input, segment, value),
    variants: definition.variants.map((_, ordinal) => arm(ordinal)),
    comparisons: measured.flatMap((one) => tested.map((variant) => comparison(one, variant))),
  }
}

/**
 * The experiment by the values of its segments: every metric but quantiles, each with its two-sided interval at α. They
 * are not corrected for how many there are and decide nothing, so there is no verdict. Units of which the request told
 * nothing are `(none)`, those with a rarer value than the first twenty `(other)`; each segment's parts sum to the whole,
 * but for units known from outcomes alone.
 */
export const segmentsOf = (input: AnalysisInput, measured: readonly Measured[], arms: Arms): SegmentReport[] => {
  const [parts, settled] = [partsOf(input.epochs), partsOf(arms.matured)]
  const last = ({ value }: Value): number => (value > 0 ? value : 1_000 - value)
  const broken = measured.filter(({ plan }) => plan.kind !== 'quantile')
  return [...parts]
    .toSorted(([, one], [, other]) => one.segment - other.segment || last(one) - last(other))
    .map(([name, part]) => segmentOf(input, broken, arms, part, settled.get(name)?.epochs ?? []))
}

/** Characters of the JSON of segments that are kept with each analysis; there may be one every ten seconds. */
const mostKept = 32_768

const bySegment = ({ segments, guardrails }: Report): unknown[] => [...segments, ...guardrails.flatMap(({ values = [] }) => values)]

/** A report as it is kept: without its segments where they are very many. */
export const keptReport = (report: Report): Report => {
  const told = bySegment(report)
  if (told.length === 0 || JSON.stringify(told).length <= mostKept) return report
  const guardrails = report.guardrails.map((one) => {
    const { values: _, ...kept } = one
    return kept
  })
  return {
    ...report, segments: [], guardrails,
    warnings: [...report.warnings, 'Segments are not kept with this analysis: there are too many of them.'],
  }
}

import { armInterval, compareRegimes, noMoments, twoSided } from '../../stats/index.ts'
import type { AnalysisInput, ArmData, EpochData } from './analysis-input.ts'
import type { Measured } from './compare.ts'
import { interval, withinShare } from './intervals.ts'
import { plainLevel } from './levels.ts'
import { evidenceOf, isShare } from './metric-nature.ts'
import { armMoments, armUnits, pairMoments } from './regimes.ts'
import type { SegmentReport } from './report.ts'

const noArm = (metrics: number): ArmData => ({ units: 0, reporting: 0, outcomes: 0, metrics: Array.from({ length: metrics }, () => noMoments) })

/** The same epochs with the units of one value alone. */
const within = (epochs: readonly EpochData[], segment: number, value: number): EpochData[] =>
  epochs.map((epoch) => ({
    ...epoch,
    arms: epoch.arms.map(({ segments = [], metrics }) =>
      segments.find((one) => one.segment === segment && one.value === value)?.arm ?? noArm(metrics.length)),
  }))

const nameOf = ({ segmentValues = [] }: AnalysisInput, segment: number, value: number): string => {
  if (value === 0) return '(other)'
  return value < 0 ? '(none)' : segmentValues.find((one) => one.segment === segment && one.value === value)?.name ?? String(value)
}

type Arms = { control: number; tested: readonly number[]; matured: readonly EpochData[] }

const segmentOf = (
  input: AnalysisInput, measured: readonly Measured[], { control, tested, matured }: Arms, segment: number, value: number,
): SegmentReport => {
  const [all, settled] = [within(input.epochs, segment, value), within(matured, segment, value)]
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
    return { metric: metric.metric, variant: keyOf(variant), control: keyOf(control), difference: around(difference), relative: around(relative) }
  }
  return {
    segment: definition.segments?.[segment - 1] ?? String(segment),
    value: nameOf(input, segment, value),
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
  const values = new Map<string, { segment: number; value: number }>()
  for (const { arms } of input.epochs) {
    for (const { segments = [] } of arms) for (const { segment, value } of segments) values.set(`${segment}:${value}`, { segment, value })
  }
  const last = ({ value }: { value: number }): number => (value > 0 ? value : 1_000 - value)
  const broken = measured.filter(({ plan }) => plan.kind !== 'quantile')
  return [...values.values()]
    .toSorted((one, other) => one.segment - other.segment || last(one) - last(other))
    .map(({ segment, value }) => segmentOf(input, broken, arms, segment, value))
}

import { BROKEN_WINDOWS, missingMinimums, type Moments, ratioEstimate, WINDOWS } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import type { Contrast, Measured } from './compare.ts'
import type { Guardrail } from './guardrails.ts'
import { excess, unknown } from './intervals.ts'
import { levelsOf, type LimitLevel, limitLevelOfWindow } from './levels.ts'
import { evidenceOf, isBinary } from '../define/metric-nature.ts'
import type { MetricPlan } from './metric-plan.ts'
import { quantileStanding } from './quantile-arms.ts'
import { armMoments, armUnits } from './regimes.ts'
import type { Interval, LimitWindow, Verdict } from './report.ts'
import { shareBeyondLimit, shareBroken } from './share-limit.ts'

const standing = (moments: Moments, { center }: MetricPlan) => {
  const arm = ratioEstimate(moments, center)
  return arm && { estimate: arm.estimate, se: Math.sqrt(arm.variance), n: moments.n }
}

/**
 * How far one arm lies beyond an absolute limit, worse being larger: above 0 the limit is broken. Exact for shares, which
 * need no least number of units; else the asymptotic sequence.
 */
export const beyondLimit = (
  input: AnalysisInput, measured: Measured, epochs: readonly EpochData[], arm: number, level: LimitLevel,
): { harm: Interval; exact: boolean } => {
  const { metric, plan, ordinal } = measured
  if (metric.limit === undefined) return { harm: unknown, exact: false }
  const share = shareBeyondLimit(input, measured, metric.limit, armMoments(epochs, arm, ordinal), level)
  if (share) return { harm: share, exact: true }
  const own = plan.kind === 'quantile' ? quantileStanding(epochs, plan, ordinal, arm) : standing(armMoments(epochs, arm, ordinal), plan)
  if (!own) return { harm: unknown, exact: false }
  const estimate = (plan.direction === 'decrease' ? 1 : -1) * (own.estimate - metric.limit)
  if (own.se === null || !(own.se > 0)) return { harm: { ...unknown, estimate }, exact: false }
  return { harm: excess({ estimate, se: own.se, n: own.n }, level, levelsOf(input, metric, ordinal).gain), exact: false }
}

/** Units of the variant that make a window: of shares 50, else what an asymptotic answer needs; of quantiles so many beyond it. */
const leastOf = (plan: MetricPlan): number => {
  if (isBinary(plan)) return 50
  const { quantile = 0.5 } = plan
  return plan.kind === 'quantile' ? Math.max(100, Math.ceil(20 / Math.min(quantile, 1 - quantile))) : 100
}

/** A window as it was found: 1 for the first of its scope. */
type Found = { window: number; epochs: EpochData[]; units: number }

/**
 * An arm's traffic in windows: as many epochs in a row as it takes for so many of its units, so that quiet hours and the
 * short epochs of a bandit make one as well. Where one ends depends on units alone, never on what they report.
 */
const windowsOf = (epochs: readonly EpochData[], arm: number, least: number): Found[] => {
  const windows: Found[] = []
  let open: Found = { window: 1, epochs: [], units: 0 }
  for (const epoch of epochs) {
    const units = epoch.arms[arm]?.units ?? 0
    if (units === 0) continue
    open.epochs.push(epoch)
    open.units += units
    if (open.units < least) continue
    windows.push(open)
    open = { window: open.window + 1, epochs: [], units: 0 }
  }
  return windows
}

const isEnough = ({ plan, ordinal }: Measured, epochs: readonly EpochData[], arm: number): boolean => {
  const moments = armMoments(epochs, arm, ordinal)
  if (plan.kind === 'quantile') return moments.n >= leastOf(plan)
  // the arm with itself: of a pair only the minimums of one arm matter
  return missingMinimums([{ a: moments, b: moments }], evidenceOf(plan)).length === 0
}

const lookedAt = (input: AnalysisInput, measured: Measured, arm: number, { window, epochs, units }: Found): LimitWindow => {
  const level = limitLevelOfWindow(input, window)
  const exact = shareBroken(measured, measured.metric.limit ?? 0, armMoments(epochs, arm, measured.ordinal), level)
  const { estimate, lower } = exact ?? beyondLimit(input, measured, epochs, arm, level).harm
  return {
    from: epochs[0]!.startedAt.toISOString(), to: epochs.at(-1)!.endedAt?.toISOString() ?? null, units, excess: { estimate, lower },
    broken: lower !== null && lower > 0 && (exact !== null || isEnough(measured, epochs, arm)),
  }
}

/** An absolute limit of one variant by its last windows of traffic; it can fail, and never passes. */
export type WindowedGuardrail = Guardrail & { windows: LimitWindow[] }

/**
 * Has a variant broken its absolute limit in 3 of its last 5 windows of traffic? One that turns bad late is found hours
 * later, while over the whole scope its good days outweigh that. Where the control is beyond the limit in the same time, too,
 * nobody is blamed.
 *
 * @param epochs matured ones
 * @returns null before there are three windows, and where there is no limit
 */
export const limitWindows = (input: AnalysisInput, contrast: Contrast, epochs: readonly EpochData[]): WindowedGuardrail | null => {
  const { measured, variant, against, comparison } = contrast
  if (measured.metric.limit === undefined) return null
  const last = windowsOf(epochs, variant, leastOf(measured.plan)).slice(-WINDOWS)
  if (last.length < BROKEN_WINDOWS) return null
  const windows = last.map((one) => lookedAt(input, measured, variant, one))
  const broken = windows.filter((one) => one.broken)
  const fails = broken.length >= BROKEN_WINDOWS
  const meanwhile = last.flatMap((one) => one.epochs)
  const control = fails && armUnits(meanwhile, against) > 0
    ? beyondLimit(input, measured, meanwhile, against, limitLevelOfWindow(input, 1)).harm.estimate : null
  const shared = (control ?? 0) > 0
  const verdict: Verdict = fails && !shared ? 'FAIL' : 'INCONCLUSIVE'
  return {
    metric: measured.metric.metric, variant: comparison.variant, ordinal: variant, contrast, by: 'limit', margin: 0, verdict, windows,
    harm: { ...(broken.at(-1) ?? windows.at(-1)!).excess, upper: null }, ...(shared && { shared }),
  }
}

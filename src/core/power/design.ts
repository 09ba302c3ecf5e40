import { fixedCritical, normalQuantile, type Reading, zeroBetween } from '../../../stats/index.ts'
import { distanceOf, marginOf, type PowerRequest } from './request.ts'

/** What of a request the formulas need, defaults filled in. */
export type PowerDesign = {
  request: PowerRequest
  /** Shares of the variants, the control first. */
  weights: number[]
  /** Level of one comparison with the control, and its sides. */
  aim: { alpha: number; sides: 1 | 2 }
  /** Sum of the normal quantiles of level and power: what a fixed test needs as its z statistic's mean. */
  reach: number
  reading: Reading
}

export const designOf = (request: PowerRequest): PowerDesign => {
  const count = request.weights?.length ?? request.variants ?? 2
  const sides = request.sides ?? (request.goal === 'superior' ? 2 : 1)
  const aim = { alpha: request.alpha / (count - 1), sides }
  return {
    request,
    weights: request.weights ?? Array.from({ length: count }, () => 1 / count),
    aim,
    reach: fixedCritical(aim.alpha, sides) + normalQuantile(request.power),
    reading: readingOf(request),
  }
}

const readingOf = ({ method, looks = 5, spending }: PowerRequest): Reading => {
  if (method !== 'group-sequential') return { kind: method }
  return spending ? { kind: method, looks, spending } : { kind: method, looks }
}

/** Share of the traffic of the variant that gets least; the control is not one. */
export const leastWeight = ({ weights }: PowerDesign): number => Math.min(...weights.slice(1))

/** Share of the units of a pair, the control and the variant that gets least. */
export const pairWeight = (design: PowerDesign): number => (design.weights[0] ?? 0) + leastWeight(design)

/**
 * Variance of the estimate that decides, times all units of the experiment, when the true difference is this. A
 * relative margin r tests variant − (1 ∓ r)·control, which weighs the control's variance.
 */
export const scaledVariance = (design: PowerDesign, difference: number): number => {
  const { kind, baseline = 0, variance = 0, correlation, relativeMargin = 0, direction } = design.request
  const share = (p: number): number => Math.max(0, p * (1 - p))
  const [control, variant] =
    kind === 'conversion' ? [share(baseline), share(baseline + difference)] : [variance, variance]
  const factor = direction === 'increase' ? 1 - relativeMargin : 1 + relativeMargin
  const remaining = 1 - correlation ** 2
  return remaining * ((factor ** 2 * control) / (design.weights[0] ?? 1) + variant / leastWeight(design))
}

/** Units of all variants that the fixed-horizon test needs; not rounded. */
export const fixedUnits = (design: PowerDesign, difference: number): number =>
  (design.reach ** 2 * scaledVariance(design, difference)) / distanceOf(design.request, difference) ** 2

/**
 * The smallest true difference, towards the better, that so many units find when the z statistic must have this mean.
 *
 * @param reach mean of the z statistic at the end that gives the wanted power
 * @returns in units of the metric; below 0 (above, where less is better) when a variant may even be somewhat worse, as
 *          a margin allows; null when no conversion is far enough away
 */
export const detectable = (design: PowerDesign, units: number, reach: number): number | null => {
  const { request } = design
  const sign = directionOf(request)
  const margin = request.goal === 'superior' ? 0 : marginOf(request)
  if (request.kind !== 'conversion') {
    return sign * (reach * Math.sqrt(scaledVariance(design, 0) / units) - margin)
  }
  const { baseline = 0 } = request
  const room = sign > 0 ? 1 - baseline : baseline
  const worst = -Math.min(margin, sign > 0 ? baseline : 1 - baseline)
  const excess = (gain: number): number =>
    (gain + margin) ** 2 * units - reach ** 2 * scaledVariance(design, sign * gain)
  if (excess(room) < 0) return null
  return excess(worst) >= 0 ? sign * worst : sign * zeroBetween(excess, worst, room, 1e-12)
}

/** Where the difference to find lies: as told, else towards the better. */
const directionOf = ({ effect, relativeEffect, baseline = 1, direction, goal }: PowerRequest): 1 | -1 => {
  const told = effect ?? (relativeEffect === undefined ? 0 : relativeEffect * baseline)
  if (goal === 'superior' && told !== 0) return told > 0 ? 1 : -1
  return direction === 'increase' ? 1 : -1
}

import type { EffectInput, EffectPoint } from './types.ts'
import { atPart, type Range, roundedRange } from './values.ts'

const known = (value: number | null): value is number => value !== null && Number.isFinite(value)

/** Of the bounds on one side, so many may lie outside of the chart: bands begin as wide as the sky. */
const cutPart = 0.12

/**
 * The values that the axis spans, in the metric's own units. The early spikes of a band would press everything later
 * flat, so the outermost eighth of the bounds may be cut; zero, the margin and each line's last interval never are.
 */
export const effectRange = ({ lines, margin, scale }: Pick<EffectInput, 'lines' | 'margin' | 'scale'>): Range => {
  const points = lines.flatMap((line) => line.points)
  const lowers = points.map(({ lower }) => lower).filter(known)
  const uppers = points.map(({ upper }) => upper).filter(known)
  const last = lines.flatMap((line) => {
    const point = line.points.findLast(({ estimate }) => estimate !== null)
    return point ? [point.estimate, point.lower, point.upper].filter(known) : []
  })
  const always = [0, ...(margin === null ? [] : [margin]), ...last]
  const [low, high] = [Math.min(...always, ...lowers), Math.max(...always, ...uppers)]
  const [tight, loose] = [
    Math.min(...always, ...(lowers.length > 0 ? [atPart(lowers, cutPart)] : [])),
    Math.max(...always, ...(uppers.length > 0 ? [atPart(uppers, 1 - cutPart)] : [])),
  ]
  const cut = high - low > 1.5 * (loose - tight)
  const chosen = cut ? { lower: tight, upper: loose } : { lower: low, upper: high }
  const width = chosen.upper - chosen.lower || 1 / scale.factor
  return roundedRange({ lower: chosen.lower - (chosen.lower < 0 ? 0.04 * width : 0), upper: chosen.upper + 0.04 * width })
}

/** Does this point reach beyond the axis, as far as is known of it? */
export const reachesOut = ({ lower, upper, estimate }: EffectPoint, range: Range): boolean =>
  (estimate !== null && (lower === null || lower < range.lower || upper === null || upper > range.upper)) ||
  (estimate === null && (lower !== null || upper !== null))

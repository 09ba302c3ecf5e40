import type { Interval } from '../../core/analyze/report.ts'
import { atPart, type Range } from './values.ts'

/** A row of the forest; `margin` as a difference with its sign, null where no harm is tolerated by name. */
export type ForestRow = Interval & { margin: number | null }

const known = (value: number | null): value is number => value !== null && Number.isFinite(value)

/** An interval so many times as wide as the lower median does not set the axis. */
const tooWide = 4

/**
 * The axis that all rows of a group share, in the metric's own units: zero, every margin and every estimate that is not
 * far out, with some air. One huge interval leaves it by an arrow instead of pressing the others flat.
 */
export const forestRange = (rows: readonly ForestRow[]): Range => {
  const widthOf = ({ lower, upper }: ForestRow): number | null => (known(lower) && known(upper) ? upper - lower : null)
  const widths = rows.map(widthOf).filter(known)
  const limit = widths.length > 0 ? tooWide * atPart(widths, (0.5 * (widths.length - 1)) / widths.length) : Infinity
  const margins = rows.map(({ margin }) => margin).filter(known)
  const ordinary = rows.filter((row) => (widthOf(row) ?? Infinity) <= limit).flatMap(({ lower, upper }) => [lower, upper]).filter(known)
  const core = [0, ...margins, ...ordinary]
  const span = Math.max(...core) - Math.min(...core)
  // with an open end, or an interval too wide to fit, at least the estimate is shown where that costs little
  const estimates = rows.map(({ estimate }) => estimate).filter(known)
    .filter((estimate) => span === 0 || (estimate >= Math.min(...core) - span / 2 && estimate <= Math.max(...core) + span / 2))
  const [low, high] = [Math.min(...core, ...estimates), Math.max(...core, ...estimates)]
  const width = high - low
  if (width === 0) return { lower: -1, upper: 1 }
  return { lower: low - 0.08 * width, upper: high + 0.08 * width }
}

import type { Interval } from '../../core/analyze/report.ts'

/** Values at the two ends of a drawing. */
export type Axis = { from: number; to: number }

/**
 * An axis on which all finite ends of these intervals lie, and these values too, with a little room; from −1 to 1 where
 * nothing is known.
 */
export const axisOf = (intervals: readonly Interval[], values: readonly number[]): Axis => {
  const known = [...intervals.flatMap(({ lower, estimate, upper }) => [lower, estimate, upper]), ...values].filter((value) => value !== null)
  const [least, most] = [Math.min(...known), Math.max(...known)]
  if (!(most > least)) return { from: -1, to: 1 }
  const room = (most - least) * 0.03
  return { from: least - room, to: most + room }
}

type Marks = { zero?: number; margin?: number | null }

/**
 * An interval in `width` cells: `├───●────┤`, an unbounded end (or one off the axis) an arrow, `┊` at zero and `╎` at a
 * margin. Blank but for these lines when nothing is known.
 */
export const drawInterval = ({ lower, estimate, upper }: Interval, axis: Axis, width: number, { zero = 0, margin = null }: Marks = {}): string => {
  const place = (value: number): number => Math.round(((value - axis.from) / (axis.to - axis.from)) * (width - 1))
  const inside = (cell: number): boolean => cell >= 0 && cell < width
  const cells = Array.from({ length: width }, () => ' ')
  const put = (cell: number, mark: string): void => {
    if (inside(cell)) cells[cell] = mark
  }
  put(place(zero), '┊')
  if (margin !== null) put(place(margin), '╎')
  if (estimate === null || (lower === null && upper === null)) {
    if (estimate !== null) put(place(estimate), '●')
    return cells.join('')
  }
  const [left, right] = [lower === null ? -1 : place(lower), upper === null ? width : place(upper)]
  for (let cell = Math.max(0, left); cell <= Math.min(width - 1, right); cell++) if (cells[cell] === ' ') cells[cell] = '─'
  put(Math.max(0, left), left < 0 ? '◄' : '├')
  put(Math.min(width - 1, right), right >= width ? '►' : '┤')
  put(Math.min(width - 1, Math.max(0, place(estimate))), '●')
  return cells.join('')
}

import type { Interval, Verdict } from '../../core/analyze/report.ts'
import { decimal, digitsOf, points, range as rangeWords, type Scale } from '../../core/describe/wording.ts'
import { type Colour, paint } from '../colours.ts'
import { along } from './along.ts'

import { element, escaped, near, textAt } from './svg.ts'
import { type Range, valueTicks, within } from './values.ts'

/** Pixels of one cell's drawing. The stylesheet may stretch its width; `viewBox` keeps the rest in step. */
const height = 44

/** How wide the cell is: of a table with few columns, and of one with many, where words must not shrink. */
export const cellWidths = { roomy: 300, tight: 232 } as const
export type CellWidth = (typeof cellWidths)[keyof typeof cellWidths]
const middle = height / 2

export type ForestMark = {
  interval: Interval
  verdict: Verdict
  /** Shared by the rows of a group; see forestRange. */
  axis: Range
  /** Harm that is tolerated, as a difference with its sign; null where none is. */
  margin: number | null
  scale: Scale
  /** What is compared: "Answer preferred, qwen against gemma". */
  name: string
  /** The verdict's word, as its pill says it; null while results are on hold. */
  word: string | null
}

const tone = (verdict: Verdict): Colour => (verdict === 'PASS' ? 'better' : verdict === 'FAIL' ? 'worse' : 'quiet')

/** The estimate: a diamond where all is well, a square where it is not, else an open circle. Shape comes before colour. */
const shapeAt = (x: number, verdict: Verdict): string => {
  const fill = paint(tone(verdict))
  if (verdict === 'PASS') return element('path', { d: `M${near(x - 8)} ${middle}L${near(x)} ${middle - 8}L${near(x + 8)} ${middle}L${near(x)} ${middle + 8}Z`, fill })
  if (verdict === 'FAIL') return element('rect', { x: x - 6, y: middle - 6, width: 12, height: 12, fill })
  return element('circle', { cx: x, cy: middle, r: 5, fill: paint('paper'), stroke: fill, 'stroke-width': 2 })
}

/** An end that lies beyond the axis, or is unbounded. */
const arrow = (x: number, towards: 1 | -1, colour: string): string =>
  element('path', { d: `M${near(x - 8 * towards)} ${middle - 6}L${near(x)} ${middle}L${near(x - 8 * towards)} ${middle + 6}`, fill: 'none', stroke: colour, 'stroke-width': 3 })

const known = ({ estimate, lower, upper }: Interval): boolean => estimate !== null || lower !== null || upper !== null

/** The numbers in words: "Slow replies, qwen against gemma: −0.4 pp, plausibly −1.6 to +0.8 pp; tolerated harm +2.0 pp. Safe." */
export const forestWords = ({ interval, margin, scale, name, word }: Omit<ForestMark, 'axis' | 'verdict'>): string => {
  const digits = digitsOf(interval, scale)
  const numbers = known(interval) ? `${points(interval.estimate, scale, digits)}, plausibly ${rangeWords(interval, scale, digits)}` : 'nothing is known yet'
  const tolerated = margin === null ? '' : `; tolerated harm ${points(margin, scale, Math.max(digits, 1))}`
  return `${name}: ${numbers}${tolerated}.${word === null ? '' : ` ${word}.`}`
}

/** One row of the forest: zero, tolerated harm, interval and estimate, on the axis of its group. An SVG element. */
export const forestMark = (mark: ForestMark, width: CellWidth = cellWidths.roomy): string => {
  const { interval, verdict, axis, margin } = mark
  const x = along(axis.lower, axis.upper, 0, width)
  const colour = paint(tone(verdict))
  const inside = (value: number): number => within(value, axis)
  const parts = [
    element('title', {}, escaped(forestWords(mark))),
    element('line', { x1: x(0), x2: x(0), y1: 0, y2: height, stroke: paint('ink'), 'stroke-width': 1.5 }),
    margin === null ? '' : element('line', { x1: x(margin), x2: x(margin), y1: 0, y2: height, stroke: paint('worse'), 'stroke-width': 1.5, 'stroke-dasharray': '4 3' }),
  ]
  if (known(interval)) {
    const [lower, upper] = [interval.lower ?? -Infinity, interval.upper ?? Infinity]
    parts.push(element('line', { x1: x(inside(lower)), x2: x(inside(upper)), y1: middle, y2: middle, stroke: colour, 'stroke-width': 4 }))
    if (lower < axis.lower) parts.push(arrow(1, -1, colour))
    if (upper > axis.upper) parts.push(arrow(width - 1, 1, colour))
    if (interval.estimate !== null && inside(interval.estimate) === interval.estimate) parts.push(shapeAt(x(interval.estimate), verdict))
  }
  return element('svg', { class: 'forest', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' }, parts.join(''))
}

/** The axis of a group, for the head of its column: round values, and which way is good. */
export const forestAxis = (axis: Range, scale: Scale, direction: 'increase' | 'decrease', width: CellWidth = cellWidths.roomy): string => {
  const x = along(axis.lower, axis.upper, 0, width)
  const scaled = { lower: axis.lower * scale.factor, upper: axis.upper * scale.factor }
  const { values, digits } = valueTicks(scaled, 4)
  const [left, right] = direction === 'increase' ? ['worse', 'better'] : ['better', 'worse']
  const ticks = values.flatMap((value) => {
    const at = x(value / scale.factor)
    const anchor = at < 14 ? 'start' : at > width - 14 ? 'end' : 'middle'
    return [
      element('line', { x1: at, x2: at, y1: 36, y2: 40, stroke: paint('quiet') }),
      textAt(at, 33, decimal(value, digits, true), { 'text-anchor': anchor, 'font-size': 11, fill: paint('quiet') }),
    ]
  })
  const words = `${left} ← → ${right}`
  const zero = x(0)
  const anchor = zero < 60 ? 'start' : zero > width - 60 ? 'end' : 'middle'
  return element('svg', { class: 'forest', viewBox: `0 0 ${width} 40`, width, height: 40, role: 'img' }, [
    element('title', {}, escaped(`Axis from ${decimal(scaled.lower, digits, true)} to ${decimal(scaled.upper, digits, true)}${scale.points}; ${right} to the right`)),
    textAt(anchor === 'start' ? Math.max(0, zero - 10) : anchor === 'end' ? Math.min(width, zero + 10) : zero, 14, words, { 'text-anchor': anchor, 'font-size': 11, fill: paint('quiet') }),
    ...ticks,
  ].join(''))
}

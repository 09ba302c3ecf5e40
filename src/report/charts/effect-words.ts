import { points } from '../../core/describe/wording.ts'
import { paint } from '../colours.ts'
import type { Frame, Size } from './frame.ts'
import { labelsBeside } from './labels.ts'
import { element, halo, textAt } from './svg.ts'
import type { EffectInput } from './types.ts'
import { type Range, valueTicks, within } from './values.ts'

/** Baseline of words above or beneath a line, whichever is farther from what ends there. */
const besideLine = (line: number, taken: readonly number[]): number => {
  const distance = (place: number): number => Math.min(...taken.map((one) => Math.abs(one - place)))
  return distance(line - 10) >= distance(line + 10) ? line - 6 : line + 14
}

const toleratedWords = ({ scale }: EffectInput, margin: number, range: Range, size: Size): string => {
  const { digits } = valueTicks({ lower: range.lower * scale.factor, upper: range.upper * scale.factor })
  return `${size === 'wide' ? 'tolerated harm' : 'tolerated'} ${points(margin, scale, Math.max(1, digits))}`
}

/** What lies over the painted lines: the unit, zero, the tolerated harm, and names beside the ends. */
export const effectWords = (input: EffectInput, frame: Frame, y: (value: number) => number, range: Range, size: Size): string => {
  const { margin, control, scale } = input
  const { left, right, top, bottom } = frame
  const unit = scale.points.trim()
  const ends = input.lines.flatMap(({ variant, colour, points: all }) => {
    const last = all.findLast(({ estimate }) => estimate !== null)?.estimate ?? null
    return last === null ? [] : [{ text: variant, y: within(y(last), { lower: top + 4, upper: bottom - 4 }), colour }]
  })
  const across = (value: number, stroke: string, dashes: string | null): string =>
    element('line', { x1: left, x2: right, y1: y(value), y2: y(value), stroke, 'stroke-width': 1.5, 'stroke-dasharray': dashes })
  const tolerated = margin === null ? [] : [
    across(margin, paint('worse'), '5 4'),
    textAt(right - 4, besideLine(y(margin), ends.map((end) => end.y)), toleratedWords(input, margin, range, size), {
      'text-anchor': 'end', 'font-size': 12, fill: paint('worse'), ...halo,
    }),
  ]
  const heading = `${size === 'wide' ? 'Difference from' : 'Against'} ${control}${unit === '' ? '' : `, ${unit}`}`
  return [
    textAt(0, 13, heading, { 'font-size': 12, fill: paint('quiet') }),
    across(0, paint('ink'), null),
    ...tolerated,
    labelsBeside(ends, { x: right + 8, width: frame.width - right - 8, top, bottom }),
  ].join('')
}

import { paint } from '../colours.ts'
import { along } from './along.ts'
import { type Frame } from './frame.ts'
import { element, near, textAt } from './svg.ts'
import type { Range } from './values.ts'

/** Where something is said along an axis, in its own units, and what. */
export type Tick = { value: number; text: string }

type Panel = Pick<Frame, 'left' | 'right' | 'top' | 'bottom'>

const label = { 'font-size': 12, fill: paint('quiet') }

/** Thin lines are drawn along the middle of a row or column of pixels. */
const crisp = (place: number): number => Math.floor(near(place)) + 0.5

/** Across a panel, a line at each value, labelled at the left. */
export const valueMarks = (ticks: readonly Tick[], { lower, upper }: Range, { left, right, top, bottom }: Panel): string => {
  const y = along(lower, upper, bottom, top)
  const across = ticks.map(({ value }) => `M${near(left)} ${crisp(y(value))}H${near(right)}`).join('')
  return element('path', { d: across, fill: 'none', stroke: paint('rule') }) +
    element('g', { 'text-anchor': 'end', ...label }, ticks.map(({ value, text }) => textAt(left - 8, y(value) + 4, text)).join(''))
}

/** Along the bottom of a panel, its edge; a mark and a label at each value. */
export const bottomMarks = (ticks: readonly Tick[], { lower, upper }: Range, { left, right, bottom }: Panel, labelled: readonly Tick[] = ticks): string => {
  const x = along(lower, upper, left, right)
  const marks = ticks.map(({ value }) => `M${crisp(x(value))} ${near(bottom)}v4`).join('')
  return element('path', { d: `M${near(left)} ${crisp(bottom)}H${near(right)}${marks}`, fill: 'none', stroke: paint('rule') }) +
    element('g', { 'text-anchor': 'middle', ...label }, labelled.map(({ value, text }) => textAt(x(value), bottom + 18, text)).join(''))
}

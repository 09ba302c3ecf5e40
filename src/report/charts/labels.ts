import { paint, type Colour } from '../colours.ts'
import { fitted, textAt } from './svg.ts'

export type EndLabel = { text: string; y: number; colour: Colour }

const line = 16

/** Heights of labels in the order given, moved apart so that none covers another and all stay between top and bottom. */
export const apart = (heights: readonly number[], top: number, bottom: number): number[] => {
  const order = heights.map((_, index) => index).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0))
  const placed = [...heights]
  let above = top - line
  for (const index of order) {
    placed[index] = Math.max(placed[index] ?? 0, above + line)
    above = placed[index]
  }
  let below = bottom + line
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index] ?? 0, below - line)
    below = placed[index]
  }
  return placed
}

/** Names at the right of a panel, each at the height of its line's end. */
export const labelsBeside = (labels: readonly EndLabel[], { x, width, top, bottom }: { x: number; width: number; top: number; bottom: number }): string => {
  const heights = apart(labels.map(({ y }) => y), top, bottom)
  return labels.map(({ text, colour }, index) =>
    textAt(x, (heights[index] ?? 0) + 4, fitted(text, 13, width), { 'font-size': 13, 'font-weight': '600', fill: paint(colour) })).join('')
}

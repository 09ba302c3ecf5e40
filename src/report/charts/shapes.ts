import type { Colour } from '../colours.ts'
import type { Frame } from './frame.ts'
import type { Range } from './values.ts'

type Point = readonly [x: number, y: number]

/** A line through points of a panel in its own units, or the area that they enclose; null where nothing is drawn. */
export type Shape = {
  points: readonly Point[]
  fill: { colour: Colour; opacity: number } | null
  /** `dashes`: as an SVG attribute. */
  stroke: { colour: Colour; width: number; opacity: number; dashes: string | null } | null
}

/** Where shapes are drawn, in this order and cut at its edges, and what its sides stand for. */
export type Panel = { frame: Frame; x: Range; y: Range; shapes: readonly Shape[] }

export const area = (points: readonly Point[], colour: Colour, opacity: number): Shape => ({ points, fill: { colour, opacity }, stroke: null })

export const line = (
  points: readonly Point[], colour: Colour, { width = 2, opacity = 1, dashes = null }: Partial<NonNullable<Shape['stroke']>> = {},
): Shape => ({ points, fill: null, stroke: { colour, width, opacity, dashes } })

import { paint, type Colour } from '../colours.ts'
import type { Frame } from './frame.ts'
import { near } from './svg.ts'
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

const gridOf = ({ width, height, left, right, top, bottom }: Frame) => ({
  left, right: width - right, top, bottom: height - bottom, outerBoundsMode: 'none' as const,
})

const axisOf = ({ lower, upper }: Range, gridIndex: number) => ({ type: 'value' as const, min: lower, max: upper, gridIndex, show: false })

const seriesOf = (shapes: readonly Shape[], grid: number) => ({
  type: 'custom' as const, silent: true, clip: true, xAxisIndex: grid, yAxisIndex: grid, data: shapes.map((_, index) => [index, 0]),
  renderItem: ({ dataIndex }: { dataIndex: number }, panel: { coord(point: Point): number[] }) => {
    const { points, fill, stroke } = shapes[dataIndex] as Shape
    return {
      type: fill ? 'polygon' as const : 'polyline' as const,
      shape: { points: points.map((point) => panel.coord(point).map(near)) },
      style: {
        fill: fill && paint(fill.colour), fillOpacity: fill?.opacity ?? 1, stroke: stroke && paint(stroke.colour), strokeOpacity: stroke?.opacity ?? 1,
        lineWidth: stroke?.width ?? 0, lineDash: stroke?.dashes?.split(' ').map(Number) ?? null, lineJoin: 'bevel' as const,
      },
    }
  },
})

/**
 * Panels as ECharts takes them. A panel is one series, and axes are drawn by us: ECharts takes longer over a series or the
 * labels of an axis than over hundreds of points.
 */
export const optionOf = (panels: readonly Panel[]) => ({
  grid: panels.map(({ frame }) => gridOf(frame)),
  xAxis: panels.map(({ x }, index) => axisOf(x, index)),
  yAxis: panels.map(({ y }, index) => axisOf(y, index)),
  series: panels.map(({ shapes }, index) => seriesOf(shapes, index)),
})

import { graphic, use, zrender } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { paint } from '../colours.ts'
import { along } from './along.ts'
import type { Panel, Shape } from './shapes.ts'
import { near } from './svg.ts'

use([SVGRenderer])

type Group = InstanceType<typeof graphic.Group>
/** Its own elements do not fit it under exactOptionalPropertyTypes. */
type Child = Parameters<Group['add']>[0]

const styleOf = ({ fill, stroke }: Shape) => ({
  ...(fill && { fill: paint(fill.colour), fillOpacity: fill.opacity }),
  ...(stroke && { stroke: paint(stroke.colour), strokeOpacity: stroke.opacity, lineWidth: stroke.width }),
  ...(stroke?.dashes && { lineDash: stroke.dashes.split(' ').map(Number) }), lineJoin: 'bevel' as const,
})

const panelOf = ({ frame: { left, right, top, bottom }, x, y, shapes }: Panel): Group => {
  const [across, up] = [along(x.lower, x.upper, left, right), along(y.lower, y.upper, bottom, top)]
  const group = new graphic.Group()
  group.setClipPath(new graphic.Rect({ shape: { x: left, y: top, width: right - left, height: bottom - top } }))
  for (const shape of shapes) {
    const points = shape.points.map(([at, value]) => [near(across(at)), near(up(value))])
    const options = { shape: { points }, style: styleOf(shape), silent: true }
    group.add((shape.fill ? new graphic.Polygon(options) : new graphic.Polyline(options)) as unknown as Child)
  }
  return group
}

/**
 * Panels as ECharts' renderer writes them in SVG. Its charts are left out: axes and words are drawn by us, and what a chart
 * does before it draws takes longer than all else of a page. Without `dispose` a drawing would stay in memory.
 */
export const render = (panels: readonly Panel[], width: number, height: number): string => {
  const canvas = zrender.init(null, { renderer: 'svg', ssr: true, width, height })
  try {
    for (const panel of panels) canvas.add(panelOf(panel))
    canvas.refreshImmediately()
    return (canvas.painter as unknown as { renderToString(): string }).renderToString()
  } finally {
    canvas.dispose()
  }
}

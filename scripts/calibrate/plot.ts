import * as echarts from 'echarts'
import { estimate } from './estimate.ts'
import type { Cell, Plot, Study, Tally } from './study.ts'

const fits = (cell: Cell, where: Plot['where'] = {}): boolean =>
  Object.entries(where).every(([label, value]) => cell.labels[label] === value)

/** Means of a study's measures as points with their 99 % Monte-Carlo limits, as an SVG document. */
export const svgOf = (study: Study, plot: Plot, sums: ReadonlyMap<string, Tally>): string => {
  const cells = study.cells.filter((cell) => fits(cell, plot.where))
  const categories = cells.map((cell) => plot.category.split(' ').map((label) => cell.labels[label] ?? '').join(' · '))
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 960, height: 120 + 22 * Math.max(10, cells.length) })
  const series = plot.measures.flatMap((measure): echarts.SeriesOption[] => {
    const points = cells.flatMap((cell, index) => {
      const sum = sums.get(`${study.name}/${cell.key}`)?.measures[measure]
      return sum ? [{ index, ...estimate(sum) }] : []
    })
    return [
      { name: measure, type: 'scatter', symbolSize: 7, data: points.map(({ index, mean }) => [mean, index]) },
      {
        name: measure, type: 'custom', silent: true, z: 1,
        data: points.map(({ index, lower, upper }) => [lower, upper, index]),
        renderItem: (_, api) => {
          const [from, to] = [api.coord([api.value(0), api.value(2)]), api.coord([api.value(1), api.value(2)])]
          return {
            type: 'line',
            shape: { x1: from[0] ?? 0, y1: from[1] ?? 0, x2: to[0] ?? 0, y2: to[1] ?? 0 },
            style: { stroke: api.visual('color') as string, opacity: 0.6, lineWidth: 2 },
          }
        },
      },
    ]
  })
  if (plot.reference !== undefined) {
    series.push({
      type: 'line', data: [], silent: true,
      markLine: { symbol: 'none', data: [{ xAxis: plot.reference }], lineStyle: { color: '#666', type: 'dashed' }, label: { formatter: String(plot.reference), position: 'start', distance: 2 } },
    })
  }
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    color: ['#1d4ed8', '#c2410c', '#0f766e', '#7e22ce'],
    title: { text: plot.title, left: 'center', top: 4, textStyle: { fontSize: 14 } },
    legend: { top: 30, itemHeight: 8, itemWidth: 8, data: [...plot.measures] },
    grid: { left: 260, right: 40, top: 76, bottom: 32 },
    xAxis: { type: 'value', scale: true, position: 'bottom' },
    yAxis: { type: 'category', data: categories, inverse: true },
    series,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

import { CustomChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { init, use, type EChartsCoreOption } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([CustomChart, GridComponent, SVGRenderer])

/** ECharts' own SVG for these options. Without `dispose` a drawing would stay in memory, and its timers keep the process. */
export const render = (option: EChartsCoreOption, width: number, height: number): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ ...option, animation: false, useUTC: true })
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

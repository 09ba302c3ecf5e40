import type { Deps } from '../../deps.ts'
import { ServiceError } from '../../errors.ts'
import { type Chart, chartFile, effectChart, quantileChart, trafficChart } from '../../report/charts/index.ts'
import { effectOf, trafficOf } from '../../report/view/course.ts'
import { distributionOf } from '../../report/view/distribution.ts'
import type { Source } from '../../report/view/source.ts'
import { loadReport } from '../pages/load-report.ts'
import type { Pages } from '../pages/pages.ts'
import { reportQuery } from '../pages/report-query.ts'
import { pageHeaders } from '../pages/respond.ts'
import type { Route } from '../route.ts'

type ChartFileDeps = Pick<Deps, 'reports' | 'control'> & { pages: Pages }

/** The chart that a page shows at the same address with `/experiments/{key}` alone; null while there is nothing to draw. */
type Draw = (source: Source) => Promise<Chart | null>

const drawn: Record<string, Draw> = {
  effect: async (source) => {
    const input = effectOf(source)
    return input && effectChart(input)
  },
  traffic: async (source) => {
    const input = trafficOf(source)
    return input && trafficChart(input)
  },
  distribution: async (source) => {
    const input = distributionOf(source)
    return input && quantileChart(input)
  },
}

/** The charts of a report as SVG files of their own, to put elsewhere. */
export const chartFileRoutes = ({ pages, reports, control }: ChartFileDeps): Route[] =>
  Object.entries(drawn).map(([name, draw]) =>
    pages.shared(`/experiments/{key}/${name}.svg`, `The chart "${name}" as SVG`, async (asked) => {
      const key = asked.path['key'] ?? ''
      const chart = await draw(await loadReport({ reports, control }, key, reportQuery(asked)))
      if (chart === null) throw new ServiceError('not_found', `there is nothing to draw of ${key} yet`)
      const headers = { ...pageHeaders, 'content-type': 'image/svg+xml; charset=utf-8', 'content-disposition': `attachment; filename="${key}-${name}.svg"` }
      return new Response(chartFile(chart), { headers })
    }))

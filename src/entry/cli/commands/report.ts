import type { Command } from 'commander'
import type { Api } from '../../../client/api.ts'
import type { CreateExperiment, MetricDefinition } from '../../../core/define/definitions.ts'
import type { Report } from '../../../core/analyze/report.ts'
import type { Definitions } from '../../../report/terminal/comparisons.ts'
import { reportText } from '../../../report/terminal/report.ts'
import { paintFor, print, printJson, widthOf } from '../output.ts'
import { type Asking, asking, experimentPath, ofExperiment, remote } from '../service.ts'
import { watchReport } from '../watch.ts'

type Options = Asking & { watch?: true; every: string; asOf?: string }

/** What the report's numbers are of. */
const definitionsOf = async (api: Api, key: string): Promise<Definitions> => {
  const definition = await api<CreateExperiment>('GET', experimentPath(key))
  const metrics = await Promise.all(definition.metrics.map(({ metric }) => api<MetricDefinition>('GET', `/api/metrics/${encodeURIComponent(metric)}`)))
  return { definition, metrics: new Map(metrics.map((metric) => [metric.key, metric])) }
}

/** contender report KEY: where an experiment stands. */
export const reportCommand = (program: Command): void => {
  asking(program.command('report <experiment>'))
    .description('where an experiment stands: the verdict, what happens next, every comparison')
    .option('--watch', 'go on showing it as it changes; lines instead where there is no terminal')
    .option('--every <seconds>', 'how often --watch looks', '2')
    .option('--as-of <moment>', 'as it was then: a time, or the id of an analysis')
    .action(async (key: string, { watch, every, asOf, json, ...to }: Options) => {
      const api = remote(to)
      const path = experimentPath(key, `/report${asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`}`)
      const read = () => ofExperiment(api, key, () => api<Report>('GET', path))
      if (json && !watch) return printJson(await read())
      const first = await read()
      const definitions = await definitionsOf(api, key)
      if (watch) return watchReport({ first, read, definitions, everyMs: Number(every) * 1_000, json: json === true })
      print(reportText(first, definitions, { paint: paintFor(process.stdout), width: widthOf(process.stdout) }))
    })
}

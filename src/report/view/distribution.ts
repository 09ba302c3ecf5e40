import { sketchBuckets, sketchFromRows } from '../../../stats/index.ts'
import { lowerFirst } from '../../core/describe/wording.ts'
import type { QuantileInput } from '../charts/index.ts'
import { looksOf } from '../series.ts'
import { metricFacts } from './metric-facts.ts'
import type { Source } from './source.ts'

/** How values of a quantile metric are spread, the control first; null where there is none, or nobody has reported a value. */
export const distributionOf = (source: Pick<Source, 'experiment' | 'report' | 'metrics' | 'distribution'>): QuantileInput | null => {
  const { distribution, experiment } = source
  if (distribution === null || distribution.variants.every(({ counts }) => counts.length === 0)) return null
  const looks = looksOf(experiment.variants.map(({ key, control }) => ({ key, control: control === true })))
  const controls = new Set(experiment.variants.flatMap(({ key, control }) => (control === true ? [key] : [])))
  return {
    id: 'distribution', metric: lowerFirst(metricFacts(source, distribution.metric).name), quantile: distribution.quantile,
    variants: distribution.variants.toSorted((a, b) => Number(controls.has(b.key)) - Number(controls.has(a.key))).map(({ key, buckets, counts }) => ({
      name: key, colour: looks[key]?.colour ?? 'control', dashes: looks[key]?.dashes ?? null,
      buckets: sketchBuckets(sketchFromRows(buckets.map((bucket, index) => ({ bucket, count: counts[index] ?? 0 })))),
    })),
  }
}

/** Other metrics whose distribution can be shown. */
export const otherDistributions = ({ experiment, metrics, distribution }: Pick<Source, 'experiment' | 'metrics' | 'distribution'>): { key: string; name: string }[] =>
  experiment.metrics.flatMap(({ metric: key }) => {
    const definition = metrics.get(key)
    return definition?.kind === 'quantile' && key !== distribution?.metric ? [{ key, name: definition.name ?? key }] : []
  })

import { requireDurationMs } from '../../core/define/duration.ts'
import type { EffectInput, TrafficInput } from '../charts/index.ts'
import { effectInput, markersOf, trafficInput } from '../series.ts'
import { isOnHold } from './forest.ts'
import { metricFacts } from './metric-facts.ts'
import { controlKey, type Source } from './source.ts'

const variantsOf = ({ experiment }: Pick<Source, 'experiment'>) => experiment.variants.map(({ key, control }) => ({ key, control: control === true }))

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** The charted metric's effect over time; null while no analysis speaks of it. */
export const effectOf = (source: Source): EffectInput | null => {
  const { experiment, report, course, charted } = source
  if (charted === null) return null
  const facts = metricFacts(source, charted)
  const declared = experiment.metrics.find(({ metric }) => metric === charted)
  const amount = declared?.relativeMargin ?? declared?.margin
  const control = controlKey(experiment)
  return effectInput({
    id: 'effect', metric: charted, control, variants: variantsOf(source),
    shown: experiment.variants.map(({ key }) => key).filter((key) => key !== control),
    method: report.method, alpha: report.alpha, scale: facts.own,
    margin: facts.role === 'guardrail' && amount !== undefined ? { amount, direction: facts.direction, relative: declared?.relativeMargin !== undefined } : null,
    windowMs: requireDurationMs(experiment.window), asOf: Date.parse(report.asOf),
    series: course.series, epochs: course.epochs, markers: markersOf(source.decisions, course.epochs),
  })
}

/** What the metric of the chart is called in its heading. */
export const chartedName = (source: Source): string => (source.charted === null ? '' : lowerFirst(metricFacts(source, source.charted).name))

/** Traffic and chances, traffic alone while results are on hold; null before the start. */
export const trafficOf = (source: Source): TrafficInput | null => {
  const { experiment, report, course } = source
  const asOf = Date.parse(report.asOf)
  const until = experiment.endedAt === null ? asOf : Math.min(asOf, Date.parse(experiment.endedAt))
  return trafficInput({
    id: 'traffic', variants: variantsOf(source), series: isOnHold(report) ? [] : course.series, epochs: course.epochs, markers: markersOf(source.decisions, course.epochs),
    until, bandit: experiment.stages.some(({ allocation }) => allocation === 'bandit'),
  })
}

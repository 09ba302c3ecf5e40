import { MetricDefinition } from '../../core/define/definitions.ts'
import { listOf } from './common.ts'

export const Metric = MetricDefinition.meta({ id: 'Metric' })
export const Metrics = listOf(Metric)

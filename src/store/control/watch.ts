import type { MetricDefinition, ModelWatch } from '../../core/define/definitions.ts'
import { driftPlans } from '../../core/drift/drifts.ts'
import { planOf } from '../../core/analyze/metric-plan.ts'
import { ServiceError, type Violation } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import { openScope } from './scopes.ts'

const metricsOf = async (tx: TransactionSql, { metrics = [] }: ModelWatch): Promise<MetricDefinition[]> => {
  const rows = await tx<{ definition: MetricDefinition }[]>`
    select definition from metrics where key = any(${metrics}) order by array_position(${metrics}, key)`
  return rows.map(({ definition }) => definition)
}

/** @throws {ServiceError} invalid_definition when a watch names a metric that nobody defined, or limits one it does not count */
export const requireWatch = async (tx: TransactionSql, watch: ModelWatch): Promise<void> => {
  const found = await metricsOf(tx, watch)
  const known = new Set(found.map(({ key }) => key))
  const quantiles = new Set(found.filter(({ kind }) => kind === 'quantile').map(({ key }) => key))
  const violations: Violation[] = [
    ...(watch.metrics ?? []).flatMap((key, index) =>
      known.has(key) ? [] : [{ path: `watch.metrics[${index}]`, message: `there is no metric "${key}"` }]),
    ...Object.keys(watch.limits ?? {}).flatMap((key) =>
      !watch.metrics?.includes(key) ? [{ path: `watch.limits.${key}`, message: `"${key}" is not among the metrics of the watch` }]
        : quantiles.has(key) ? [{ path: `watch.limits.${key}`, message: `"${key}" is a quantile, which is only shown; limit the share beyond a threshold` }] : []),
    ...(watch.drift ?? []).flatMap(({ measure }, index, all) =>
      all.findIndex((one) => one.measure === measure) < index ? [{ path: `watch.drift[${index}].measure`, message: `"${measure}" is there already` }] : []),
  ]
  const [first] = violations
  if (first) throw new ServiceError('invalid_definition', `${first.path}: ${first.message}`, { violations })
}

/** The scope in which champion traffic of one version is counted, day by day. Answers its id. The scope keeps its version. */
export const openWatch = async (tx: TransactionSql, model: { id: number; watch: ModelWatch }, version?: number): Promise<number> => {
  const metrics = (await metricsOf(tx, model.watch)).map(planOf)
  const plans = [...metrics, ...driftPlans(model.watch.drift, metrics)]
  return openScope(tx, { kind: 'watch', experiment: null, model: model.id, stage: 0, metrics: plans, windowMs: 0, ...(version === undefined ? {} : { version }) })
}

/**
 * A scope never changes what it counts: after a change of the watch every version is counted in a new one. The former
 * ones keep their version, so that their days can still be read.
 */
export const reopenWatches = async (tx: TransactionSql, model: { id: number; watch: ModelWatch }): Promise<void> => {
  const versions = await tx<{ id: number; scope: number }[]>`
    select id, watch_scope as scope from versions where model = ${model.id} order by id for update`
  for (const { id, scope } of versions) {
    await tx`update versions set watch_scope = ${await openWatch(tx, model, id)} where id = ${id}`
    await tx`update scopes set closed_at = moment(), version = ${id} where id = ${scope}`
  }
}

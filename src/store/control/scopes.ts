import type { Strata } from '../../core/analyze/generations.ts'
import { ceilingOf, type MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'
import { findSources } from './covariate-sources.ts'

/** `windowMs`: how long a unit's outcomes count, in milliseconds; 0 without a deadline. */
export type NewScope = {
  kind: 'stage' | 'watch' | 'bake' | 'generation' | 'shadow'
  experiment: number | null
  model: number
  stage: number
  metrics: MetricPlan[]
  windowMs: number
  /** How long each unit has to report, milliseconds, where silence counts. */
  reportByMs?: number | undefined
  /** versions.id, where it is known already; only for a watch. */
  version?: number
  /** Of a generation: the stage's scope, and by which epochs its units were drawn. */
  parent?: number
  strata?: Strata | null
  /** Of a shadow: the stage's scope, and the candidate's ordinal. */
  shadowOf?: number
  variant?: number
}

/** Open a set of exposures whose metrics never change; answers its id. */
export const openScope = async (tx: TransactionSql, scope: NewScope): Promise<number> => {
  const ceilings = scope.metrics.map((plan) => String(ceilingOf(plan)))
  const lateAfter = scope.windowMs === 0 ? '100 years' : `${scope.windowMs} milliseconds`
  const [row] = await tx<{ id: number }[]>`
    insert into scopes (kind, experiment, model, stage, metrics, ceilings, late_after, report_by, version, parent, strata, shadow_of, variant)
    values (${scope.kind}, ${scope.experiment}, ${scope.model}, ${scope.stage}, ${tx.json(scope.metrics as never)},
      ${`{${ceilings.join()}}`}::float8[], ${lateAfter}::interval,
      ${scope.reportByMs === undefined ? null : `${scope.reportByMs} milliseconds`}::interval,
      ${scope.version ?? null}::int, ${scope.parent ?? null}::int, ${scope.strata ?? null}::text,
      ${scope.shadowOf ?? null}::int, ${scope.variant ?? null}::smallint)
    returning id`
  const { id } = row!
  await findSources(tx, { ...scope, scope: id })
  return id
}

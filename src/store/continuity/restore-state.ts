import type { Change } from '../../core/decide/change.ts'
import type { Carried, StateDocument } from '../../core/continuity/document.ts'
import {
  type Cell, columnsOf, type ColumnType, importedShards, stateTables, type StateTable, stateTableNames,
} from '../../core/continuity/tables.ts'
import type { ExperimentDefinition } from '../../core/define/definitions.ts'
import { requireDurationMs } from '../../core/define/duration.ts'
import { drawsEach, generationMetrics, unadjusted } from '../../core/analyze/generations.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'
import { openScope } from '../control/scopes.ts'

type Row = { id: number; model: number; definition: ExperimentDefinition }

const casts: Record<ColumnType, (index: number) => string> = {
  int: (index) => `(r->>${index})::int`,
  count: (index) => `(r->>${index})::bigint`,
  float: (index) => `(r->>${index})::float8`,
  floats: (index) => `translate(r->>${index}, '[]', '{}')::float8[]`,
  text: (index) => `r->>${index}`,
}

const chunk = 5_000

/** Rows as they are in the document; as text, JSON loses no digit of a number. */
const insertRows = async (tx: TransactionSql, name: StateTable, rows: readonly (readonly Cell[])[]): Promise<void> => {
  const columns = columnsOf(name)
  const statement = `insert into ${stateTables[name].table} (${columns.map(([column]) => column).join(', ')})
    select ${columns.map(([, type], index) => casts[type](index)).join(', ')} from json_array_elements($1::text::json) r`
  for (let from = 0; from < rows.length; from += chunk) await tx.unsafe(statement, [JSON.stringify(rows.slice(from, from + chunk))])
}

const metricsOf = ({ kind, stage, strata }: StateDocument['scopes'][number], definition: ExperimentDefinition, metrics: MetricPlan[]): MetricPlan[] => {
  // that of a bake has no strata
  if (kind === 'generation') return generationMetrics(definition, metrics, strata !== null && drawsEach(definition, stage))
  return kind === 'shadow' ? metrics.map(unadjusted) : metrics
}

/** The scopes of a document, opened here; answers their numbers here by those there. */
const restoreScopes = async (
  tx: TransactionSql, { id, model, definition }: Row, { imported, metrics = [], frozen }: Restoring,
): Promise<Map<number, number>> => {
  const here = new Map<number, number>()
  const windowMs = requireDurationMs(definition.window)
  const completeness = frozen?.completeness
  for (const scope of imported.scopes) {
    const { kind, stage, counts, parent, strata, shadowOf, variant, origin, openedAt, closedAt, carried } = scope
    const opened = await openScope(tx, {
      kind, stage, experiment: id, model, windowMs, metrics: metricsOf(scope, definition, metrics),
      reportByMs: counts && completeness ? requireDurationMs(completeness.reportBy) : undefined,
      ...(parent !== null && { parent: here.get(parent)!, strata }),
      ...(shadowOf !== null && { shadowOf: here.get(shadowOf)! }), ...(variant !== null && { variant }),
    })
    await tx`
      update scopes set opened_at = ${openedAt}::timestamptz, closed_at = ${closedAt}::timestamptz, origin = ${origin ?? scope.id},
        carried = ${carried && tx.json(carried satisfies Carried as never)}::jsonb where id = ${opened}`
    here.set(scope.id, opened)
  }
  return here
}

/** All of them are sealed: none of their units can report here. */
const restoreEpochs = async (
  tx: TransactionSql, experiment: number, epochs: StateDocument['epochs'], here: ReadonlyMap<number, number>,
): Promise<void> => {
  const rows = epochs.map((epoch) => ({ ...epoch, scope: here.get(epoch.scope) }))
  for (let from = 0; from < rows.length; from += chunk) {
    const some = JSON.stringify(rows.slice(from, from + chunk))
    await tx`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights, frozen, started_at, ended_at, sealed_at)
      select ${experiment}::int, (r->>'epoch')::int, (r->>'scope')::int, r->>'cause', (r->>'coverage')::float8,
        translate(r->>'weights', '[]', '{}')::float8[], (r->'frozen')::jsonb, (r->>'startedAt')::timestamptz, (r->>'endedAt')::timestamptz, moment()
      from json_array_elements(${some}::text::json) r`
    // a trigger gave them what the experiment lets in now
    await tx`
      update epochs p set throttle = (r->>'throttle')::float8 from json_array_elements(${some}::text::json) r
      where p.experiment = ${experiment} and p.epoch = (r->>'epoch')::int`
  }
}

type Restoring = Change & { imported: StateDocument }

/**
 * Store what was learned elsewhere, under numbers of this database: scopes, epochs and sums, in the transaction of the
 * change that they come with. Answers where the experiment stood.
 */
export const restoreState = async (tx: TransactionSql, row: Row, change: Change): Promise<{ scope: number; epoch: number }> => {
  const { imported } = change as Restoring
  const here = await restoreScopes(tx, row, change as Restoring)
  await restoreEpochs(tx, row.id, imported.epochs, here)
  for (const name of stateTableNames) {
    const columns = columnsOf(name).map(([column]) => column)
    const [scopeAt, shardAt] = [columns.indexOf('scope'), columns.indexOf('shard')]
    const shards = importedShards(shardAt < 0 ? [] : imported.tables[name].map((cells) => cells[shardAt] as number))
    await insertRows(tx, name, imported.tables[name].map((cells) => cells.map((cell, at): Cell => {
      if (at === scopeAt) return here.get(cell as number)!
      return at === shardAt ? shards.get(cell as number)! : cell
    })))
  }
  const { drift } = imported
  if (drift) await tx`update experiments set drift = ${tx.json({ ...drift, scope: here.get(drift.scope) } as never)}::jsonb where id = ${row.id}`
  return { scope: here.get(imported.scope)!, epoch: imported.epoch }
}

/** What a change leaves to the clock, as it was; and the salt, so that units get the variants that they had. */
export const restoreTimes = async (tx: TransactionSql, experiment: number, { startedAt, endedAt, progress, salt }: StateDocument): Promise<void> => {
  await tx`
    update experiments set started_at = ${startedAt}::timestamptz, ended_at = ${endedAt}::timestamptz,
      progress = ${progress && tx.json(progress as never)}::jsonb, definition = jsonb_set(definition, '{salt}', to_jsonb(${salt}::text))
    where id = ${experiment}`
}

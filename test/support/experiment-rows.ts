import { CreateExperiment, type MetricDefinition } from '../../src/core/define/definitions.ts'
import { ceilingOf, planOf } from '../../src/core/analyze/metric-plan.ts'
import type { Pool } from '../../src/store/connect.ts'

export type RunningExperiment = { id: number; key: string; scope: number; model: number }

/** What outcomes change of one arm and metric: as roll-ups keep it. Metric 0: units, reporting, outcomes. */
export type Cell = {
  epoch?: number
  variant: number
  metric: number
  shard?: number
  n: number
  sx: number
  sy: number
  sxx?: number
  sxy?: number
  syy?: number
}

export const win: MetricDefinition = { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }
export const slow: MetricDefinition = { key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' }

/** Rows of an experiment that has been running for `hours`, written directly: model, versions, scope, first epoch. */
export const insertRunning = async (
  pool: Pool,
  key: string,
  draft: object = {},
  metrics = [win, slow],
  hours = 48,
  arms = 2,
): Promise<RunningExperiment> =>
  pool.begin(async (tx) => {
    const variants = ['gemma', 'qwen', 'llama', 'phi']
      .slice(0, arms)
      .map((name, arm) => ({ key: name, version: String(arm + 1), ...(arm === 0 ? { control: true } : {}) }))
    const parsed = CreateExperiment.parse({
      key,
      model: key,
      unguarded: true,
      variants,
      stages: [{ allocation: 'fixed' }],
      metrics: metrics.map((metric, index) =>
        index === 0
          ? { metric: metric.key, role: 'decision' }
          : { metric: metric.key, role: 'guardrail', margin: 0.02 },
      ),
      ...draft,
    })
    const definition = { ...parsed, salt: 'salt' }
    const plans = metrics.map(planOf)
    const { alpha } = definition.policy
    const frozen = {
      plannedUnits: plans.map(() => 5_000),
      promoteLevel: alpha / (arms - 1),
      killLevel: 0.01 / (arms * (arms - 1)),
    }
    const [model] = await tx<{ id: number }[]>`insert into models (key) values (${key}) returning id`
    const modelId = model?.id ?? 0
    for (const { version } of variants) {
      const [watch] = await tx<{ id: number }[]>`
        insert into scopes (kind, model, metrics, ceilings, late_after) values ('watch', ${modelId}, '[]', '{}', '100 years') returning id`
      const [row] = await tx<{ id: number }[]>`
        insert into versions (model, version, record, watch_scope) values (${modelId}, ${version}, '{}', ${watch?.id ?? 0}) returning id`
      if (version !== '1') continue
      await tx`update models set champion = ${row?.id ?? 0} where id = ${modelId}`
      await tx`
        insert into champion_history (model, seq, version, actor, reason) values (${modelId}, 1, ${row?.id ?? 0}, 'test', 'first')`
    }
    const states = variants.map(({ key: name, version }, arm) => ({
      key: name,
      version,
      control: arm === 0,
      status: 'live',
    }))
    const [experiment] = await tx<{ id: number }[]>`
      insert into experiments (key, model, state, definition, frozen, variants, epoch, started_at)
      values (${key}, ${modelId}, 'running', ${JSON.stringify(definition)}::text::jsonb, ${JSON.stringify(frozen)}::text::jsonb,
        ${JSON.stringify(states)}::text::jsonb, 1, moment() - ${`${hours} hours`}::interval) returning id`
    const id = experiment?.id ?? 0
    const window = definition.window === 'PT0S' ? '100 years' : definition.window
    const [scope] = await tx<{ id: number }[]>`
      insert into scopes (kind, experiment, model, metrics, ceilings, late_after)
      values ('stage', ${id}, ${modelId}, ${JSON.stringify(plans)}::text::jsonb,
        ${`{${plans.map(ceilingOf).join(',')}}`}::text::float8[], ${window}::text::interval) returning id`
    const scopeId = scope?.id ?? 0
    await tx`update experiments set scope = ${scopeId} where id = ${id}`
    await tx`
      insert into epochs (experiment, epoch, scope, cause, coverage, weights, started_at)
      values (${id}, 1, ${scopeId}, 'action', 1, ${`{${variants.map(() => 1 / arms).join(',')}}`}::text::float8[],
        moment() - ${`${hours} hours`}::interval)`
    return { id, key, scope: scopeId, model: modelId }
  })

/** Add to roll-ups, as ingestion would. */
export const addCells = async (pool: Pool, scope: number, cells: Cell[]): Promise<void> => {
  await pool.run(async (sql) => {
    for (const cell of cells) {
      const { epoch = 1, shard = 0, sxx = cell.sx, sxy = cell.sx, syy = cell.sy } = cell
      await sql`
        insert into rollups as r (scope, epoch, variant, metric, shard, n, sx, sy, sxx, sxy, syy)
        values (${scope}, ${epoch}, ${cell.variant}, ${cell.metric}, ${shard}, ${cell.n}, ${cell.sx}, ${cell.sy}, ${sxx}, ${sxy}, ${syy})
        on conflict (scope, epoch, variant, metric, shard) do update set n = r.n + excluded.n, sx = r.sx + excluded.sx,
          sy = r.sy + excluded.sy, sxx = r.sxx + excluded.sxx, sxy = r.sxy + excluded.sxy, syy = r.syy + excluded.syy`
    }
  })
}

/** Units of one arm in which so many had each conversion, every unit having reported once. */
export const conversions = (variant: number, units: number, ...happened: number[]): Cell[] => [
  { variant, metric: 0, n: units, sx: units, sy: units, sxx: 0, sxy: 0, syy: 0 },
  ...happened.map((count, index) => ({ variant, metric: index + 1, n: units, sx: count, sy: units })),
]

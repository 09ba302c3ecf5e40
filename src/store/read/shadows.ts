import type { ExperimentFacts, ShadowArm } from '../../core/analyze/analysis-input.ts'
import type { Carried } from '../../core/continuity/document.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import { inShadow } from '../../core/decide/position.ts'
import type { TransactionSql } from '../client.ts'

type Units = { scope: number; epoch: number; pairs: number; missing: number }
type Row = {
  scope: number; epoch: number; ordinal: number; n: number; sumA: number; sumB: number; sumAA: number; sumBB: number
  sumD: number; sumDD: number; disagreements: number
}

/** Metrics whose silent units count as 0: the value of a unit is X, else X / Y. */
const perUnit = ({ kind }: MetricPlan): boolean => kind === 'conversion' || kind === 'total'

type Sums = Omit<Row, 'scope'>
const number = (cell: number | '-0' | undefined): number => Number(cell ?? 0)

/** What came with an import, where the units of pairs are not. */
const readCarried = async (tx: TransactionSql, scopes: string): Promise<{ units: Units[]; sums: Row[] }> => {
  const rows = await tx<{ id: number; carried: Carried }[]>`
    select id, carried from scopes where id = any(${scopes}::text::int[]) and carried is not null order by id`
  return {
    units: rows.flatMap(({ id, carried: { pairs = [] } }) =>
      pairs.map(({ epoch, pairs: both, missing }) => ({ scope: id, epoch, pairs: number(both), missing: number(missing) }))),
    sums: rows.flatMap(({ id, carried: { sums = [] } }) =>
      sums.map((row) => ({ ...(Object.fromEntries(Object.entries(row).map(([sum, value]) => [sum, number(value)])) as Sums), scope: id }))),
  }
}

/**
 * Units that both a scope and shadows of it know, and the sums of their pairs, by shadow, epoch and metric.
 *
 * @param stage   the scope that the control answers in
 * @param shadows its shadows
 */
export const readPairs = async (
  tx: TransactionSql, stage: number, shadows: readonly number[], plans: readonly MetricPlan[],
): Promise<{ units: Units[]; sums: Row[] }> => {
  const scopes = `{${shadows.join()}}`
  const counted = plans.map((plan) => (perUnit(plan) ? 'true' : 'false'))
  const units = await tx<Units[]>`
    select s.scope, c.epoch, (count(*) - count(*) filter (where c.c > 0 and s.c = 0))::float8 as pairs, (count(*) filter (where c.c > 0 and s.c = 0))::float8 as missing
    from units s join units c on c.scope = ${stage} and c.unit = s.unit
    where s.scope = any(${scopes}::text::int[]) group by 1, 2 order by 1, 2`
  const sums = await tx<Row[]>`
    select scope, epoch, ordinal::int, count(*)::float8 as n, sum(a) "sumA", sum(b) "sumB", sum(a * a) "sumAA", sum(b * b) "sumBB",
      sum(b - a) "sumD", sum((b - a) * (b - a)) "sumDD", (count(*) filter (where a <> b))::float8 as disagreements
    from (
      select s.scope, c.epoch, m.ordinal,
        case when m.counts then coalesce(c.x[m.ordinal], 0) else c.x[m.ordinal] / nullif(c.y[m.ordinal], 0) end as a,
        case when m.counts then coalesce(s.x[m.ordinal], 0) else s.x[m.ordinal] / nullif(s.y[m.ordinal], 0) end as b
      from units s join units c on c.scope = ${stage} and c.unit = s.unit
        cross join unnest(${`{${counted.join()}}`}::text::boolean[]) with ordinality m(counts, ordinal)
      where s.scope = any(${scopes}::text::int[])
    ) v where a is not null and b is not null group by 1, 2, 3`
  const carried = await readCarried(tx, scopes)
  return { units: [...carried.units, ...units], sums: [...carried.sums, ...sums] }
}

/**
 * What shadows answered beside the control, unit by unit: each unit that both scopes know is a pair, in the control's
 * epoch. A unit's value of a metric per unit is its sum, of any other its mean; where one of both has none, they are no
 * pair of that metric. Null outside of a shadow stage.
 */
export const readShadows = async (tx: TransactionSql, experiment: ExperimentFacts, plans: readonly MetricPlan[]): Promise<ShadowArm[] | null> => {
  if (!inShadow(experiment) || experiment.scope === null) return null
  const own = await tx<{ id: number; variant: number }[]>`select id, variant from scopes where shadow_of = ${experiment.scope} order by variant`
  const { units, sums } = await readPairs(tx, experiment.scope, own.map(({ id }) => id), plans)
  return own.map(({ id, variant }) => ({
    variant,
    epochs: units.filter(({ scope }) => scope === id).map(({ epoch, pairs, missing }) => ({
      epoch, pairs, missing,
      metrics: plans.map((_, at) => {
        const found = sums.find((row) => row.scope === id && row.epoch === epoch && row.ordinal === at + 1)
        if (!found) return null
        const { scope: _scope, epoch: _epoch, ordinal: _ordinal, ...pair } = found
        return pair
      }),
    })),
  }))
}

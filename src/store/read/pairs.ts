import type { Carried } from '../../core/continuity/document.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'

export type PairUnits = { scope: number; epoch: number; pairs: number; missing: number }
export type PairRow = {
  scope: number; epoch: number; ordinal: number; n: number; sumA: number; sumB: number; sumAA: number; sumBB: number
  sumD: number; sumDD: number; disagreements: number
}
type Sums = Omit<PairRow, 'scope'>

/** Pairs of one epoch of the control with one of the shadow, `beside`. */
type Block<Row> = Omit<Row, 'scope'> & { beside: number }
type Blocks = { units: Block<PairUnits>[]; sums: Block<PairRow>[] }

/** The state that each epoch of a scope was read in. */
type Marks = ReadonlyMap<number, string>

/**
 * Pairs that were read before, by stage and shadow; those of two epochs stand while neither has changed. Kept in memory
 * between readings.
 */
export type KeptPairs = Map<string, Blocks & { control: Marks; shadow: Marks }>

const mostKept = 1_000

/** Metrics whose silent units count as 0: the value of a unit is X, else X / Y. */
const perUnit = ({ kind }: MetricPlan): boolean => kind === 'conversion' || kind === 'total'

const list = (numbers: readonly number[]): string => `{${numbers.join()}}`

/** A unit is never written without a roll-up of its epoch, of which the database names every version. */
const readMarks = async (tx: TransactionSql, scope: number): Promise<Marks> => {
  const rows = await tx<{ epoch: number; mark: string }[]>`
    select epoch, sum(hashtextextended(xmin::text || ctid::text, 0))::text as mark from rollups where scope = ${scope} group by epoch`
  return new Map(rows.map(({ epoch, mark }) => [epoch, mark]))
}

const unchanged = (now: Marks, before: Marks = new Map()): number[] => [...now].filter(([epoch, mark]) => before.get(epoch) === mark).map(([epoch]) => epoch)

/** Pairs of which either unit is of an epoch that is none of these. */
const readBlocks = async (
  tx: TransactionSql, stage: number, shadow: number, plans: readonly MetricPlan[], still: { control: readonly number[]; shadow: readonly number[] },
): Promise<Blocks> => {
  const counted = list(plans.map((plan) => Number(perUnit(plan))))
  // a query of its own is done once, a cast for every row
  const among = (epochs: readonly number[]) => tx`((select ${list(epochs)}::text::int[])::int[])`
  const both = tx`c.epoch, s.epoch as beside, c.c as answered, s.c as reported, c.x as cx, c.y as cy, s.x as sx, s.y as sy`
  const pairs = tx`
    select ${both} from units s join units c on c.scope = ${stage} and c.unit = s.unit
      where s.scope = ${shadow} and s.epoch <> all${among(still.shadow)}
    union all select ${both} from units c join units s on s.scope = ${shadow} and s.unit = c.unit
      where c.scope = ${stage} and c.epoch <> all${among(still.control)} and s.epoch = any${among(still.shadow)}`
  const units = await tx<Block<PairUnits>[]>`
    select epoch, beside, (count(*) - count(*) filter (where answered > 0 and reported = 0))::float8 as pairs,
      (count(*) filter (where answered > 0 and reported = 0))::float8 as missing
    from (${pairs}) p group by 1, 2`
  const sums = await tx<Block<PairRow>[]>`
    select epoch, beside, ordinal::int, count(*)::float8 as n, sum(a) "sumA", sum(b) "sumB", sum(a * a) "sumAA", sum(b * b) "sumBB",
      sum(b - a) "sumD", sum((b - a) * (b - a)) "sumDD", (count(*) filter (where a <> b))::float8 as disagreements
    from (
      select epoch, beside, m.ordinal,
        case when m.counts = 1 then coalesce(cx[m.ordinal], 0) else cx[m.ordinal] / nullif(cy[m.ordinal], 0) end as a,
        case when m.counts = 1 then coalesce(sx[m.ordinal], 0) else sx[m.ordinal] / nullif(sy[m.ordinal], 0) end as b
      from (${pairs}) p cross join unnest(${counted}::text::int[]) with ordinality m(counts, ordinal)
    ) v where a is not null and b is not null group by 1, 2, 3`
  return { units: [...units], sums: [...sums] }
}

/** Summed over the epochs of the shadow, in their order: the same whether they were kept or read. */
const together = <Row extends Record<string, number>>(blocks: readonly (Row & { epoch: number; beside: number })[], by: readonly string[]): Row[] => {
  const sorted = blocks.toSorted((one, other) => one.epoch - other.epoch || one.beside - other.beside)
  const groups = Map.groupBy(sorted, (row: Record<string, number>) => by.map((name) => row[name]).join())
  return [...groups.values()].map((rows) => {
    const { beside: _, ...sum } = rows.reduce<Record<string, number>>((total, row) => Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, by.includes(name) ? value : (total[name] ?? 0) + value])), {})
    return sum as Row
  })
}

const readCounted = async (
  tx: TransactionSql, stage: number, shadow: number, plans: readonly MetricPlan[], kept: KeptPairs,
): Promise<{ units: PairUnits[]; sums: PairRow[] }> => {
  const [control, beside, before] = [await readMarks(tx, stage), await readMarks(tx, shadow), kept.get(`${stage}:${shadow}`)]
  const still = { control: unchanged(control, before?.control), shadow: unchanged(beside, before?.shadow) }
  const fresh = await readBlocks(tx, stage, shadow, plans, still)
  const stands = (one: { epoch: number; beside: number }): boolean => still.control.includes(one.epoch) && still.shadow.includes(one.beside)
  const blocks: Blocks = {
    units: [...(before?.units.filter(stands) ?? []), ...fresh.units], sums: [...(before?.sums.filter(stands) ?? []), ...fresh.sums],
  }
  if (kept.size >= mostKept) kept.clear()
  kept.set(`${stage}:${shadow}`, { ...blocks, control, shadow: beside })
  return {
    units: together<Omit<PairUnits, 'scope'>>(blocks.units, ['epoch']).map((row) => ({ scope: shadow, ...row })),
    sums: together<Sums>(blocks.sums, ['epoch', 'ordinal']).map((row) => ({ scope: shadow, ...row })),
  }
}

const number = (cell: number | '-0' | undefined): number => Number(cell ?? 0)

/** What came with an import, where the units of pairs are not. */
const readCarried = async (tx: TransactionSql, scopes: readonly number[]): Promise<{ units: PairUnits[]; sums: PairRow[] }> => {
  const rows = await tx<{ id: number; carried: Carried }[]>`
    select id, carried from scopes where id = any(${list(scopes)}::text::int[]) and carried is not null order by id`
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
 * @param kept    pairs that were read before; new ones are added
 */
export const readPairs = async (
  tx: TransactionSql, stage: number, shadows: readonly number[], plans: readonly MetricPlan[], kept: KeptPairs = new Map(),
): Promise<{ units: PairUnits[]; sums: PairRow[] }> => {
  const { units, sums } = await readCarried(tx, shadows)
  for (const shadow of shadows) {
    const counted = await readCounted(tx, stage, shadow, plans, kept)
    units.push(...counted.units)
    sums.push(...counted.sums)
  }
  return { units, sums }
}

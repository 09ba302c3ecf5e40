import type { AnalysisInput, EpochData, ExperimentFacts } from '../../core/analysis-input.ts'
import { completeArm, type RollupSum } from '../../core/complete.ts'
import type { ExperimentDefinition, ExperimentState, Frozen, Looks, VariantState } from '../../core/definitions.ts'
import type { MetricPlan } from '../../core/metric-plan.ts'
import type { Report } from '../../core/report.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../connect.ts'

/** Epochs whose numbers cannot change any more, by scope and epoch; kept in memory between readings. */
export type SealedEpochs = Map<string, EpochData>

const mostKept = 20_000

/** What one analysis needs, and the analysis that came before it. */
export type Reading = AnalysisInput & { previous: { id: number; digest: string } | null }

/**
 * Everything counted in an experiment's current scope (the last one, when it has ended), from one snapshot of the
 * database at its own time. Null when there is no such experiment.
 *
 * @param experiment key or id
 * @param sealed     sealed epochs read before; new ones are added
 */
export const readExperiment = (
  pool: Pool,
  experiment: string | number,
  sealed: SealedEpochs = new Map(),
): Promise<Reading | null> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const facts = await readFacts(tx, experiment)
    if (!facts) return null
    const { now, ...row } = facts
    const [scope, epochs, latestDecision, previous] = await Promise.all([
      readScope(tx, row.scope),
      readEpochs(tx, row.id, row.scope),
      readLatestDecision(tx, row.id),
      readPrevious(tx, row.id),
    ])
    const fresh = epochs.filter(({ epoch }) => !sealed.has(`${row.scope}:${epoch}`))
    const arms = await readArms(tx, row, scope, fresh)
    if (sealed.size > mostKept) sealed.clear()
    const data = epochs.map((epoch): EpochData => {
      const key = `${row.scope}:${epoch.epoch}`
      const known = sealed.get(key) ?? { ...epoch, ...arms(epoch.epoch) }
      if (known.sealed) sealed.set(key, known)
      return known
    })
    return { experiment: row, metrics: scope, epochs: data, now, latestDecision, previous }
  })

type FactsRow = Omit<ExperimentFacts, 'definition' | 'frozen' | 'variants' | 'looks' | 'state'> & {
  state: ExperimentState
  definition: ExperimentDefinition
  frozen: Frozen | null
  variants: VariantState[]
  looks: Looks
  now: Date
}

const readFacts = async (tx: TransactionSql, experiment: string | number): Promise<FactsRow | undefined> => {
  const [row] = await tx<FactsRow[]>`
    select e.id, e.key, m.key as model, e.state, e.definition, e.frozen, e.variants, e.stage, e.scope, e.epoch, e.revision,
      e.winner, e.looks, e.started_at as "startedAt", e.ended_at as "endedAt", moment() as now
    from experiments e join models m on m.id = e.model
    where ${typeof experiment === 'number' ? tx`e.id = ${experiment}` : tx`e.key = ${experiment}`}`
  return row
}

const readScope = async (tx: TransactionSql, scope: number | null): Promise<MetricPlan[]> => {
  const [row] = await tx<{ metrics: MetricPlan[] }[]>`select metrics from scopes where id = ${scope}`
  return row?.metrics ?? []
}

const readEpochs = (tx: TransactionSql, experiment: number, scope: number | null) =>
  tx<Omit<EpochData, 'arms' | 'late' | 'crossed' | 'rebuilt'>[]>`
    select epoch, coverage, weights, started_at as "startedAt", ended_at as "endedAt", sealed_at is not null as sealed
    from epochs where experiment = ${experiment} and scope = ${scope} order by epoch`

const readLatestDecision = async (tx: TransactionSql, experiment: number): Promise<Report['latestDecision']> => {
  const [row] = await tx<{ id: number; action: string; at: Date; reason: string | null; status: string }[]>`
    select id, action, at, entry->>'reason' as reason, status from ledger
    where experiment = ${experiment} order by seq desc limit 1`
  return row ? { ...row, at: row.at.toISOString(), reason: row.reason ?? '' } : null
}

const readPrevious = async (tx: TransactionSql, experiment: number): Promise<Reading['previous']> => {
  const [row] = await tx<{ id: number; digest: string }[]>`
    select id, digest from analyses where experiment = ${experiment} order by at desc, id desc limit 1`
  return row ?? null
}

type Counted = Pick<EpochData, 'arms' | 'late' | 'crossed' | 'rebuilt'>

/** Roll-ups summed over their shards, and what ingestion set aside; answered per epoch. */
const readArms = async (
  tx: TransactionSql,
  { scope, variants }: ExperimentFacts,
  plans: MetricPlan[],
  fresh: { epoch: number }[],
): Promise<(epoch: number) => Counted> => {
  const wanted = fresh.map(({ epoch }) => epoch)
  const [rows, health] = await Promise.all([
    tx<RollupSum[]>`
      select epoch, variant, metric, sum(n)::float8 as n, sum(sx order by shard) as sx, sum(sy order by shard) as sy,
        sum(sxx order by shard) as sxx, sum(sxy order by shard) as sxy, sum(syy order by shard) as syy
      from rollups where scope = ${scope} and epoch = any(${wanted}::int[]) group by epoch, variant, metric`,
    tx<{ epoch: number; late: number; crossed: number; rebuilt: number }[]>`
      select epoch, late, crossed, rebuilt from ingest_health where scope = ${scope} and epoch = any(${wanted}::int[])`,
  ])
  const byArm = Map.groupBy(rows, ({ epoch, variant }) => `${epoch}:${variant}`)
  const byEpoch = new Map(health.map((row) => [row.epoch, row]))
  return (epoch) => ({
    arms: variants.map((_, variant) => completeArm(plans, byArm.get(`${epoch}:${variant}`) ?? [])),
    late: byEpoch.get(epoch)?.late ?? 0,
    crossed: byEpoch.get(epoch)?.crossed ?? 0,
    rebuilt: byEpoch.get(epoch)?.rebuilt ?? 0,
  })
}

import type { AnalysisInput, ArmData, EpochData, ExperimentFacts } from '../../core/analyze/analysis-input.ts'
import type { LockedVersion } from '../../core/models/champion.ts'
import { contextualArm } from '../../core/contextual/arms.ts'
import { contextualOf, isWeighed } from '../../core/contextual/stage.ts'
import { completeArm, type RollupSum } from '../../core/analyze/complete.ts'
import type { ExperimentDefinition, ExperimentState, Frozen, Looks, VariantState } from '../../core/define/definitions.ts'
import { countedIn } from '../../core/analyze/maturity.ts'
import type { DriftState } from '../../core/define/drift.ts'
import type { Hold } from '../../core/decide/holds.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { Deliveries } from '../../core/analyze/deliveries.ts'
import { isObserved } from '../../core/analyze/observed.ts'
import { observedArm } from '../../core/analyze/observed-arms.ts'
import type { Report } from '../../core/analyze/report.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../connect.ts'
import { readDeliveries } from '../ingest/deliveries.ts'
import { readContexts, readContextual } from './contextual.ts'
import { readDrillFacts } from './drills.ts'
import { readStageGates } from './gates.ts'
import { readGenerations } from './generations.ts'
import { readObserved, readSegmentValues } from './observed.ts'
import type { KeptPairs } from './pairs.ts'
import { readRegistryAlarms } from './registry.ts'
import { readShadows } from './shadows.ts'
import { readSignals } from './signals.ts'

/**
 * Numbers of epochs at rest, by scope and epoch; kept in memory between readings. `rested` names the rest they were
 * read in: an epoch that changed is at another one afterwards.
 */
export type KeptEpochs = Map<string, { rested: string } & Counted>

type Counted = Required<Pick<EpochData, 'arms' | 'counted'>>

const mostKept = 20_000

/** What one analysis needs, and the analysis that came before it. */
export type Reading = AnalysisInput & { previous: { id: number; digest: string; at: Date } | null; deliveries: Deliveries }

/**
 * Everything counted in an experiment's current scope (the last one, when it has ended), from one snapshot of the
 * database at its own time. Null when there is no such experiment.
 *
 * @param experiment key or id
 * @param kept       epochs at rest that were read before; new ones are added
 * @param pairs      the same of shadows
 */
export const readExperiment = (
  pool: Pool,
  experiment: string | number,
  kept: KeptEpochs = new Map(),
  pairs: KeptPairs = new Map(),
): Promise<Reading | null> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const facts = await readFacts(tx, experiment)
    if (!facts) return null
    const { now, champion, ...row } = facts
    const [{ plans, inTime }, epochs, latestDecision, previous, locks, lagMs, signals, alarms, gates, drills] = await Promise.all([
      readScope(tx, row.scope),
      readEpochs(tx, row.id, row.scope),
      readLatestDecision(tx, row.id),
      readPrevious(tx, row.id),
      readLocks(tx, row.id),
      readLag(tx),
      readSignals(tx, row.id),
      readRegistryAlarms(tx, row.id),
      row.definition.stages.some(({ requires }) => requires) ? readStageGates(tx, row.id) : undefined,
      row.definition.policy.drills ? readDrillFacts(tx) : undefined,
    ])
    const known = ({ epoch, rested }: EpochRow): Counted | undefined => {
      const before = rested === null ? undefined : kept.get(`${row.scope}:${epoch}`)
      return before?.rested === rested ? before : undefined
    }
    const counted = await readArms(tx, row, { plans, inTime }, epochs.filter((epoch) => !known(epoch)))
    const health = await readHealth(tx, row.scope)
    const deliveries = await readDeliveries(tx, row.scope)
    const generations = await readGenerations(tx, row, plans, epochs, now)
    const shadows = await readShadows(tx, row, plans, pairs)
    const segmentValues = await readSegmentValues(tx, row)
    const contexts = row.scope !== null && contextualOf(row) ? await readContexts(tx, row.scope) : undefined
    const read = epochs.map((epoch) => {
      const arms = known(epoch)?.arms ?? counted(epoch.epoch)
      return { ...epoch, arms, counted: known(epoch)?.counted ?? countedIn(arms) }
    })
    if (kept.size > mostKept) kept.clear()
    const data = read.map(({ rested, ...epoch }): EpochData => {
      if (rested !== null) kept.set(`${row.scope}:${epoch.epoch}`, { rested, arms: epoch.arms, counted: epoch.counted })
      return { ...epoch, ...health(epoch.epoch) }
    })
    return {
      experiment: row, metrics: plans, epochs: data, now, latestDecision, previous, champion, locks, lagMs, deliveries,
      ...(generations.length > 0 && { generations }), ...(shadows && { shadows }), ...(signals.length > 0 && { signals }),
      ...(alarms.length > 0 && { alarms }), ...(drills && { drills }), ...(gates && { gates }), ...(segmentValues && { segmentValues }), ...(contexts && { contexts }),
    }
  })

type FactsRow = Omit<ExperimentFacts, 'definition' | 'frozen' | 'variants' | 'looks' | 'state'> & {
  state: ExperimentState
  definition: ExperimentDefinition
  frozen: Frozen | null
  variants: VariantState[]
  looks: Looks
  champion: string | null
  holds: Hold[]
  drift: DriftState | null
  now: Date
}

/** An experiment's row, with the weights in force and the database's time. `reopened` counts scopes to which anybody came. */
export const readFacts = async (tx: TransactionSql, experiment: string | number): Promise<FactsRow | undefined> => {
  const [row] = await tx<FactsRow[]>`
    select e.id, e.key, m.key as model, e.state, e.definition, e.frozen, e.variants, e.stage, e.progress, e.scope, e.epoch, e.revision,
      e.winner, e.looks, e.holds, e.drift, e.started_at as "startedAt", e.ended_at as "endedAt", moment() as now, p.weights,
      s.kind as "scopeKind", s.origin as "scopeOrigin", v.version as champion,
      (select count(*)::int from scopes o where o.experiment = e.id and o.kind = s.kind and o.stage = s.stage and o.id < s.id
        and exists (select 1 from rollups r where r.scope = o.id)) as reopened
    from experiments e join models m on m.id = e.model left join epochs p on p.experiment = e.id and p.epoch = e.epoch left join versions v on v.id = m.champion
      left join scopes s on s.id = e.scope
    where ${typeof experiment === 'number' ? tx`e.id = ${experiment}` : tx`e.key = ${experiment}`}`
  return row
}

/** Its metrics, and whether it counts who reported in time. */
type ScopeRow = { plans: MetricPlan[]; inTime: boolean }

const readScope = async (tx: TransactionSql, scope: number | null): Promise<ScopeRow> => {
  const [row] = await tx<ScopeRow[]>`select metrics as plans, report_by is not null as "inTime" from scopes where id = ${scope}`
  return row ?? { plans: [], inTime: false }
}

type Health = Pick<EpochData, 'late' | 'crossed' | 'rebuilt'>
/** `rested` names the rest the epoch is at; null while it is awake. */
type EpochRow = Omit<EpochData, keyof Counted | keyof Health> & { rested: string | null }

const readEpochs = (tx: TransactionSql, experiment: number, scope: number | null) =>
  tx<EpochRow[]>`
    select p.epoch, p.coverage, p.weights, p.frozen, p.started_at as "startedAt", p.ended_at as "endedAt", p.sealed_at is not null as sealed,
      case when a.epoch is null then coalesce(p.rested::text, '') end as rested
    from epochs p left join awake_epochs a on a.scope = p.scope and a.epoch = p.epoch
    where p.experiment = ${experiment} and p.scope = ${scope} order by p.epoch`

const readLatestDecision = async (tx: TransactionSql, experiment: number): Promise<Report['latestDecision']> => {
  const [row] = await tx<{ id: number; action: string; at: Date; reason: string | null; status: string }[]>`
    select id, action, at, entry->>'reason' as reason, status from ledger
    where experiment = ${experiment} order by seq desc limit 1`
  return row ? { ...row, at: row.at.toISOString(), reason: row.reason ?? '' } : null
}

const readPrevious = async (tx: TransactionSql, experiment: number): Promise<Reading['previous']> => {
  const [row] = await tx<NonNullable<Reading['previous']>[]>`
    select id, digest, at from analyses where experiment = ${experiment} order by at desc, id desc limit 1`
  return row ?? null
}

const readLocks = (tx: TransactionSql, experiment: number) =>
  tx<LockedVersion[]>`
    select v.version, v.lock->>'at' as at, v.lock->>'actor' as actor, v.lock->>'reason' as reason, v.lock->>'experiment' as experiment
    from versions v where v.model = (select model from experiments where id = ${experiment}) and v.lock is not null order by v.id`

/** Milliseconds since the engine last looked at everything; 0 before it ever did. */
const readLag = async (tx: TransactionSql): Promise<number> => {
  const [row] = await tx<{ lag: number | null }[]>`
    select extract(epoch from clock_timestamp() - ticked_at)::float8 * 1000 as lag from lease where name = 'engine'`
  return row?.lag ?? 0
}

/** Roll-ups of these epochs summed over their shards; answered per epoch, by variant ordinal. */
const readArms = async (
  tx: TransactionSql,
  { scope, scopeKind, variants }: ExperimentFacts,
  { plans, inTime }: ScopeRow,
  fresh: { epoch: number }[],
): Promise<(epoch: number) => ArmData[]> => {
  const rows = await tx<RollupSum[]>`
    select epoch, variant, metric, sum(n)::float8 as n, sum(sx order by shard) as sx, sum(sy order by shard) as sy,
      sum(sxx order by shard) as sxx, sum(sxy order by shard) as sxy, sum(syy order by shard) as syy
    from rollups where scope = ${scope} and epoch = any(${fresh.map(({ epoch }) => epoch)}::int[]) group by epoch, variant, metric`
  const byArm = Map.groupBy(rows, ({ epoch, variant }) => `${epoch}:${variant}`)
  const ordinals = [...variants.keys(), ...(scopeKind === 'bake' ? [variants.length] : [])]
  const arm = (epoch: number, variant: number): ArmData => completeArm(plans, byArm.get(`${epoch}:${variant}`) ?? [], inTime)
  const [observes, weighs] = [isObserved(plans), isWeighed(plans)]
  if (scope === null || !(observes || weighs)) return (epoch) => ordinals.map((variant) => arm(epoch, variant))
  const epochs = fresh.map(({ epoch }) => epoch)
  const observed = observes ? await readObserved(tx, scope, epochs) : null
  const contextual = weighs ? await readContextual(tx, scope, epochs) : null
  return (epoch) => ordinals.map((variant) => {
    const own = observed ? observedArm(plans, arm(epoch, variant), observed(epoch, variant)) : arm(epoch, variant)
    return contextual ? contextualArm(plans, own, contextual(epoch, variant)) : own
  })
}

/** What ingestion set aside, per epoch. Always read: it goes on after an epoch's numbers have come to rest. */
const readHealth = async (tx: TransactionSql, scope: number | null): Promise<(epoch: number) => Health> => {
  const rows = await tx<(Health & { epoch: number })[]>`select epoch, late, crossed, rebuilt from ingest_health where scope = ${scope}`
  const byEpoch = new Map(rows.map(({ epoch, ...health }) => [epoch, health]))
  return (epoch) => byEpoch.get(epoch) ?? { late: 0, crossed: 0, rebuilt: 0 }
}

import { invalid, ServiceError } from '../../errors.ts'
import type { SwitchKind, VersionLock } from '../../core/models/champion.ts'
import type { Account, Applied, Change } from '../../core/decide/change.ts'
import { type ExperimentDefinition, type ExperimentState, type Frozen, isUnderWay, type Progress, type VariantState } from '../../core/define/definitions.ts'
import { requireDurationMs } from '../../core/define/duration.ts'
import { drawsEach, generationMetrics, strataOf, unadjusted, unitsReturn } from '../../core/analyze/generations.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import { progressAfter } from '../../core/decide/position.ts'
import { opensPostMortem } from '../../core/tell/post-mortem.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { restoreState, restoreTimes } from '../continuity/restore-state.ts'
import { hashOf } from './canonical.ts'
import { lockedVersions, switchChampion } from './champion.ts'
import { packInputs } from './inputs.ts'
import { appendEntry } from './ledger.ts'
import { openPostMortem, signPostMortems } from './post-mortems.ts'
import { publish } from './publish.ts'
import { openScope } from './scopes.ts'

type Row = {
  id: number; key: string; model: number; modelKey: string; state: ExperimentState; definition: ExperimentDefinition
  frozen: Frozen | null; variants: VariantState[]; stage: number; progress: Progress | null; scope: number | null
  epoch: number; revision: number; now: Date
}

const ended = new Set<ExperimentState>(['promoted', 'rolled_back', 'killed', 'inconclusive', 'stopped', 'archived'])

const lockExperiment = async (tx: TransactionSql, id: number): Promise<Row | undefined> => {
  const [row] = await tx<Row[]>`
    select e.id, e.key, e.model, m.key as "modelKey", e.state, e.definition, e.frozen, e.variants, e.stage, e.progress, e.scope, e.epoch,
      e.revision, moment() as now
    from experiments e join models m on m.id = e.model where e.id = ${id} for update of e`
  return row
}

/** Does this fencing number still lead? The lock keeps a successor from taking over before we have committed. */
const leads = async (tx: TransactionSql, fence: number): Promise<boolean> => {
  const [row] = await tx`select 1 from lease where name = 'engine' and fence = ${fence} and expires_at > clock_timestamp() for share`
  return row !== undefined
}

type Other = { key: string; model: number; layer: ExperimentDefinition['layer'] | null }

/**
 * Refuse to start beside another experiment on the model, unless both live in disjoint ranges of one layer; nor in a
 * range of the layer that another one has, on whatever model: a layer's units are in one experiment each. The caller
 * holds the model's row lock, and the layer is locked here, so that two starts cannot miss each other.
 */
const refuseOverlap = async (tx: TransactionSql, { id, model, definition: { layer } }: Row): Promise<void> => {
  if (layer) await tx`select pg_advisory_xact_lock(hashtextextended(${`layer:${layer.key}`}, 0))`
  const others = await tx<Other[]>`
    select key, model, definition->'layer' as layer from experiments
    where id <> ${id} and state in ('running', 'paused', 'baking')
      and (model = ${model} or definition->'layer'->>'key' = ${layer?.key ?? null}::text) order by id`
  for (const other of others) {
    const sameLayer = layer !== undefined && other.layer?.key === layer.key
    const apart = sameLayer && (layer.to <= other.layer!.from || other.layer!.to <= layer.from)
    if (!apart) {
      throw new ServiceError('layer_overlap', `"${other.key}" is running and takes some of the same units; give both a range of one layer`, {
        violations: [{ path: 'layer', message: `overlaps with experiment "${other.key}"` }],
      })
    }
  }
}

const currentWeights = async (tx: TransactionSql, { id, epoch }: Row): Promise<number[]> => {
  const [row] = await tx<{ weights: number[] }[]>`select weights from epochs where experiment = ${id} and epoch = ${epoch}`
  return row?.weights ?? []
}

/** With its generation, and its shadows. */
const closeScope = async (tx: TransactionSql, scope: number | null): Promise<void> => {
  await tx`update scopes set closed_at = moment() where (id = ${scope} or parent = ${scope} or shadow_of = ${scope}) and closed_at is null`
}

const scopeFor = async (tx: TransactionSql, row: Row, change: Change): Promise<number> => {
  if (row.scope !== null && change.next?.scope === 'same') return row.scope
  const metrics = change.metrics ?? (await tx<{ metrics: MetricPlan[] }[]>`select metrics from scopes where id = ${row.scope}`)[0]?.metrics
  if (!metrics) throw new Error(`experiment ${row.id} has no metric plans`)
  if (row.scope !== null) await closeScope(tx, row.scope)
  const windowMs = requireDurationMs(row.definition.window)
  const kind = change.next?.kind ?? 'stage'
  const stage = change.position?.stage ?? row.stage
  const own = { experiment: row.id, model: row.model, stage, windowMs }
  const { completeness } = change.frozen ?? row.frozen ?? {}
  const reportByMs = completeness && requireDurationMs(completeness.reportBy)
  const scope = await openScope(tx, { ...own, kind, metrics, reportByMs })
  const weighed = kind !== 'bake' && drawsEach(row.definition, stage)
  const daily = unitsReturn(row.definition) ? generationMetrics(row.definition, metrics, weighed) : []
  if (daily.length > 0) {
    await openScope(tx, { ...own, kind: 'generation', metrics: daily, parent: scope, strata: kind === 'bake' ? null : strataOf(row.definition, stage) })
  }
  if (kind === 'stage' && row.definition.stages[stage]?.allocation === 'shadow') {
    for (const [variant, { control }] of row.variants.entries()) {
      if (!control) await openScope(tx, { ...own, kind: 'shadow', metrics: metrics.map(unadjusted), shadowOf: scope, variant })
    }
  }
  return scope
}

/** The next epoch, or the end of the last one; one that an experiment ends with is over as it begins. Answers the epoch and scope in force afterwards. */
const turnEpoch = async (tx: TransactionSql, row: Row, change: Change): Promise<{ epoch: number; scope: number | null }> => {
  const { next } = change
  const ends = ended.has(change.state)
  if (next || ends) {
    await tx`update epochs set ended_at = moment() where experiment = ${row.id} and ended_at is null`
  }
  if (!next) {
    if (ends) await closeScope(tx, row.scope)
    return { epoch: row.epoch, scope: row.scope }
  }
  const scope = await scopeFor(tx, row, change)
  if (ends) await closeScope(tx, scope)
  const epoch = row.epoch + 1
  await tx`
    insert into epochs (experiment, epoch, scope, cause, coverage, weights, ended_at, frozen)
    values (${row.id}, ${epoch}, ${scope}, ${next.cause}, ${next.coverage}, ${`{${next.weights.join()}}`}::float8[],
      case when ${ends} then moment() end,
      coalesce(${next.frozen ? tx.json(next.frozen as never) : null}::jsonb,
        (select frozen from epochs where experiment = ${row.id} and epoch = ${row.epoch} and scope = ${scope}), '{}'))`
  return { epoch, scope }
}

const championOf = async (tx: TransactionSql, model: number): Promise<string | null> => {
  const [row] = await tx<{ version: string | null }[]>`
    select v.version from models m left join versions v on v.id = m.champion where m.id = ${model}`
  return row?.version ?? null
}

const versionId = async (tx: TransactionSql, model: number, version: string): Promise<number> => {
  const [row] = await tx<{ id: number }[]>`select id from versions where model = ${model} and version = ${version}`
  if (!row) throw invalid('version_not_found', 'version', `the model has no version "${version}"`)
  return row.id
}

const isLocked = async (tx: TransactionSql, model: number, version: string): Promise<boolean> =>
  (await lockedVersions(tx, model)).some((one) => one.version === version)

/** Whatever else changes the champion leaves the one before behind. */
const kinds: Record<string, SwitchKind> = { start: 'start', import: 'start', promote: 'promote' }
const kindOf = (action = ''): SwitchKind => kinds[action] ?? 'rollback'

/** A version that is locked already stays so for the first reason. The caller holds the model's row lock. */
const turnLocks = async (tx: TransactionSql, { model, key, now }: Row, { lock = [], unlock = [], account }: Change): Promise<void> => {
  if (lock.length > 0) {
    const why: VersionLock = { at: now.toISOString(), actor: account?.actor ?? 'engine', reason: account?.reason ?? '', experiment: key }
    await tx`update versions set lock = ${tx.json(why)} where model = ${model} and version = any(${lock}) and lock is null`
  }
  if (unlock.length > 0) await tx`update versions set lock = null where model = ${model} and version = any(${unlock})`
}

const turnPostMortems = async (tx: TransactionSql, row: Row, { lock = [], sign = [] }: Change, account: Account, decision: number): Promise<void> => {
  const { actor: by, reason: note, variant } = account
  if (sign.length > 0) await signPostMortems(tx, { decisions: sign, by, note, decision, at: row.now })
  if (!opensPostMortem({ ...account, experiment: row.key })) return
  await openPostMortem(tx, { decision, experiment: row.id, model: row.model, variant, locked: lock, at: row.now })
}

/**
 * Apply one change in one transaction: compare-and-set on the row's revision, then epoch, scope, champion, ledger,
 * outbox and publication together. 'stale' when somebody else was first, or when the fencing number no longer leads;
 * then nothing was written and the caller must plan again.
 *
 * @throws {ServiceError} layer_overlap when a start would take another experiment's units
 */
export const applyChange = async (pool: Pool, change: Change): Promise<Applied> => {
  const inputs = change.inputs ? packInputs(change.inputs) : null
  return pool.begin(async (tx) => {
    let row = await lockExperiment(tx, change.experiment)
    if (!row || row.revision !== change.revision) return { status: 'stale' }
    if (change.fence !== undefined && !(await leads(tx, change.fence))) return { status: 'stale' }
    const starts = row.state === 'draft' && isUnderWay(change.state)
    if (starts || change.champion !== undefined || change.lock || change.unlock) await tx`select 1 from models where id = ${row.model} for update`
    if (starts) await refuseOverlap(tx, row)
    if (change.championBefore !== undefined && (await championOf(tx, row.model)) !== change.championBefore) return { status: 'stale' }
    if (change.champion !== undefined && (await isLocked(tx, row.model, change.champion))) return { status: 'stale' }

    const weightsBefore = await currentWeights(tx, row)
    if (change.throttle !== undefined) await tx`update experiments set throttle = ${change.throttle} where id = ${row.id}`
    if (change.imported) row = { ...row, ...await restoreState(tx, row, change) }
    const { epoch, scope } = await turnEpoch(tx, row, change)
    const { account } = change
    if (change.champion !== undefined) {
      const version = await versionId(tx, row.model, change.champion)
      const { actor = 'engine', reason = '' } = account ?? {}
      await switchChampion(tx, { model: row.model, version, actor, reason, experiment: row.id, kind: kindOf(account?.action) })
    }
    await turnLocks(tx, row, change)
    if (starts) {
      await tx`update versions set first_traffic_at = coalesce(first_traffic_at, moment())
        where model = ${row.model} and version = any(${row.variants.map(({ version }) => version)})`
    }
    const decision = account
      ? await appendEntry(tx, { experiment: row.id, model: row.model }, {
          ...account, experiment: row.key, model: row.modelKey, stage: row.stage, epochBefore: row.epoch, epochAfter: epoch,
          weightsBefore, weightsAfter: change.next?.weights ?? weightsBefore, policyHash: hashOf(row.definition.policy),
        }, row.now, inputs)
      : null
    if (account && decision !== null) await turnPostMortems(tx, row, change, account, decision)
    const variants = change.variants ?? row.variants
    const ends = ended.has(change.state) && !ended.has(row.state)
    const progress = progressAfter(row, change, epoch, row.now.toISOString())
    await tx`
      update experiments set state = ${change.state}, variants = ${tx.json(variants as never)}, epoch = ${epoch}, scope = ${scope},
        stage = ${change.position?.stage ?? row.stage}, progress = ${progress && tx.json(progress as never)},
        frozen = coalesce(${change.frozen ? tx.json(change.frozen as never) : null}::jsonb, frozen),
        looks = coalesce(${change.looks ? tx.json(change.looks as never) : null}::jsonb, looks),
        holds = coalesce(${change.holds ? tx.json(change.holds as never) : null}::jsonb, holds),
        drift = coalesce(${change.drift ? tx.json(change.drift as never) : null}::jsonb, drift),
        winner = coalesce(${change.winner ?? null}, winner), revision = revision + 1, changed_at = moment(),
        started_at = case when ${starts} then moment() else started_at end,
        ended_at = case when ${ends} then moment() else ended_at end
      where id = ${row.id}`
    if (change.imported) await restoreTimes(tx, row.id, change.imported)
    const served = change.next !== undefined || change.champion !== undefined || change.state !== row.state || change.variants !== undefined
    if (served) await publish(tx)
    return { status: 'applied', epoch, decision }
  })
}

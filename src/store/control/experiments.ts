import { invalid, notFound, ServiceError, type Violation } from '../../errors.ts'
import type { Json } from '../../assign/snapshot.ts'
import type { ExperimentFacts } from '../../core/analyze/analysis-input.ts'
import { earlierOf, stickinessOf } from '../../core/define/bandit-stage.ts'
import { breakerView, fallbackView } from '../../core/breaker/view.ts'
import { missingOf, type VersionGate } from '../../core/models/checks.ts'
import { checkExperiment, type ValidateRule } from '../../core/define/check-experiment.ts'
import type { Action, CreateExperiment, ExperimentDefinition, MetricDefinition, VariantState } from '../../core/define/definitions.ts'
import { checkStartAt } from '../../core/define/start-at.ts'
import { stageView } from '../../core/decide/position.ts'
import { enteredNext, missingIn, servedIn } from '../../core/decide/stage-checks.ts'
import { legalFrom, plan } from '../../core/decide/transition.ts'
import type { Context, Refusal, Wish } from '../../core/decide/wish.ts'
import type { Sql, TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { readStandIns } from '../read/breakers.ts'
import { isReal } from '../read/drills.ts'
import { gatesOf, stageRequires } from '../read/gates.ts'
import { readExperiment } from '../read/moments.ts'
import { openPostMortems } from '../read/post-mortems.ts'
import { lookNow } from './analyses.ts'
import { applyChange } from './apply.ts'
import { lockedVersions } from './champion.ts'
import { readEntries } from './ledger.ts'
import { before, pageOf, type PageRequest } from './pages.ts'
import { publish } from './publish.ts'

/** `gates`: of a draft, and where a stage requires checks, for what is still lacking. */
type Row = ExperimentFacts & { createdAt: Date; gates: VersionGate[] | null; champion: string | null }

const select = (sql: Sql | TransactionSql) => sql`
  select e.id, e.key, m.key as model, e.state, e.definition, e.frozen, e.variants, e.stage, e.progress, e.scope, e.epoch, e.revision,
    e.winner, e.looks, e.holds, e.drift, e.created_at as "createdAt", e.started_at as "startedAt", e.ended_at as "endedAt", p.weights,
    (select kind from scopes where id = e.scope) as "scopeKind", (select version from versions where id = m.champion) as champion,
    case when e.state = 'draft' or (e.state in ('running', 'paused') and ${stageRequires(sql)}) then ${gatesOf(sql)} end as gates
  from experiments e join models m on m.id = e.model left join epochs p on p.experiment = e.id and p.epoch = e.epoch`

/** What keeps a draft from its start, or the next stage from its beginning. */
const missingNow = ({ gates, champion, ...experiment }: Pick<Row, 'definition' | 'state' | 'stage' | 'progress' | 'variants' | 'champion'> & { gates: VersionGate[] }) => {
  const draft = experiment.state === 'draft'
  const entered = draft ? [servedIn(experiment, 0)] : enteredNext(experiment)
  return [...(draft ? missingOf(experiment.definition.variants, gates, champion) : []), ...entered.flatMap((one) => missingIn(experiment, one, gates, champion))]
}

const view = ({ definition, state, stage, progress = null, variants, epoch, winner, holds = [], revision, createdAt, startedAt, endedAt, gates, champion }: Row) => ({
  ...definition,
  variants: definition.variants.map((variant, ordinal) => {
    const breaker = variants[ordinal] && breakerView(variants[ordinal])
    return { ...variant, status: variants[ordinal]?.status ?? 'live' as const, ...(breaker && { breaker }) }
  }),
  ...((definition.metrics.some(({ breaker }) => breaker) || fallbackView(variants) !== null) && { fallback: fallbackView(variants) }),
  ...(gates && { missing: missingNow({ definition, state, stage, progress, variants, gates, champion }) }),
  state, ...stageView({ definition, stage, progress }), epoch, winner,
  holds: holds.map(({ reason, variant, metric, text, since }) => ({ reason, variant, metric, text, since })),
  revision,
  createdAt: createdAt.toISOString(),
  startedAt: startedAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
})

export const requireExperiment = async (sql: Sql | TransactionSql, key: string): Promise<Row> => {
  const [row] = await sql<Row[]>`${select(sql)} where e.key = ${key}`
  if (!row) throw notFound('experiment', key)
  return row
}

export type Surroundings = {
  pool: Pool
  /** Keyed hash of a unit, 32 hex digits; units themselves are never stored. */
  hashUnit: (unitType: string, unit: string) => string
  validateRule: ValidateRule
  /** A salt for an experiment that brings none. */
  drawSalt: () => string
}

const hashed = /^hash:[0-9a-f]{32}$/

/** What is stored: the salt drawn, unless there is one; overrides by keyed hash. What was hashed already stays as it is. */
export const storable = (
  definition: CreateExperiment, { hashUnit, drawSalt }: Pick<Surroundings, 'hashUnit' | 'drawSalt'>, salt: string | undefined,
): ExperimentDefinition => ({
  ...definition,
  stickiness: stickinessOf(definition),
  salt: definition.salt ?? salt ?? drawSalt(),
  ...(definition.overrides
    ? {
        overrides: Object.fromEntries(
          Object.entries(definition.overrides).map(([unit, variant]) => [
            hashed.test(unit) ? unit : `hash:${hashUnit(definition.unit, unit)}`, variant,
          ]),
        ),
      }
    : {}),
})

const variantsOf = ({ variants }: CreateExperiment): VariantState[] =>
  variants.map(({ key, version, control }) => ({ key, version, control: control === true, status: 'live' }))

const metricsNamed = async (sql: Sql, keys: string[]): Promise<Map<string, MetricDefinition>> => {
  const rows = await sql<{ definition: MetricDefinition }[]>`select definition from metrics where key = any(${keys})`
  return new Map(rows.map(({ definition }) => [definition.key, definition]))
}

/** @throws {ServiceError} model_not_found, invalid_definition with every violation */
const check = async (tx: TransactionSql, definition: CreateExperiment, validateRule: ValidateRule, before?: ExperimentDefinition): Promise<number> => {
  const [model] = await tx<{ id: number; now: Date }[]>`select id, moment() as now from models where key = ${definition.model}`
  if (!model) throw notFound('model', definition.model)
  const versions = await tx<{ version: string }[]>`select version from versions where model = ${model.id}`
  const all = await tx<{ definition: MetricDefinition }[]>`select definition from metrics where ${isReal(tx, 'key')} or key = any(${definition.metrics.map(({ metric }) => metric)})`
  const known = { metrics: new Map(all.map((row) => [row.definition.key, row.definition])), versions: new Set(versions.map(({ version }) => version)) }
  const violations: Violation[] = [
    ...checkExperiment(definition, known, (rule: Json, path: string) => validateRule(rule, path)), ...checkStartAt(definition, model.now, before),
  ]
  if (violations.length > 0) {
    throw new ServiceError('invalid_definition', `${violations[0]!.path}: ${violations[0]!.message}`, { violations })
  }
  return model.id
}

/** What a planned action must know beside the experiment's own row. */
export const readContext = async (pool: Pool, experiment: Pick<ExperimentFacts, 'id' | 'definition' | 'state'>): Promise<Context> => {
  const context = await readSurroundings(pool, experiment)
  const from = experiment.state === 'draft' ? earlierOf(experiment.definition) : null
  return from === null ? context : { ...context, earlier: await readExperiment(pool, from) }
}

const readSurroundings = (pool: Pool, experiment: Pick<ExperimentFacts, 'id' | 'definition'>): Promise<Context> =>
  pool.run(async (sql) => {
    const [row] = await sql<{ model: number; champion: string | null; before: string | null; gates: VersionGate[]; fallbacks: string[] }[]>`
      select e.model, coalesce(e.definition->'fallbacks', to_jsonb(m.fallbacks)) as fallbacks, v.version as champion, ${gatesOf(sql)} as gates,
        (select p.version from champion_history h join versions p on p.id = h.previous
          where h.experiment = e.id and h.version = m.champion order by h.seq desc limit 1) as before
      from experiments e join models m on m.id = e.model left join versions v on v.id = m.champion where e.id = ${experiment.id}`
    const metrics = await metricsNamed(sql, experiment.definition.metrics.map(({ metric }) => metric))
    const locks = row ? await lockedVersions(sql, row.model) : []
    const postMortems = row ? await openPostMortems(sql, row.model) : []
    return { champion: row?.champion ?? null, beforePromotion: row?.before ?? null, metrics, locks, postMortems, gates: row?.gates ?? [], fallbacks: row?.fallbacks ?? [] }
  })

/** How often a person's action is planned anew when the engine was faster. */
const attempts = 3

/** Actions that are carried out whatever else happened meanwhile, as long as there is something to take back. */
const protective = new Set<Action['action']>(['rollback', 'roll-through', 'fallback', 'emergency-stop'])
/** Each attempt that fails means that somebody else's action was carried out, so these run out of others. */
const protectiveAttempts = 50

/** What takes a promotion back that overtook it: against harm nobody is too late. */
const overtaken = ({ action }: Action, seen: Row, row: Row): Pick<Wish, 'action' | 'rule'> => {
  const promoted = row.state === 'promoted' || row.state === 'baking'
  const late = promoted && legalFrom[action].includes(seen.state) && !legalFrom[action].includes(row.state)
  return late && (action === 'emergency-stop' || action === 'roll-through') ? { action: 'rollback', rule: action } : { action }
}

export const refusalOf = ({ refused, path, message, violations }: Refusal): ServiceError =>
  path === undefined ? new ServiceError(refused, message, violations && { violations }) : invalid(refused, path, message)

export const createExperiments = (surroundings: Surroundings) => {
  const { pool, validateRule } = surroundings

  /** An action of a person: planned from what is there, applied if nobody was faster, else planned again. */
  const act = async (key: string, action: Action, actor: string) => {
    const seen = await pool.run((sql) => requireExperiment(sql, key))
    const urgent = protective.has(action.action)
    // what somebody wants to stop is stopped, though it cannot be analysed
    const look = seen.scope === null ? null : await lookNow(pool, key).catch((error: unknown) => {
      if (urgent) return null
      throw error
    })
    const [input, analysis] = [look?.input ?? null, look?.kept ?? null]
    for (let attempt = 1, row = seen; attempt <= (urgent ? protectiveAttempts : attempts); attempt++) {
      const wish = { ...action, variant: action.variant ?? null, actor, ...overtaken(action, seen, row) }
      const context = { ...await readContext(pool, row), ...(action.action === 'fallback' && { standIns: await readStandIns(pool, row) }) }
      const change = plan(row, { ...wish, ...look?.seen }, context)
      if ('refused' in change) throw refusalOf(change)
      const applied = await applyChange(pool, { ...change, inputs: { kind: 'action', wish, facts: row, context, input, analysis } })
      if (applied.status === 'applied') return { state: change.state, epoch: applied.epoch, decision: applied.decision }
      row = await pool.run((sql) => requireExperiment(sql, key))
      // Somebody moved the experiment elsewhere: what was wanted was wanted of another situation.
      if (!urgent && (row.state !== seen.state || row.variants.some(({ status }, arm) => status !== seen.variants[arm]?.status))) break
    }
    throw new ServiceError('stale', `"${key}" changed at the same moment; look at it and ask again`)
  }

  return {
    create: (definition: CreateExperiment) =>
      pool.begin(async (tx) => {
        const [known] = await tx`select 1 from experiments where key = ${definition.key}`
        if (known) throw new ServiceError('already_exists', `there is an experiment "${definition.key}" already`)
        const model = await check(tx, definition, validateRule)
        const [row] = await tx`
          insert into experiments (key, model, state, definition, variants)
          values (${definition.key}, ${model}, 'draft', ${tx.json(storable(definition, surroundings, undefined) as never)}, ${tx.json(variantsOf(definition) as never)})
          on conflict (key) do nothing returning id`
        if (!row) throw new ServiceError('already_exists', `there is an experiment "${definition.key}" already`)
        await publish(tx)
        return view(await requireExperiment(tx, definition.key))
      }),
    replace: (key: string, definition: CreateExperiment) =>
      pool.begin(async (tx) => {
        const row = await requireExperiment(tx, key)
        if (definition.key !== key) {
          throw new ServiceError('invalid_definition', 'key: an experiment keeps its key', { violations: [{ path: 'key', message: `expected "${key}"` }] })
        }
        const model = await check(tx, definition, validateRule, row.definition)
        const next = storable(definition, surroundings, row.definition.salt)
        const [written] = await tx`
          update experiments set model = ${model}, definition = ${tx.json(next as never)}, variants = ${tx.json(variantsOf(definition) as never)},
            revision = revision + 1, changed_at = moment()
          where id = ${row.id} and state = 'draft' returning id`
        if (!written) throw new ServiceError('immutable', `"${key}" is ${row.state}; only a draft can be changed: clone it under another key`)
        await publish(tx)
        return view(await requireExperiment(tx, key))
      }),
    remove: (key: string): Promise<void> =>
      pool.begin(async (tx) => {
        const row = await requireExperiment(tx, key)
        const [gone] = await tx`delete from experiments where id = ${row.id} and state = 'draft' returning id`
        if (!gone) throw new ServiceError('immutable', `"${key}" is ${row.state}; only a draft can be deleted`)
        await publish(tx)
      }),
    list: ({ limit, cursor }: PageRequest) =>
      pool.run(async (sql) => {
        const rows = await sql<Row[]>`
          ${select(sql)} where ${isReal(sql, 'e.key')} and (${before(cursor)}::int is null or e.id < ${before(cursor)}) order by e.id desc limit ${limit + 1}`
        return pageOf(rows, limit, view, ({ id }) => id)
      }),
    get: async (key: string) => view(await pool.run((sql) => requireExperiment(sql, key))),
    act,
    epochs: (key: string, { limit, cursor }: PageRequest) =>
      pool.run(async (sql) => {
        const { id, variants } = await requireExperiment(sql, key)
        const rows = await sql<EpochRow[]>`
          select epoch, scope, cause, coverage * throttle as coverage, weights, started_at as "startedAt", ended_at as "endedAt", sealed_at as "sealedAt"
          from epochs where experiment = ${id} and (${before(cursor)}::int is null or epoch < ${before(cursor)})
          order by epoch desc limit ${limit + 1}`
        return pageOf(rows, limit, epochView(variants), ({ epoch }) => epoch)
      }),
    decisions: async (key: string, { limit, cursor }: PageRequest, { moves }: { moves: boolean } = { moves: true }) => {
      const { id } = await pool.run((sql) => requireExperiment(sql, key))
      const rows = await readEntries(pool, id, limit + 1, before(cursor), moves)
      return pageOf(rows, limit, (entry) => entry, ({ seq }) => seq)
    },
  }
}

type EpochRow = {
  epoch: number; scope: number; cause: string; coverage: number; weights: number[]
  startedAt: Date; endedAt: Date | null; sealedAt: Date | null
}

const epochView = (variants: VariantState[]) => ({ weights, startedAt, endedAt, sealedAt, ...epoch }: EpochRow) => ({
  ...epoch,
  weights: Object.fromEntries(variants.map(({ key }, ordinal) => [key, weights[ordinal] ?? 0])),
  startedAt: startedAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
  sealedAt: sealedAt?.toISOString() ?? null,
})

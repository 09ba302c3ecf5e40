import type { ContextRule, FailureRule, Json, Shadow, Snapshot, SnapshotExperiment, SnapshotModel, SnapshotVariant } from '../../assign/snapshot.ts'
import { type BakeArms, bakeOf, partsOf } from '../../core/analyze/bake.ts'
import { stickinessIn } from '../../core/define/bandit-stage.ts'
import { contextualOf } from '../../core/contextual/stage.ts'
import type { ExperimentDefinition, ExperimentState, Progress, VariantState } from '../../core/define/definitions.ts'
import { observesOf } from '../../core/analyze/observed.ts'
import { audienceAt, bothRules, positionOf } from '../../core/decide/position.ts'
import { drawsOf, isDrawn } from '../../core/analyze/weights.ts'
import type { Pool } from '../pool.ts'
import { isServed } from './drills.ts'

type VersionRow = { model: number; version: string; payload: Json; watch: number }
type ModelRow = { id: number; key: string; enabled: boolean; unitType: string; champion: string | null; fallbacks: string[] }
type ExperimentRow = {
  id: number
  key: string
  model: number
  state: ExperimentState
  definition: ExperimentDefinition
  variants: VariantState[]
  scope: number
  epoch: number
  coverage: number
  throttle: number
  weights: number[]
  winner: string | null
  scopeKind: 'stage' | 'bake'
  failures: FailureRule[] | null
  stage: number
  progress: Progress | null
  /** By what a contextual bandit draws in this epoch; null where nothing is learnt. */
  context: ContextRule | null
  generation: SnapshotExperiment['generation'] | null
  shadows: Omit<Shadow, 'sampleRate'>[] | null
}
type Rows = {
  version: number
  models: ModelRow[]
  versions: VersionRow[]
  experiments: ExperimentRow[]
  dormant: { key: string; model: string; state: ExperimentState }[]
  measures: string[]
}

/**
 * One statement, so that everything is of the same moment. Only versions that somebody may be served. A bake serves
 * nobody once somebody has made another version champion.
 */
const readRows = (pool: Pick<Pool, 'run'>): Promise<Rows | undefined> =>
  pool.run(async (sql) => {
    const [rows] = await sql<Rows[]>`
      with serving as (
        select e.id, e.key, e.model, e.state, e.definition, e.variants, e.scope, e.epoch, e.winner, e.stage, e.progress, s.kind "scopeKind",
          p.coverage * p.throttle coverage, p.throttle, to_json(p.weights) weights, p.frozen->'context' context,
          (select json_agg(json_build_object('measure', one->'measure', 'threshold', one->'threshold'))
            from jsonb_array_elements(s.metrics) one where one->'breaker' = 'true') failures,
          case when g.id is not null then json_build_object('scope', g.id, 'strata', g.strata) end generation,
          (select json_agg(json_build_object('variant', h.variant, 'scope', h.id) order by h.variant) from scopes h where h.shadow_of = e.scope) shadows
        from experiments e join epochs p on p.experiment = e.id and p.epoch = e.epoch join scopes s on s.id = e.scope
          left join scopes g on g.parent = e.scope
          join models m on m.id = e.model left join versions v on v.id = m.champion
        where ${isServed(sql, 'm.key')} and (e.state in ('running', 'paused') or e.state = 'baking' and exists (
          select from jsonb_array_elements(e.variants) one where one->>'key' = e.winner and one->>'version' = v.version))
      ), served as (
        select v.model, v.version, v.record->'payload' payload, v.watch_scope watch
        from versions v join models m on m.id = v.model
        where ${isServed(sql, 'm.key')} and (v.id = m.champion or v.version = any(m.fallbacks) or exists (
          select from serving s, jsonb_array_elements(s.variants) one where s.model = v.model and (one->>'version' = v.version
            or one->'breaker'->'standIn'->>'version' = v.version or s.definition->'fallbacks' ? v.version)))
      )
      select (select version from publication)::float8 as version,
        (select coalesce(json_agg(row_to_json(m)), '[]') from (
          select m.id, m.key, m.enabled, m.unit_type "unitType", v.version champion, to_json(m.fallbacks) fallbacks
          from models m left join versions v on v.id = m.champion where ${isServed(sql, 'm.key')} order by m.id) m) as models,
        (select coalesce(json_agg(row_to_json(s)), '[]') from served s) as versions,
        (select coalesce(json_agg(row_to_json(s)), '[]') from serving s) as experiments,
        (select coalesce(json_agg(row_to_json(d)), '[]') from (
          select e.key, m.key model, e.state from experiments e join models m on m.id = e.model
          where ${isServed(sql, 'm.key')} and e.id not in (select id from serving)) d) as dormant,
        (select coalesce(json_agg(distinct measure), '[]') from (
          select definition->>'measure' measure from metrics
          union select definition->>'denominator' from metrics
          union select term->>'measure' from metrics, jsonb_array_elements(definition->'terms') term) x where measure is not null) as measures`
    return rows
  })

/** Overrides are kept by keyed unit hash, perhaps with `hash:` before it; variants become ordinals. */
const overridesOf = ({ definition, variants }: ExperimentRow): Record<string, number> =>
  Object.fromEntries(
    Object.entries(definition.overrides ?? {}).map(([unit, variant]) => [
      unit.replace(/^hash:/, ''),
      variants.findIndex(({ key }) => key === variant),
    ]),
  )

type Find = (model: number, version: string) => VersionRow | undefined

const fallbacksOf = (model: number, names: readonly string[], find: Find) =>
  names.flatMap((name) => find(model, name) ?? []).map(({ version, payload }) => ({ version, payload }))

/** What stands in for a control that fails, or, in a bake, for the winner; also for a champion that is the very same. */
const fallbackOf = ({ model, variants: states }: ExperimentRow, variants: SnapshotVariant[], bake: BakeArms | null, champion: string | null, find: Find) => {
  const control = variants.findIndex((one) => one.control)
  const out = [control, ...(bake ? [bake.winner] : [])].flatMap((ordinal) => (variants[ordinal]?.status === 'quarantined' ? [variants[ordinal]] : []))
  const instead = variants[control]?.status === 'quarantined' ? states[control]?.breaker?.standIn?.version : variants[control]?.version
  const known = out.length > 0 && instead !== undefined ? find(model, instead) : undefined
  if (!known) return null
  const { version, payload, watch } = known
  const served = champion === null ? undefined : JSON.stringify(find(model, champion)?.payload)
  return { version, payload, watch, champion: out.some((one) => one.version === champion && JSON.stringify(one.payload) === served) }
}

/** @param draws with which weights units are drawn; those of the epoch are the chances to be given an arm */
const variantOf = (row: ExperimentRow, ordinal: number, draws: readonly number[], find: Find): SnapshotVariant => {
  const { key, version, control, status, breaker } = row.variants[ordinal]!
  const known = find(row.model, version)
  if (!known) throw new Error(`experiment "${row.key}" serves the version "${version}", which does not exist`)
  const own = row.definition.variants[ordinal]?.payload
  return {
    key, version, control, status,
    payload: own === undefined ? known.payload : own,
    weight: isDrawn({ status }) ? (draws[ordinal] ?? 0) : 0,
    ...(status === 'quarantined' && { probes: breaker?.probes ?? 0 }),
    ...(breaker && { healthFrom: breaker.from }),
    watch: known.watch,
  }
}

/** Candidates that are called beside the control: of a paused experiment as well, since traffic stays as it is. */
const shadowsIn = ({ shadows, definition, stage, variants }: ExperimentRow): Shadow[] => {
  const own = definition.stages[stage]
  if (own?.allocation !== 'shadow') return []
  return (shadows ?? []).filter(({ variant }) => variants[variant]?.status === 'live').map((one) => ({ ...one, sampleRate: own.sampleRate }))
}

const experimentOf = (row: ExperimentRow, model: ModelRow | undefined, find: Find): SnapshotExperiment => {
  const { id, key, definition, scope, epoch, coverage, failures } = row
  const contextual = contextualOf(row)
  const bake = bakeOf(row)
  const draws = drawsOf(row.variants, row.weights)
  const parts = bake && partsOf(draws, bake)
  const given = bake && parts ? draws.with(bake.winner, parts.sample) : draws
  const variants = row.variants.map((_, ordinal) => variantOf(row, ordinal, given, find))
  const fallback = fallbackOf(row, variants, bake, model?.champion ?? null, find)
  const observes = observesOf(definition)
  const winner = bake && variants[bake.winner]
  const shadows = shadowsIn(row)
  return {
    ...(observes && { observes }),
    ...(contextual && row.context && { contextual: { context: contextual.context, rule: row.context } }),
    ...(failures && { breaker: failures }),
    ...(fallback && { fallback }),
    ...(definition.maxRps !== undefined && !bake && { cap: { maxRps: definition.maxRps, throttle: row.throttle } }),
    ...(definition.fallbacks && { fallbacks: fallbacksOf(row.model, definition.fallbacks, find) }),
    ...(shadows.length > 0 && { shadows }),
    ...(row.generation && { generation: row.generation }),
    id, key, scope, epoch, coverage,
    model: model?.key ?? '',
    unitType: definition.unit,
    stickiness: stickinessIn(row),
    salt: definition.salt,
    layer: definition.layer ?? null,
    audience: bothRules(definition.audience ?? null, bake ? null : audienceAt(definition, positionOf(row))),
    overrides: overridesOf(row),
    variants: winner && parts && parts.rest > 0 ? [...variants, { ...winner, drawKey: `${winner.key}:rest`, weight: parts.rest }] : variants,
  }
}

const modelOf = ({ id, key, enabled, unitType, champion, fallbacks }: ModelRow, find: Find): SnapshotModel => {
  const serving = champion === null ? undefined : find(id, champion)
  return {
    id, key, enabled, unitType,
    champion: serving ? { version: serving.version, payload: serving.payload, watch: serving.watch } : null,
    fallbacks: fallbacksOf(id, fallbacks, find),
  }
}

const assemble = ({ version, models, versions, experiments, dormant }: Rows): Snapshot => {
  const byName = new Map(versions.map((one) => [`${one.model} ${one.version}`, one]))
  const find: Find = (model, name) => byName.get(`${model} ${name}`)
  const byId = new Map(models.map((model) => [model.id, model]))
  return {
    format: 1,
    version,
    models: models.map((model) => modelOf(model, find)),
    experiments: experiments.map((row) => experimentOf(row, byId.get(row.model), find)),
    dormant: dormant.map(({ key, model, state }) => ({ key, model, state: state === 'draft' ? 'draft' : 'ended' })),
  }
}

/** What nodes serve from, as the database has it now. */
export const createSnapshotSource = (pool: Pick<Pool, 'run'>) => ({
  version: async (): Promise<number> => {
    const [row] = await pool.run((sql) => sql<{ version: number }[]>`select version::float8 as version from publication`)
    if (!row) throw new Error('the publication is missing: the database was not migrated')
    return row.version
  },
  load: async (): Promise<{ snapshot: Snapshot; measures: string[] }> => {
    const rows = await readRows(pool)
    if (!rows) throw new Error('the snapshot could not be read')
    return { snapshot: assemble(rows), measures: rows.measures }
  },
})

import type { BriefAnalysis, ListedExperiment, ListedModel, Overview, OverviewAsk, ShownKind } from '../../core/tell/overview.ts'
import { notFound } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import { before as below, pageOf } from '../control/pages.ts'
import type { Pool } from '../pool.ts'
import { isReal, readLastDrill } from './drills.ts'
import { readAlerting } from './watch.ts'

/** Experiments that need a person and models that are shown at most. */
const mostNeeding = 100
const mostModels = 200

/** Does somebody have to look? Held, waiting for a decision, not started at its time, a post-mortem unsigned, or a version locked. */
const needing = (sql: TransactionSql) => sql`(
  (e.state in ('running', 'paused', 'baking') and (e.holds <> '[]' or ${waits(sql)}))
  or ${overdue(sql)}
  or exists (select from post_mortems p where p.model = e.model and p.experiment = e.id and p.signed_at is null)
  or exists (select from versions v where v.model = e.model and v.lock->>'experiment' = e.key))`

/** Was something proposed that the policy does not do by itself? The engine remembers that it told of it. */
const waits = (sql: TransactionSql) => sql`(
  e.definition->'policy'->>'mode' is distinct from 'observe' and jsonb_path_exists(e.looks, '$.keyvalue() ? (@.key like_regex "^held:.*:mode$")'))`

/** Is it a draft that was to start by now, but something is in its way, as its last entry tells? */
const overdue = (sql: TransactionSql) => sql`(
  e.state = 'draft' and (e.definition->>'startAt')::timestamptz <= moment()
  and (select action = 'start' and status = 'held' from ledger where experiment = e.id order by seq desc limit 1))`

const kindOf = (sql: TransactionSql) => sql`
  case when e.state in ('running', 'baking') then 'running' when e.state in ('paused', 'draft', 'archived') then e.state else 'ended' end`

const fits = (sql: TransactionSql, show: ShownKind) => {
  if (show === 'all') return sql`e.state <> 'archived'`
  return show === 'attention' ? needing(sql) : sql`${kindOf(sql)} = ${show}`
}

type Row = Omit<ListedExperiment, 'createdAt' | 'startedAt' | 'endedAt'> & { createdAt: Date; startedAt: Date | null; endedAt: Date | null }

/** An entry in short, or null. */
const brief = (sql: TransactionSql, alias: 'w' | 'l') => {
  const one = sql(alias)
  return sql`case when ${one}.id is not null then jsonb_build_object('id', ${one}.id, 'at', ${one}.entry->>'at', 'actor', ${one}.actor, 'action', ${one}.action,
    'variant', ${one}.entry->>'variant', 'status', ${one}.status, 'reason', ${one}.entry->>'reason',
    'rule', ${one}.entry->>'rule') end`
}

/** A stored report is unpacked once: each look into it would unpack all of it again. */
const select = (sql: TransactionSql) => sql`
  select e.id, e.key, m.key as model, e.state, e.definition->>'hypothesis' as hypothesis, e.definition->>'unit' as unit,
    coalesce(e.definition->'policy'->>'mode', 'auto') as mode, e.definition->'policy'->>'maxDuration' as "maxDuration", e.definition->>'startAt' as "startAt", e.variants, e.winner,
    p.coverage, p.weights, e.holds, e.created_at as "createdAt", e.started_at as "startedAt", e.ended_at as "endedAt",
    ${brief(sql, 'w')} as waiting, ${brief(sql, 'l')} as latest, a.analysis,
    coalesce((select jsonb_agg(jsonb_build_object('decision', o.ledger, 'at', d.entry->>'at', 'action', d.action, 'variant', o.variant) order by o.ledger desc)
      from post_mortems o join ledger d on d.id = o.ledger where o.model = e.model and o.experiment = e.id and o.signed_at is null), '[]') as "postMortems",
    array(select v.version from versions v where v.model = e.model and v.lock->>'experiment' = e.key order by v.id) as locked
  from experiments e join models m on m.id = e.model left join epochs p on p.experiment = e.id and p.epoch = e.epoch
  left join lateral (select * from ledger where experiment = e.id order by seq desc limit 1) l on true
  left join lateral (
    select * from ledger where experiment = e.id and status = 'held' and (${overdue(sql)} or (e.state in ('running', 'paused', 'baking') and ${waits(sql)}
      and jsonb_exists(e.looks, 'held:' || action || ':' || coalesce(entry->>'variant', '') || ':mode')))
    order by seq desc limit 1) w on true
  left join lateral (
    select jsonb_build_object('id', k.id, 'at', k.at, 'state', r.state, 'headline', r.summary->>'headline', 'units', r.units, 'sampleRatio', r."sampleRatio"->>'verdict',
      'checks', jsonb_path_query_array(r.health, '$[*].verdict'), 'names', jsonb_path_query_array(r.health, '$[*].check'), 'comparisons', r.comparisons,
      'guardrails', r.guardrails) as analysis
    from (select id, at, report from analyses where experiment = e.id order by at desc, id desc limit 1) k
    cross join lateral jsonb_to_record(k.report) as r(state text, summary jsonb, units float8, "sampleRatio" jsonb, health jsonb, comparisons jsonb, guardrails jsonb)) a on true`

type StoredBrief = Omit<BriefAnalysis, 'checks'> & {
  checks: BriefAnalysis['checks'][number]['verdict'][]
  names: string[]
  guardrails: Omit<BriefAnalysis['comparisons'][number], 'role'>[]
}

const listed = ({ createdAt, startedAt, endedAt, ...row }: Row): ListedExperiment => ({
  ...row,
  analysis: row.analysis && briefOf(row.analysis as unknown as StoredBrief),
  createdAt: createdAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, endedAt: endedAt?.toISOString() ?? null,
})

/** Of guardrails the verdict of the rule that acts, not that of the comparison beside it. */
const briefOf = ({ checks, names, comparisons, guardrails, at, ...rest }: StoredBrief): BriefAnalysis => ({
  ...rest,
  at: new Date(at).toISOString(),
  checks: checks.map((verdict, index) => ({ check: names[index] ?? '', verdict })),
  comparisons: [...comparisons.filter(({ role }) => role !== 'guardrail'), ...guardrails.map((one) => ({ ...one, role: 'guardrail' }))]
    .map(({ metric, role, variant, verdict }) => ({ metric, role, variant, verdict })),
})

/** Counts, experiments, what needs somebody and models: a few queries, and nothing is computed again. Rejects with model_not_found. */
export const readOverview = (pool: Pool, { show, model, limit, before }: OverviewAsk): Promise<Overview> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const ofModel = model === null ? isReal(tx, 'm.key') : tx`m.key = ${model}`
    const models = await tx<(Omit<ListedModel, 'since'> & { since: Date | null })[]>`
      select m.key, m.description, m.enabled, v.version as champion,
        (select h.at from champion_history h where h.model = m.id order by h.seq desc limit 1) as since,
        (select count(*) from experiments e where e.model = m.id and e.state in ('running', 'paused', 'baking')) as running
      from models m left join versions v on v.id = m.champion where ${ofModel} order by m.key collate "C" limit ${mostModels + 1}`
    if (model !== null && models.length === 0) throw notFound('model', model)
    const found = await tx<{ kind: ShownKind; number: number; needing: number }[]>`
      select ${kindOf(tx)} as kind, count(*) as number, count(*) filter (where ${needing(tx)}) as needing
      from experiments e join models m on m.id = e.model where ${ofModel} group by 1`
    const number = (kind: ShownKind): number => found.find((one) => one.kind === kind)?.number ?? 0
    const sum = found.reduce((total, one) => total + one.number, 0)
    const counts: Overview['counts'] = {
      all: sum - number('archived'), attention: found.reduce((total, one) => total + one.needing, 0),
      running: number('running'), paused: number('paused'), draft: number('draft'), ended: number('ended'), archived: number('archived'),
    }
    const rows = await tx<Row[]>`
      ${select(tx)} where ${ofModel} and ${fits(tx, show)} and (${below(before)}::int is null or e.id < ${below(before)})
      order by e.id desc limit ${limit + 1}`
    const page = pageOf(rows, limit, listed, ({ id }) => id)
    const attention = counts.attention === 0 ? [] : await tx<Row[]>`
      ${select(tx)} where ${ofModel} and ${needing(tx)} order by e.id desc limit ${mostNeeding}`
    return {
      drill: await readLastDrill(tx), alerting: await readAlerting(tx, model),
      counts, experiments: page.items, next: page.next, attention: attention.map(listed), furtherModels: models.length > mostModels,
      models: models.slice(0, mostModels).map(({ since, ...one }) => ({ ...one, since: since?.toISOString() ?? null })),
    }
  })

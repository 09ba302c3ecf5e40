import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { LedgerEntry } from '../../core/decide/ledger.ts'
import type { HarmPoint, OpenPostMortem, PostMortemFacts, PostMortemItem, Signature } from '../../core/tell/post-mortem.ts'
import type { Sql, TransactionSql } from '../client.ts'
import { before, pageOf, type PageRequest } from '../control/pages.ts'
import type { Pool } from '../pool.ts'
import { isReal } from './drills.ts'

type Row = Omit<PostMortemItem, 'openedAt' | 'signature'> & {
  openedAt: Date; signedAt: Date | null; signedBy: string | null; note: string | null; signedLedger: number | null
}

const select = (sql: Sql) => sql`
  select p.ledger as decision, e.key as experiment, m.key as model, p.variant, p.locked, p.opened_at as "openedAt", l.action,
    l.entry->>'rule' as rule, l.actor, l.entry->>'reason' as reason, p.signed_at as "signedAt", p.signed_by as "signedBy", p.note,
    p.signed_ledger as "signedLedger"
  from post_mortems p join experiments e on e.id = p.experiment join models m on m.id = p.model join ledger l on l.id = p.ledger`

const signatureOf = ({ signedAt, signedBy, note, signedLedger }: Row): Signature | null =>
  signedAt && { at: signedAt.toISOString(), by: signedBy ?? '', note: note ?? '', decision: signedLedger ?? 0 }

const itemOf = (row: Row): PostMortemItem => {
  const { decision, experiment, model, variant, locked, action, rule, actor, reason } = row
  return { decision, experiment, model, variant, locked, action, rule, actor, reason, openedAt: row.openedAt.toISOString(), signature: signatureOf(row) }
}

/** The newest first. @param open only those nobody has signed, or only signed ones; all of them when null */
export const listPostMortems = (pool: Pool, { limit, cursor }: PageRequest, open: boolean | null) =>
  pool.run(async (sql) => {
    const rows = await sql<Row[]>`
      ${select(sql)} where ${isReal(sql, 'm.key')} and (${open}::bool is null or (p.signed_at is null) = ${open}) and (${before(cursor)}::int is null or p.ledger < ${before(cursor)})
      order by p.ledger desc limit ${limit + 1}`
    return pageOf(rows, limit, itemOf, ({ decision }) => decision)
  })

/** Those of a model that wait to be signed. */
export const openPostMortems = (sql: Sql | TransactionSql, model: number): Promise<OpenPostMortem[]> =>
  sql<OpenPostMortem[]>`
    select p.ledger as decision, e.key as experiment, p.variant, p.locked from post_mortems p join experiments e on e.id = p.experiment
    where p.model = ${model} and p.signed_at is null order by p.ledger`

/** Analyses that are read for one metric of one variant, the latest before the decision. */
const mostPoints = 5_000
/** Decisions and changes of traffic that a timeline tells. */
const mostEvents = 200

const harmPoints = async (sql: Sql, experiment: number, until: Date, metric: string, variant: string): Promise<HarmPoint[]> => {
  const rows = await sql<{ at: Date; analysis: number; verdict: string; lower: number | null }[]>`
    select a.at, a.id as analysis, coalesce(g.value->>'verdict', c.value->>'verdict') as verdict, (g.value->'harm'->>'lower')::float8 as lower
    from (select * from analyses where experiment = ${experiment} and at <= ${until} order by at desc, id desc limit ${mostPoints}) a
    left join lateral jsonb_array_elements(a.report->'guardrails') g(value) on g.value->>'metric' = ${metric} and g.value->>'variant' = ${variant}
    left join lateral jsonb_array_elements(a.report->'comparisons') c(value) on c.value->>'metric' = ${metric} and c.value->>'variant' = ${variant}
    where g.value is not null or c.value is not null order by a.at, a.id`
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }))
}

/** Of the variants that were stopped, every metric that failed. */
const failed = ({ verdicts, variant }: LedgerEntry): { metric: string; variant: string }[] =>
  Object.entries(verdicts?.variants ?? {})
    .filter(([key]) => variant === null || key === variant)
    .flatMap(([key, metrics]) => Object.entries(metrics).flatMap(([metric, verdict]) => (verdict === 'FAIL' ? [{ metric, variant: key }] : [])))

type Subject = Row & { id: number; modelId: number; entry: LedgerEntry; startedAt: Date | null; variants: { key: string }[]; winner: string | null; stillLocked: string[] }

/** Everything that the post-mortem of a decision tells; null when the decision opened none. */
export const readPostMortem = (pool: Pool, decision: number): Promise<PostMortemFacts | null> =>
  pool.run(async (sql): Promise<PostMortemFacts | null> => {
    const [row] = await sql<Subject[]>`
      select o.*, e.id, e.model as "modelId", l.entry, e.started_at as "startedAt", e.variants, e.winner,
        array(select version from versions where model = e.model and version = any(o.locked) and lock is not null order by id) as "stillLocked"
      from (${select(sql)} where p.ledger = ${decision}) o join ledger l on l.id = o.decision join experiments e on e.id = l.experiment`
    if (!row) return null
    const { id, entry, variants } = row
    const keyOf = (ordinal: number): string => variants[ordinal]?.key ?? row.winner ?? String(ordinal)
    const epochs = await sql<{ epoch: number; at: Date; weights: number[] }[]>`
      select epoch, started_at as at, weights from epochs where experiment = ${id} and cause = 'action' order by epoch desc limit ${mostEvents}`
    const decisions = await sql<(Omit<PostMortemFacts['decisions'][number], 'at'> & { at: Date })[]>`
      select id, at, actor, action, entry->>'variant' as variant, status, entry->>'reason' as reason from ledger
      where experiment = ${id} and action <> 'reallocate' order by seq desc limit ${mostEvents}`
    const [moved] = await sql<{ times: number }[]>`
      select count(*)::int as times from ledger where experiment = ${id} and action = 'reallocate' and status = 'applied'`
    const units = await sql<{ variant: number; units: number }[]>`
      select r.variant, sum(r.n)::float8 as units from rollups r join scopes s on s.id = r.scope
      where s.experiment = ${id} and s.kind in ('stage', 'bake') and r.metric = 0 group by r.variant order by r.variant`
    const champions = await sql<{ at: Date; version: string; reason: string }[]>`
      select h.at, v.version, h.reason from champion_history h join versions v on v.id = h.version
      where h.model = ${row.modelId} order by h.seq desc limit ${mostEvents}`
    const [opened] = await sql<{ metrics: MetricPlan[] }[]>`select metrics from scopes where experiment = ${id} order by id desc limit 1`
    const names = new Map(opened?.metrics.map(({ key, name }) => [key, name]))
    const harm: PostMortemFacts['harm'] = []
    for (const one of failed(entry)) harm.push({ ...one, name: names.get(one.metric), points: await harmPoints(sql, id, new Date(entry.at), one.metric, one.variant) })
    const exposed = new Map(variants.map(({ key }) => [key, 0]))
    for (const one of units) exposed.set(keyOf(one.variant), (exposed.get(keyOf(one.variant)) ?? 0) + one.units)
    const inOrder = <T extends { at: Date }>(rows: readonly T[]) => rows.map((one) => ({ ...one, at: one.at.toISOString() })).toReversed()
    return {
      item: itemOf(row), entry: { ...entry, id: decision }, startedAt: row.startedAt?.toISOString() ?? null, harm, stillLocked: row.stillLocked,
      epochs: inOrder(epochs).map((one) => ({ ...one, weights: Object.fromEntries(variants.map(({ key }, arm) => [key, one.weights[arm] ?? 0])) })),
      decisions: inOrder(decisions), champions: inOrder(champions), reallocations: moved?.times ?? 0,
      exposed: Object.fromEntries(exposed),
    }
  })

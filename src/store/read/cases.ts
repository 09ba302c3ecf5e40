import { disagreeingCases, type LoggedOutcome, measureOf, uncertainCases } from '../../core/continuity/cases.ts'
import type { AskedCases, Case } from '../../core/continuity/case-view.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import { invalid, notFound, ServiceError } from '../../errors.ts'
import type { TransactionSql } from '../client.ts'
import type { PageRequest } from '../control/pages.ts'
import type { Pool } from '../pool.ts'
import { readFacts } from './moments.ts'

/** Outcomes that one call looks at, the latest ones: cases are wanted of what is going on. */
export const mostLooked = 20_000
const firstStretchMs = 60_000

type Logged = LoggedOutcome & { key: string; revision: number }

/** A parameter of milliseconds since 1970. */
const moment = (parameter: number): string => `to_timestamp($${parameter}::text::float8 / 1000)`

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint::text`

/** The latest outcomes of these scopes until a moment, each in its latest revision: the log is read backwards, in ever longer stretches of time. */
const readLog = async (tx: TransactionSql, scopes: readonly number[], until: string): Promise<LoggedOutcome[]> => {
  const [opened] = await tx<{ at: number }[]>`
    select (extract(epoch from min(opened_at)) * 1000)::float8 as at from scopes where id = any(${`{${scopes.join()}}`}::text::int[])`
  const found: Logged[] = []
  // a little later than that, since milliseconds are rounded
  for (let [to, stretch] = [Number(until) / 1_000 + 1, firstStretchMs]; found.length < mostLooked && to >= (opened?.at ?? Infinity); stretch *= 4) {
    const from = to - stretch
    found.push(...await tx.unsafe<Logged[]>(
      `select id, scope, unit::text, ${micros('received')} as received, at, key::text, revision, measures from outcomes
      where day between (${moment(2)} at time zone 'UTC')::date and (${moment(3)} at time zone 'UTC')::date
        and received > ${moment(2)} and received <= ${moment(3)} and ${micros('received')}::bigint <= $4::text::bigint
        and scope = any($1::text::int[]) and not crossed order by received desc, key limit ${mostLooked - found.length}`,
      [`{${scopes.join()}}`, String(from), String(to), until]))
    to = from
  }
  const latest = new Map<string, Logged>()
  for (const one of found) if ((latest.get(one.key)?.revision ?? -1) < one.revision) latest.set(one.key, one)
  return [...latest.values()]
}

type Place = { variant: number; epoch: number }

/** Who got what: of the outcomes of one page alone. */
const placesOf = async (tx: TransactionSql, outcomes: readonly LoggedOutcome[]): Promise<(outcome: LoggedOutcome) => Place | undefined> => {
  const rows = await tx<(Place & { scope: number; unit: string })[]>`
    select t.scope, t.unit::text, u.variant, u.epoch
    from (select distinct * from unnest(${`{${outcomes.map(({ scope }) => scope).join()}}`}::text::int[], ${`{${outcomes.map(({ unit }) => unit).join()}}`}::text::uuid[]) d(scope, unit)) t
    cross join lateral (select variant, epoch from units where scope = t.scope and unit = t.unit limit 1) u`
  const places = new Map(rows.map((row) => [`${row.scope}:${row.unit}`, row]))
  return ({ scope, unit }) => places.get(`${scope}:${unit}`)
}

type Page<T> = { items: T[]; next: string | null }
type ScopeRow = { id: number; kind: string; shadowOf: number | null; metrics: MetricPlan[] }

/** A page of ranked cases; the cursor says until when the log was read, so that what comes meanwhile moves nothing. */
const cut = <T>(all: readonly T[], { limit }: PageRequest, until: string, from: number): Page<T> => ({
  items: all.slice(from, from + limit),
  next: from + limit < all.length ? `${until}:${from + limit}` : null,
})

const placeOf = (cursor: string | null): { until: string | null; from: number } => {
  if (cursor === null) return { until: null, from: 0 }
  const [, until = '', from = ''] = /^(\d{1,16}):(\d{1,6})$/.exec(cursor) ?? []
  if (until === '') throw invalid('invalid_query', 'cursor', 'expected the `next` of a page')
  return { until, from: Number(from) }
}

/**
 * Outcomes that are worth a label: uncertain ones, or those in which a shadow answered otherwise than the control. Of the
 * latest `mostLooked` outcomes; nobody's unit is told.
 *
 * @throws {ServiceError} experiment_not_found; not_running for a draft; conflict where nothing answered in the shadow;
 * invalid_query for a measure that no metric reads, or of which nothing says what is uncertain
 */
export const readCases = (pool: Pool, key: string, { kind, measure }: AskedCases, page: PageRequest): Promise<Page<Case>> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const facts = await readFacts(tx, key)
    if (!facts) throw notFound('experiment', key)
    if (facts.scope === null) throw new ServiceError('not_running', `"${key}" has not started, so that nothing was reported`)
    const scopes = await tx<ScopeRow[]>`
      select id, kind, shadow_of as "shadowOf", metrics from scopes where experiment = ${facts.id} and kind <> 'generation' order by id`
    const { until: asked, from } = placeOf(page.cursor)
    const [now] = await tx.unsafe<{ until: string }[]>(`select ${micros('moment()')} as until`)
    const until = asked ?? now!.until
    const decisions = new Set(facts.definition.metrics.filter(({ role }) => role === 'decision').map(({ metric }) => metric))

    const named = (ordinal: number | undefined) => {
      const { key: variant = null, version = null } = facts.variants[ordinal ?? -1] ?? {}
      return { variant, version }
    }
    if (kind === 'disagreeing') {
      const stage = scopes.findLast(({ shadowOf }) => shadowOf !== null)?.shadowOf
      const plans = scopes.find(({ id }) => id === stage)?.metrics
      if (!stage || !plans) throw new ServiceError('conflict', `"${key}" has had no shadow: nothing answered beside the control`)
      const compared = plans.filter((plan) => decisions.size === 0 || decisions.has(plan.key))
      const beside = scopes.filter(({ shadowOf }) => shadowOf === stage).map(({ id }) => id)
      const { items, next } = cut(disagreeingCases(compared, await readLog(tx, [stage, ...beside], until), stage), page, until, from)
      const place = await placesOf(tx, items.flatMap(({ control, shadow }) => [control, shadow]))
      return {
        next,
        items: items.map(({ control, shadow, metrics, why }): Case => ({
          id: shadow.id, kind, ...named(place(shadow)?.variant), epoch: place(control)?.epoch ?? null, at: shadow.at.toISOString(),
          why, measures: shadow.measures, value: null, threshold: null, metrics,
          control: { ...named(place(control)?.variant), at: control.at.toISOString(), measures: control.measures },
        })),
      }
    }
    const own = scopes.filter(({ shadowOf }) => shadowOf === null)
    const plans = own.find(({ id }) => id === facts.scope)?.metrics ?? []
    const name = measure ?? measureOf(plans, decisions)
    if (name === null || !plans.some((plan) => plan.measure === name)) throw invalid('invalid_query', 'measure', 'no metric of the experiment reads it')
    const found = uncertainCases(plans, name, await readLog(tx, own.map(({ id }) => id), until))
    if (!found) throw invalid('invalid_query', 'measure', `"${name}" has no threshold, and is no score from 0 to 1: nothing says what is uncertain of it`)
    const { items, next } = cut(found, page, until, from)
    const place = await placesOf(tx, items.map(({ outcome }) => outcome))
    return {
      next,
      items: items.map(({ outcome, value, threshold, why }): Case => ({
        id: outcome.id, kind, ...named(place(outcome)?.variant), epoch: place(outcome)?.epoch ?? null, at: outcome.at.toISOString(),
        why, measures: outcome.measures, value, threshold, metrics: [], control: null,
      })),
    }
  }, { deadlineMs: 30_000 })

import { randomUUID } from 'node:crypto'
import type { Pool } from '../pool.ts'
import { codeOf } from '../unavailable.ts'
import { codeColumn, dayColumns, drawnColumns, exposureColumns, featureColumn, identityColumns, nameColumn, observedColumns, outcomeColumns } from './literals.ts'
import { type ExposureRow, type OutcomeRow, type Verdict, withDays } from './rows.ts'
import { learnSegments, type SegmentIds } from './segment-values.ts'
import { statementSets, type Statements, type StatementSets } from './statements.ts'

export type RunOptions = {
  /** 0 to 7: which of the roll-ups' parts this process adds to, so that nodes do not wait for each other's rows. */
  shard: number
  /** Told of each deadlock; the batch is sent again. */
  deadlocked?: () => void
  statements?: StatementSets
  /** What is known of segments' values; none unless told. */
  segments?: SegmentIds
}

const attempts = 20

/** Do the same work again while the database answers that it was the victim of a deadlock. */
const untilNoDeadlock = async <T>(options: RunOptions, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (codeOf(error) !== '40P01') throw error
      options.deadlocked?.()
      if (attempt === attempts) throw error
    }
  }
}

/**
 * Planning takes longer than a single outcome's whole work, so plans are made once per connection. They must
 * not come from a time when the tables were small enough to be scanned.
 */
const settings = 'set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off'

/** The same, and what `meet` looks for, so that it never inserts units without the statement that counts them. */
const settingsFor = (statement: string): string => `${settings}; set local contender.statement = '${statement}'`

type Ingested = { stored: number; late: string | null; crossed: string | null; taken: string | null }
type Judged = { i: number; verdict: 'duplicate' | 'id_conflict' | 'absent' | 'again' }

/**
 * `observed`: null where nobody has covariates, segments or quantiles; `contextual`, which includes it: somebody is drawn by
 * attributes; `daily`: somebody has a generation.
 */
type Ingesting = {
  pool: Pick<Pool, 'begin'>
  shard: number
  statements: Statements
  observed: SegmentIds | null
  contextual: boolean
  daily: boolean
}

/** The statements that these rows need, after their segments' values have got ids. */
const statementsFor = async (
  pool: Pick<Pool, 'begin'>, exposures: readonly ExposureRow[], outcomes: readonly OutcomeRow[], options: RunOptions,
): Promise<Pick<Ingesting, 'statements' | 'observed' | 'contextual' | 'daily'>> => {
  const contextual = exposures.some((row) => row.observed?.features !== undefined) || outcomes.some((row) => row.weighed)
  const observed = contextual || exposures.some((row) => row.observed !== undefined) || outcomes.some((row) => row.observed)
  const daily = exposures.some(({ generation }) => generation) || outcomes.some(({ generation }) => generation)
  const sets = options.statements ?? statementSets
  if (!observed) return { statements: daily ? sets.daily : sets.plain, observed: null, contextual, daily }
  const ids: SegmentIds = options.segments ?? new Map()
  await learnSegments(pool, exposures, ids)
  const [always, onDays] = contextual ? [sets.contextual, sets.dailyContextual] : [sets.observed, sets.dailyObserved]
  return { statements: daily ? onDays : always, observed: ids, contextual, daily }
}

const ordinals = (list: string | null): number[] => (list === null ? [] : list.split(',').map(Number))

const unitName = ({ scope, unit }: { scope: number; unit: string }): string => `${scope}:${unit}`

/** Exposures of units that none of these outcomes belongs to, each once. */
const silent = (exposures: readonly ExposureRow[], outcomes: readonly OutcomeRow[]): ExposureRow[] => {
  const byUnit = new Map(exposures.map((exposure) => [unitName(exposure), exposure]))
  for (const outcome of outcomes) {
    byUnit.delete(unitName(outcome))
    if (outcome.generation) byUnit.delete(unitName(outcome.generation))
  }
  return [...byUnit.values()]
}

/** Expose, deduplicate, log and fold. No two outcomes may share a key. Verdicts of what was taken, null for the rest. */
const ingestDistinct = async (
  { pool, shard, statements, observed, contextual, daily }: Ingesting,
  reported: readonly ExposureRow[],
  outcomes: readonly OutcomeRow[],
): Promise<(Verdict | null)[]> => {
  const statement = randomUUID()
  const exposures = withDays(reported)
  const [scopes = '{}', units = '{}'] = exposureColumns(silent(exposures, outcomes))
  const parameters = [...outcomeColumns(outcomes), String(shard), scopes, units, statement]
  if (observed) parameters.push(codeColumn(outcomes))
  if (daily) parameters.push(...dayColumns(outcomes))
  parameters.push(nameColumn(outcomes))
  const met = [...exposureColumns(exposures), statement]
  if (observed) met.push(...observedColumns(exposures, observed))
  if (contextual) met.push(featureColumn(exposures))
  if (daily) met.push(...drawnColumns(exposures))
  const [, [ingested]] = await pool.begin(
    (tx) =>
      Promise.all([
        tx.unsafe(statements.meet, met, { prepare: true }),
        tx.unsafe<Ingested[]>(statements.ingest, parameters, { prepare: true }),
      ]),
    { together: settingsFor(statement) },
  )
  if (!ingested) throw new Error('ingestion answered without a row')

  const complete = ingested.stored === outcomes.length
  const verdicts = outcomes.map((): Verdict | null => (complete ? 'accepted' : null))
  for (const i of ordinals(ingested.taken)) verdicts[i - 1] = 'accepted'
  for (const i of ordinals(ingested.late)) verdicts[i - 1] = 'late'
  for (const i of ordinals(ingested.crossed)) verdicts[i - 1] = 'crossed'
  return verdicts
}

/** Why outcomes were not taken. Their keys are settled by now, and can only rise in revision, so what it finds stands. */
const judge = async ({ pool, statements }: Ingesting, outcomes: readonly OutcomeRow[]): Promise<Judged['verdict'][]> => {
  const parameters = identityColumns(outcomes)
  const judged = await pool.begin((tx) => tx.unsafe<Judged[]>(statements.judge, parameters, { prepare: true }), { together: settings })
  return judged.toSorted((one, other) => one.i - other.i).map(({ verdict }) => verdict)
}

/** Of each key the outcome with the highest revision, the first of equal ones; and what it leaves. */
const strongest = (outcomes: readonly OutcomeRow[]): { chosen: number[]; others: number[] } => {
  const best = new Map<string, number>()
  const others: number[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const name = `${outcome.experiment}:${outcome.key}`
    const rival = best.get(name)
    const wins = rival === undefined || outcome.revision > (outcomes[rival] as OutcomeRow).revision
    if (wins) best.set(name, index)
    if (rival !== undefined) others.push(wins ? rival : index)
  }
  return { chosen: [...best.values()], others }
}

/**
 * One transaction, exactly once: store these outcomes and fold them into their units and roll-ups, after the
 * exposures that are missing. Answers a verdict per outcome, in order. Deadlocks are retried; the same call may
 * always be repeated. Of outcomes with one key the highest revision counts; the others are duplicates, or
 * conflicts where unit, scope or (at the same revision) digest differ; `again` where the strongest was refused, as of
 * another unit, so that a weaker one may still count: send those once more.
 *
 * @throws {DatabaseUnavailable} the transaction may have happened when the error says so
 * @throws PostgresError of class 22 when a value cannot be stored; then nothing has happened
 */
export const ingestRows = async (
  pool: Pick<Pool, 'begin'>,
  exposures: readonly ExposureRow[],
  outcomes: readonly OutcomeRow[],
  options: RunOptions,
): Promise<(Verdict | 'again')[]> => {
  const needed = await statementsFor(pool, exposures, outcomes, options)
  const ingesting = { pool, shard: options.shard, ...needed }
  const verdicts = outcomes.map((): Verdict | 'again' => 'absent')
  if (outcomes.length === 0) return verdicts
  const at = (indexes: readonly number[]): OutcomeRow[] => indexes.map((index) => outcomes[index] as OutcomeRow)
  const { chosen, others: refused } = strongest(outcomes)
  const taken = await untilNoDeadlock(options, () => ingestDistinct(ingesting, exposures, at(chosen)))
  for (const [position, verdict] of taken.entries()) {
    const index = chosen[position] as number
    if (verdict) verdicts[index] = verdict
    else refused.push(index)
  }
  const judged = refused.length > 0 ? await judge(ingesting, at(refused)) : []
  for (const [position, verdict] of judged.entries()) verdicts[refused[position] as number] = verdict
  return verdicts
}

/** Insert the exposures that are new, and count them. Answers how many were, days included. */
export const exposeRows = async (
  pool: Pick<Pool, 'begin'>,
  reported: readonly ExposureRow[],
  options: RunOptions,
): Promise<number> => {
  const { statements: { expose, confirm }, observed, contextual, daily } = await statementsFor(pool, reported, [], options)
  const exposures = withDays(reported)
  const columns = exposureColumns(exposures)
  const more = observed ? observedColumns(exposures, observed) : []
  const features = contextual ? [featureColumn(exposures)] : []
  const run = (statement: string, parameters: () => string[]): Promise<number> =>
    untilNoDeadlock(options, () =>
      pool.begin((tx) => tx.unsafe<{ n: number }[]>(statement, parameters(), { prepare: true }), { together: settings }),
    ).then(([row]) => row?.n ?? 0)
  const drawn = daily ? drawnColumns(exposures) : []
  const inserted = await run(expose, () => [...columns.slice(0, 6), String(options.shard), randomUUID(), ...more, ...features, ...drawn])
  if (inserted < exposures.length) await run(confirm, () => [...columns.slice(0, 4), ...more, ...(observed ? [String(options.shard)] : []), ...features])
  return inserted
}

import { ServiceError } from '../../errors.ts'
import { comparableOf, countedAs } from '../../core/continuity/comparable.ts'
import type { Carried, StateDocument, StateScope } from '../../core/continuity/document.ts'
import { type Cell, cellOf, columnsOf, stateTables, type StateTable, stateTableNames } from '../../core/continuity/tables.ts'
import type { MetricPlan } from '../../core/analyze/metric-plan.ts'
import type { TransactionSql } from '../client.ts'
import { hashOf } from '../control/canonical.ts'
import type { Pool } from '../pool.ts'
import { readContexts } from '../read/contextual.ts'
import { readFacts } from '../read/moments.ts'
import { readPairs } from '../read/pairs.ts'

/** Rows of statistics that a document holds at most: it is made, and read, as a whole. */
export const mostRows = 250_000

const utc = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

type ScopeRow = Omit<StateScope, 'carried'> & { metrics: MetricPlan[]; carried: Carried | null }

const readScopes = (tx: TransactionSql, experiment: number) =>
  tx.unsafe<ScopeRow[]>(
    `select id, kind, stage, ${utc('opened_at')} as "openedAt", ${utc('closed_at')} as "closedAt",
      report_by is not null as counts, parent, strata, shadow_of as "shadowOf", variant, origin, carried, metrics
    from scopes where experiment = $1 order by id`, [experiment])

const readEpochs = (tx: TransactionSql, experiment: number) =>
  tx.unsafe<StateDocument['epochs']>(
    `select epoch, scope, cause, coverage, throttle, weights, frozen, ${utc('started_at')} as "startedAt", ${utc('ended_at')} as "endedAt"
    from epochs where experiment = $1 order by epoch`, [experiment])

const readTimes = async (tx: TransactionSql, experiment: number) => {
  const [row] = await tx.unsafe<Pick<StateDocument, 'exportedAt' | 'startedAt' | 'endedAt'>[]>(
    `select ${utc('moment()')} as "exportedAt", ${utc('started_at')} as "startedAt", ${utc('ended_at')} as "endedAt"
    from experiments where id = $1`, [experiment])
  return row!
}

const inCells = (value: unknown): Cell => {
  if (typeof value === 'number') return cellOf(value)
  return Array.isArray(value) ? value.map((one) => cellOf(Number(one))) : (value as string | null)
}

const readRows = async (tx: TransactionSql, name: StateTable, scopes: readonly number[], most: number): Promise<Cell[][]> => {
  const columns = columnsOf(name)
  const chosen = columns.map(([column, type]) => (type === 'count' ? `${column}::text` : column)).join(', ')
  const rows = await tx.unsafe(
    `select ${chosen} from ${stateTables[name].table} where scope = any($1::text::int[])
    order by ${stateTables[name].keys.join(', ')} limit ${most + 1}`, [`{${scopes.join()}}`]).values()
  if (rows.length > most) {
    throw new ServiceError('too_large', `there are more than ${mostRows} rows of statistics; a database of this size is moved as a whole`)
  }
  return (rows as unknown[][]).map((row) => row.map(inCells))
}

const readTables = async (tx: TransactionSql, scopes: readonly number[]): Promise<StateDocument['tables']> => {
  const tables: Partial<Record<StateTable, Cell[][]>> = {}
  let left = mostRows
  for (const name of stateTableNames) {
    const rows = await readRows(tx, name, scopes, left)
    left -= rows.length
    tables[name] = rows
  }
  return tables as StateDocument['tables']
}

/** What is made from units, so that it must be taken along; null where nothing is. */
const carriedOf = async (tx: TransactionSql, { id, shadowOf, metrics, kind }: ScopeRow): Promise<Carried | null> => {
  if (shadowOf !== null) {
    const { units, sums } = await readPairs(tx, shadowOf, [id], metrics)
    const named = (row: object): [string, number][] => Object.entries(row).filter(([name]) => name !== 'scope')
    return {
      pairs: units.map(({ epoch, pairs, missing }) => ({ epoch, pairs: cellOf(pairs), missing: cellOf(missing) })),
      sums: sums.map((row) => Object.fromEntries(named(row).map(([sum, value]) => [sum, cellOf(value)]))),
    }
  }
  if (kind !== 'stage' || !metrics.some(({ weighed }) => weighed)) return null
  return { contexts: (await readContexts(tx, id)).map((features) => features.map(cellOf)) }
}

/**
 * Everything that an experiment has learned, from one snapshot of the database. Null when there is no such experiment.
 *
 * @throws {ServiceError} not_running for a draft, too_large beyond `mostRows`
 */
export const readState = (pool: Pool, key: string): Promise<StateDocument | null> =>
  pool.begin(async (tx) => {
    await tx`set transaction isolation level repeatable read read only`
    const facts = await readFacts(tx, key)
    if (!facts) return null
    const { id, definition, state, stage, progress, scope, epoch, winner, variants, frozen, looks, holds, drift } = facts
    if (state === 'draft' || scope === null || frozen === null) {
      throw new ServiceError('not_running', `"${key}" has not started, so that it has learned nothing`)
    }
    const scopes = await readScopes(tx, id)
    const told: StateScope[] = []
    for (const row of scopes) {
      const { metrics: _, ...own } = row
      told.push({ ...own, carried: await carriedOf(tx, row) })
    }
    const compared = comparableOf(definition)
    const own = scopes.find((one) => one.id === scope)?.metrics ?? []
    const document: Omit<StateDocument, 'digest'> = {
      format: 1, experiment: key, ...(await readTimes(tx, id)),
      definitionDigest: hashOf(compared), definition: compared, salt: definition.salt, metrics: own.map(countedAs),
      state, stage, epoch, scope, progress: (progress ?? null) as StateDocument['progress'], winner, variants,
      frozen: frozen as StateDocument['frozen'], looks: looks as StateDocument['looks'], holds,
      drift: (drift ?? null) as StateDocument['drift'],
      scopes: told, epochs: [...(await readEpochs(tx, id))],
      columns: Object.fromEntries(stateTableNames.map((name) => [name, columnsOf(name).map(([column]) => column)])),
      tables: await readTables(tx, scopes.map((one) => one.id)),
    }
    return { ...document, digest: hashOf(document) }
  }, { deadlineMs: 60_000 })

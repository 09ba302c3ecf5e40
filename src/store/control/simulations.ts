import { notFound, ServiceError } from '../../errors.ts'
import { checkExperiment, type ValidateRule } from '../../core/define/check-experiment.ts'
import type { CreateExperiment, MetricDefinition } from '../../core/define/definitions.ts'
import type { StoredDesign } from '../../core/simulate/design.ts'
import { checkSimulation } from '../../core/simulate/plan.ts'
import type { SimulationRequest, SimulationResult } from '../../core/simulate/request.ts'
import type { TransactionSql } from '../client.ts'
import type { Pool } from '../pool.ts'
import { pageOf, type PageRequest } from './pages.ts'

type State = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

type Row = {
  id: string
  state: State
  actor: string
  design: StoredDesign
  done: number
  total: number
  result: SimulationResult | null
  error: string | null
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
}

/** Simulations that may wait at once; each takes seconds to minutes of a core. */
const mostWaiting = 20
/** Without a word from its process for as long, a simulation belongs to whoever takes it. */
const silence = '20 seconds'

const columns = (sql: TransactionSql) => sql`
  id, state, actor, design, done, total, result, error, created_at as "createdAt", started_at as "startedAt", ended_at as "endedAt"`

const view = ({ design, createdAt, startedAt, endedAt, done, total, ...row }: Row) => ({
  ...row,
  request: design.request,
  progress: { done, total },
  createdAt: createdAt.toISOString(),
  startedAt: startedAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
})

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const requireRow = async (tx: TransactionSql, id: string): Promise<Row> => {
  const [row] = uuid.test(id) ? await tx<Row[]>`select ${columns(tx)} from simulations where id = ${id}` : []
  if (!row) throw new ServiceError('not_found', `there is no simulation "${id}"`)
  return row
}

/** The definition asked about: a stored one by its key, or the one in the request. */
const definitionOf = async (tx: TransactionSql, { experiment }: SimulationRequest): Promise<CreateExperiment> => {
  if (typeof experiment !== 'string') return experiment
  const [row] = await tx<{ definition: CreateExperiment }[]>`select definition from experiments where key = ${experiment}`
  if (!row) throw notFound('experiment', experiment)
  return row.definition
}

/** Everything that a simulation depends on, as it is now; overrides name units and simulate nothing, so they are not kept. */
const designFor = async (tx: TransactionSql, request: SimulationRequest, validateRule: ValidateRule): Promise<StoredDesign> => {
  const definition = await definitionOf(tx, request)
  const rows = await tx<{ definition: MetricDefinition }[]>`select definition from metrics`
  const metrics = new Map(rows.map((row) => [row.definition.key, row.definition]))
  // what is served does not matter here, so that a model need not exist yet
  const versions = new Set(definition.variants.map(({ version }) => version))
  const given = typeof request.experiment === 'string' ? [] : checkExperiment(definition, { metrics, versions }, validateRule)
  const violations = [...given.map(({ path, message }) => ({ path: `experiment.${path}`, message })), ...checkSimulation(definition, metrics, request)]
  const [first] = violations
  if (first) throw new ServiceError('invalid_definition', `${first.path}: ${first.message}`, { violations })
  const { overrides: _units, ...kept } = definition
  return {
    definition: kept,
    request: { ...request, experiment: typeof request.experiment === 'string' ? request.experiment : kept },
    metrics: definition.metrics.map(({ metric }) => metrics.get(metric)!),
  }
}

/** Simulations as their callers see them. */
export const createSimulations = (pool: Pool, validateRule: ValidateRule) => ({
  create: (request: SimulationRequest, actor: string) =>
    pool.begin(async (tx) => {
      const design = await designFor(tx, request, validateRule)
      const [waiting] = await tx<{ count: number }[]>`select count(*)::int as count from simulations where state in ('queued', 'running')`
      if ((waiting?.count ?? 0) >= mostWaiting) {
        throw new ServiceError('rate_limited', `${mostWaiting} simulations wait already; ask again when some are done`, { retryAfterSeconds: 10 })
      }
      const [row] = await tx<Row[]>`
        insert into simulations (actor, design, total) values (${actor}, ${tx.json(design as never)}, ${request.runs}) returning ${columns(tx)}`
      return view(row!)
    }),
  get: (id: string) => pool.begin(async (tx) => view(await requireRow(tx, id))),
  list: ({ limit, cursor }: PageRequest) =>
    pool.begin(async (tx) => {
      const from = cursor !== null && uuid.test(cursor) ? cursor : null
      const rows = await tx<Row[]>`
        select ${columns(tx)} from simulations
        where ${from}::uuid is null or (created_at, id) < (select created_at, id from simulations where id = ${from}::uuid)
        order by created_at desc, id desc limit ${limit + 1}`
      return pageOf(rows, limit, view, ({ id }) => id)
    }),
  /** Ends what waits or runs; what has ended stays as it is. */
  cancel: (id: string) =>
    pool.begin(async (tx) => {
      await requireRow(tx, id)
      const [row] = await tx<Row[]>`
        update simulations set state = 'cancelled', ended_at = moment() where id = ${id} and state in ('queued', 'running') returning ${columns(tx)}`
      if (!row) throw new ServiceError('illegal_transition', 'the simulation has ended already')
      return view(row)
    }),
})

/** Simulations as the process sees them that runs them. `holder` is its own uuid. */
export const createSimulationQueue = (pool: Pool, holder: string) => ({
  /** The one that waits longest, or whose process has fallen silent; null when there is none. */
  take: (): Promise<{ id: string; design: StoredDesign } | null> =>
    pool.run(async (sql) => {
      const [row] = await sql<{ id: string; design: StoredDesign }[]>`
        update simulations set state = 'running', holder = ${holder}, heartbeat = clock_timestamp(), done = 0,
          started_at = coalesce(started_at, moment())
        where id = (
          select id from simulations
          where state = 'queued' or (state = 'running' and heartbeat < clock_timestamp() - ${silence}::interval)
          order by created_at limit 1 for update skip locked)
        returning id, design`
      return row ?? null
    }),
  /** Tell how far it is. False when it is not ours any more: cancelled, or taken by another process. */
  progress: (id: string, done: number): Promise<boolean> =>
    pool.run(async (sql) => {
      const [row] = await sql`
        update simulations set done = ${done}, heartbeat = clock_timestamp() where id = ${id} and holder = ${holder} and state = 'running' returning id`
      return row !== undefined
    }),
  finish: async (id: string, end: { result: SimulationResult } | { error: string }): Promise<void> => {
    await pool.run((sql) => 'result' in end
      ? sql`update simulations set state = 'done', done = total, result = ${sql.json(end.result as never)}, ended_at = moment()
          where id = ${id} and holder = ${holder} and state = 'running'`
      : sql`update simulations set state = 'failed', error = ${end.error}, ended_at = moment()
          where id = ${id} and holder = ${holder} and state = 'running'`)
  },
  /** Back into the queue: this process stops. */
  giveBack: async (id: string): Promise<void> => {
    await pool.run((sql) => sql`
      update simulations set state = 'queued', holder = null, heartbeat = null, done = 0 where id = ${id} and holder = ${holder} and state = 'running'`)
  },
})

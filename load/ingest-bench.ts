import { randomBytes } from 'node:crypto'
import type { AttributedOutcome, Log } from '../src/deps.ts'
import type { Generation } from '../src/core/analyze/generations.ts'
import { ceilingOf, type MetricPlan, planOf } from '../src/core/analyze/metric-plan.ts'
import { createIngest } from '../src/ingest/ingest.ts'
import { connect, type Database } from '../src/store/connect.ts'
import { migrate } from '../src/store/migrate.ts'
import { createScopePlans } from '../src/store/scope-plans.ts'
import { freshDatabase, startPostgres } from '../test/support/postgres.ts'

/**
 * Outcomes a second through the whole of ingestion, from attributed outcome to commit, in batches of a thousand with
 * three measures each; without guardrails, and with one, which is counted once more on its day. `DATABASE_URL` measures
 * an (empty) database of yours; without it a server starts for this.
 *
 * node load/ingest-bench.ts [batches]
 */
const batches = Number(process.argv[2] ?? 40)
const batchSize = 1_000
const quiet: Log = { info: () => {}, warn: console.warn, error: console.error }

const metrics = [
  planOf({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }),
  planOf({ key: 'latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease', cap: 10_000, center: 400 }),
  planOf({ key: 'cost', kind: 'total', measure: 'cost_usd', direction: 'decrease', cap: 5 }),
]

const hex = (): string => randomBytes(16).toString('hex')

type Scope = { id: number; generation: Generation | null }

const insertScope = (database: Database, kind: string, plans: readonly MetricPlan[], parent: number | null): Promise<number> =>
  database.api.run(async (sql) => {
    const [row] = await sql<{ id: number }[]>`
      insert into scopes (kind, experiment, model, metrics, ceilings, late_after, parent)
      values (${kind}, 1, 1, ${JSON.stringify(plans)}, ${`{${plans.map(ceilingOf).join(',')}}`}::text::float8[], '7 days', ${parent})
      returning id`
    return row?.id ?? 0
  })

const openScope = async (database: Database, guarded: boolean): Promise<Scope> => {
  const id = await insertScope(database, 'stage', metrics, null)
  const daily = metrics.slice(0, 1)
  return { id, generation: guarded ? { scope: await insertScope(database, 'generation', daily, id), metrics: daily, strata: null } : null }
}

const outcomesOf = ({ id: scope }: Scope, epoch: number): AttributedOutcome[] =>
  Array.from({ length: batchSize }, (_, index) => ({
    assignment: {
      watch: false, shadow: false, experiment: 1, scope, epoch, variant: index % 2, unit: hex(), propensity: 0.5,
      time: Date.now(), id: '0'.repeat(16),
    },
    key: hex(),
    digest: hex(),
    revision: 0,
    at: Date.now(),
    measures: { win: index % 3 === 0 ? 1 : 0, latency_ms: Math.random() * 1_000, cost_usd: Math.random() / 100 },
  }))

/** Units that are there already, reported once; as many as a long experiment has. */
const fill = async (database: Database, { id: scope }: Scope, units: number): Promise<void> => {
  await database.api.begin(
    async (sql) => {
      await sql`set local statement_timeout = 0`
      await sql`insert into units (scope, unit, epoch, variant, propensity, exposed, born, c, x, y)
        select ${scope}, gen_random_uuid(), 1, i % 2, .5, now(), gen_random_uuid(), 1, '{1,1,1}', '{1,1,1}'
        from generate_series(1, ${units}::int) i`
      await sql`analyze units`
    },
    { deadlineMs: 600_000 },
  )
  // what filling has left to be written is not ingestion's to pay
  await database.api.run((sql) => sql`checkpoint`, { deadlineMs: 600_000 })
}

/** Outcomes a second: of units that were exposed before, and of units that come with their first outcome. */
const measure = async (
  database: Database, title: string, { units, count, guarded }: { units: number; count: number; guarded: boolean },
): Promise<void> => {
  const scope = await openScope(database, guarded)
  const { generation } = scope
  if (units > 0) await fill(database, scope, units)
  const ingest = createIngest({ pool: database.ingest, scopes: createScopePlans(database.ingest), log: quiet, shard: 0 })
  const rate = async (name: string, exposed: boolean): Promise<void> => {
    const work = Array.from({ length: count }, () => outcomesOf(scope, 2))
    if (exposed) {
      for (const batch of work) {
        for (const { assignment } of batch) ingest.expose({ ...assignment, ...(generation && { generation }) })
        await ingest.drain()
      }
    }
    await ingest.outcomes(outcomesOf(scope, 2)) // plans and caches
    const begun = performance.now()
    await Promise.all(work.map((batch) => ingest.outcomes(batch)))
    const perSecond = (count * batchSize * 1_000) / (performance.now() - begun)
    console.log(`${title}, ${guarded ? 'a guardrail' : 'no guardrail'}, ${units.toLocaleString('en')} units there, ${name}: ${Math.round(perSecond).toLocaleString('en')}/s`)
  }
  await rate('exposed before', true)
  await rate('exposed with their outcome', false)
}

const onPostgres = async (): Promise<void> => {
  const own = process.env['DATABASE_URL']
  const server = own ? null : await startPostgres()
  const database = await connect({ databaseUrl: own ?? (await freshDatabase(server?.url ?? '', { migrated: false })) })
  try {
    await migrate(database)
    for (const units of [0, 1_000_000]) {
      for (const guarded of [false, true]) await measure(database, 'PostgreSQL', { units, count: batches, guarded })
    }
  } finally {
    await database.close()
    await server?.stop()
  }
}

const onPglite = async (): Promise<void> => {
  const database = await connect({ dataDir: 'memory:' })
  try {
    await migrate(database)
    for (const guarded of [false, true]) await measure(database, 'PGlite', { units: 0, count: Math.ceil(batches / 3), guarded })
  } finally {
    await database.close()
  }
}

await onPostgres()
await onPglite()

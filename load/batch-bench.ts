import postgres from 'postgres'
import { type Api, createApi, ensure } from '../src/client/api.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { median } from './support/generator.ts'
import { startServer } from './support/servers.ts'

/**
 * Outcomes a second through `POST /outcome/batch`, 1,000 with three measures a call and two calls under way, of units
 * that were exposed before: with no other units there, and with a million.
 *
 * node load/batch-bench.ts [batches a round]
 */
const batches = Number(process.argv[2] ?? 10)
const rounds = 5
const size = 1_000

const define = async (api: Api): Promise<void> => {
  await ensure(api, '/api/models', { key: 'batch' })
  for (const version of ['1', '2']) await ensure(api, '/api/models/batch/versions', { version })
  await ensure(api, '/api/metrics', { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' })
  await ensure(api, '/api/metrics', { key: 'latency', kind: 'mean', measure: 'latency_ms', direction: 'decrease' })
  await ensure(api, '/api/metrics', { key: 'cost', kind: 'total', measure: 'cost_usd', direction: 'decrease' })
  await ensure(api, '/api/experiments', {
    key: 'batch', model: 'batch', unguarded: true,
    variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }],
    metrics: [{ metric: 'win', role: 'decision' }, { metric: 'latency', role: 'diagnostic' }, { metric: 'cost', role: 'diagnostic' }],
    stages: [{ allocation: 'fixed' }],
    policy: { mode: 'observe' },
  })
  await api('POST', '/api/experiments/batch/actions', { action: 'start', reason: 'benchmark' })
}

let units = 0

/** Bodies of new units' first outcomes; asking for their tokens exposes them. */
const prepare = async (api: Api): Promise<object[]> => {
  const bodies: object[] = []
  for (let batch = 0; batch < batches; batch++) {
    const requests = Array.from({ length: size }, () => ({ experiment: 'batch', unit: `user-${units++}` }))
    const { results } = await api<{ results: { token: string }[] }>('POST', '/assign/batch', { requests })
    bodies.push({
      outcomes: results.map(({ token }, index) => ({
        token, measures: { win: index % 3 === 0, latency_ms: 200 + (index % 400), cost_usd: (index % 100) / 10_000 },
      })),
    })
  }
  return bodies
}

const rateOf = async (api: Api): Promise<number> => {
  const bodies = await prepare(api)
  const sender = async (): Promise<void> => {
    for (let body = bodies.pop(); body; body = bodies.pop()) {
      const { accepted } = await api<{ accepted: number }>('POST', '/outcome/batch', body)
      if (accepted !== size) throw new Error(`${accepted} of ${size} outcomes were accepted`)
    }
  }
  const began = performance.now()
  await Promise.all([sender(), sender()])
  return (batches * size * 1_000) / (performance.now() - began)
}

const database = await startPostgres()
const server = await startServer('src/entry/node.ts', '/ready', { DATABASE_URL: database.url })
const sql = postgres(database.url, { max: 1, onnotice: () => {} })
try {
  const api = createApi(server.url)
  await define(api)
  for (const there of [0, 1_000_000]) {
    if (there > 0) {
      await sql`insert into units (scope, unit, epoch, variant, propensity, exposed, born, c, x, y)
        select e.scope, gen_random_uuid(), 1, i % 2, .5, now(), gen_random_uuid(), 1, '{1,1,1}', '{1,1,1}'
        from experiments e, generate_series(1, ${there}::int) i where e.key = 'batch'`
      await sql`analyze units`
      await sql`checkpoint`
    }
    await rateOf(api) // plans and caches
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) rates.push(Math.round(await rateOf(api)))
    console.log(`/outcome/batch, ${there.toLocaleString('en')} units there: median ${median(rates)}/s of ${rates.join(' ')}`)
  }
} finally {
  await sql.end()
  await server.stop()
  await database.stop()
}

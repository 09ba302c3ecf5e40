import { gzipSync } from 'node:zlib'
import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { openService } from '../src/entry/service.ts'
import { addCells, conversions } from '../test/support/experiment-rows.ts'
import { look } from '../test/support/look.ts'
import { freshDatabase, startPostgres } from '../test/support/postgres.ts'
import { median } from './support/generator.ts'

/**
 * How long the report page takes on the server, uncached, and how large it is: 4 variants, 6 metrics, 14 days with a look
 * every hour. Before each request an hour of outcomes is counted and looked at, so that nothing of the page was made before;
 * the same request right after it is told as cached. Its requests do not travel. `--postgres`: on PostgreSQL, else on the
 * embedded store.
 */
const { values } = parseArgs({ options: {
  requests: { type: 'string', default: '40' }, hours: { type: 'string', default: '336' }, postgres: { type: 'boolean', default: false },
} })
const [requests, hours] = [Number(values.requests), Number(values.hours)]

const server = values.postgres ? await startPostgres() : null
let offsetMs = 0
const service = await openService(
  parseConfig({ HOST: '127.0.0.1', ENGINE: 'off', ...(server ? { DATABASE_URL: await freshDatabase(server.url) } : { DATA_DIR: 'memory:' }) }),
  { info: () => {}, warn: () => {}, error: console.error }, () => Date.now() + offsetMs,
)
const { engine: pool, api } = service.database

// the time of all sessions of the database, which moves with the node's
await api.run(async (sql) => {
  await sql`create table bench_clock as select interval '0' as offset_by`
  await sql.unsafe(`create or replace function moment() returns timestamptz stable language sql as 'select now() + (select offset_by from bench_clock)'`)
})
const advance = async (ms: number): Promise<void> => {
  offsetMs += ms
  await api.run((sql) => sql`update bench_clock set offset_by = ${`${offsetMs} milliseconds`}::text::interval`)
}

const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
  service.app.hono.request(`http://127.0.0.1${path}`, {
    method, headers: { host: '127.0.0.1', 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const must = async (path: string, body: unknown): Promise<void> => {
  const answer = await call('POST', path, body)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}

const arms = ['gemma', 'qwen', 'llama', 'phi']
const metrics = ['win', 'slow', 'refused', 'reported', 'copied', 'retried']
await must('/api/models', { key: 'bench' })
for (const [arm] of arms.entries()) await must('/api/models/bench/versions', { version: String(arm + 1), payload: {} })
for (const [index, key] of metrics.entries()) await must('/api/metrics', { key, kind: 'conversion', measure: key, direction: index % 2 === 0 ? 'increase' : 'decrease' })
await must('/api/experiments', {
  key: 'bench', model: 'bench', variants: arms.map((key, arm) => ({ key, version: String(arm + 1), ...(arm === 0 && { control: true }) })),
  metrics: metrics.map((metric, index) => ({ metric, ...(index === 0 ? { role: 'decision' } : index === 1 ? { role: 'guardrail', margin: 0.02 } : { role: 'diagnostic' }) })),
  stages: [{ allocation: 'fixed' }], policy: { mode: 'recommend', maxDuration: 'P30D' },
})
await must('/api/experiments/bench/actions', { action: 'start', reason: 'to be measured' })
const anHour = async (hour: number): Promise<void> => {
  const [row] = await pool.run((sql) => sql<{ scope: number; epoch: number }[]>`select scope, epoch from experiments where key = 'bench'`)
  const won = (arm: number, metric: number): number => 24 + ((arm * 7 + metric * 3 + hour * 5) % 11) - 5
  const cells = arms.flatMap((_, arm) => conversions(arm, 60, ...metrics.map((_metric, index) => won(arm, index))))
  await addCells(pool, row?.scope ?? 0, cells.map((cell) => ({ ...cell, epoch: row?.epoch ?? 1 })))
  await advance(3_600_000)
  await look(pool)
}
for (let hour = 0; hour < hours; hour++) await anHour(hour)

const timed = async (): Promise<{ ms: number; page: string }> => {
  const from = performance.now()
  const answer = await call('GET', '/experiments/bench')
  const page = await answer.text()
  if (!answer.ok) throw new Error(page.slice(0, 400))
  return { ms: performance.now() - from, page }
}
const [times, again]: [number[], number[]] = [[], []]
let page = ''
for (let index = 0; index < requests + 5; index++) {
  await anHour(hours + index)
  const [first, second] = [await timed(), await timed()]
  page = first.page
  if (index < 5) continue
  times.push(first.ms)
  again.push(second.ms)
}
const file = async (path: string): Promise<string> => (await call('GET', path)).text()
const [style, code] = [await file('/style.css'), await file('/page.js')]
const zipped = (text: string): number => gzipSync(text).length
const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1)
const told = (ms: number[]): string => `median ${median(ms).toFixed(1)} ms, ${Math.min(...ms).toFixed(1)} to ${Math.max(...ms).toFixed(1)}`
console.log(`report page, ${values.postgres ? 'PostgreSQL' : 'embedded'}, ${arms.length} variants, ${metrics.length} metrics, ${hours} looks and more, ${requests} requests: ${told(times)}; cached: ${told(again)}`)
const sizes = [page, style, code].map(zipped)
console.log(`page ${kilobytes(page.length)} kB; compressed page, stylesheet and script ${sizes.map(kilobytes).join(' + ')} = ${kilobytes(sizes.reduce((sum, size) => sum + size, 0))} kB`)
service.stop()
await service.close()
await server?.stop()
process.exit(0)

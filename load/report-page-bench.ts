import { gzipSync } from 'node:zlib'
import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { createMovableClock } from '../src/entry/demo/clock.ts'
import { openService } from '../src/entry/service.ts'
import { addCells, conversions } from '../test/support/experiment-rows.ts'
import { look } from '../test/support/look.ts'
import { median } from './support/generator.ts'

/**
 * How long the report page takes on the server, uncached, and how large it is: 4 variants, 6 metrics, 14 days with a look
 * every hour. The embedded store; its requests do not travel.
 */
const { values } = parseArgs({ options: { requests: { type: 'string', default: '40' }, hours: { type: 'string', default: '336' } } })
const [requests, hours] = [Number(values.requests), Number(values.hours)]

const clock = createMovableClock()
const service = await openService(parseConfig({ HOST: '127.0.0.1', DATA_DIR: 'memory:', ENGINE: 'off' }), { info: () => {}, warn: () => {}, error: console.error }, clock.now)
const { pool } = { pool: service.database.engine }

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
for (let hour = 0; hour < hours; hour++) {
  const [row] = await pool.run((sql) => sql<{ scope: number; epoch: number }[]>`select scope, epoch from experiments where key = 'bench'`)
  const units = 60
  const cells = arms.flatMap((_, arm) => conversions(arm, units, ...metrics.map((_metric, index) => 24 + ((arm * 7 + index * 3 + hour * 5) % 11) - 5)))
  await addCells(pool, row?.scope ?? 0, cells.map((cell) => ({ ...cell, epoch: row?.epoch ?? 1 })))
  await clock.advance(service.database, 3_600_000)
  await look(pool)
}

const times: number[] = []
let page = ''
for (let index = 0; index < requests + 5; index++) {
  // what was made a moment ago would be shown again
  await clock.advance(service.database, 10_000)
  const from = performance.now()
  const answer = await call('GET', '/experiments/bench')
  page = await answer.text()
  if (!answer.ok) throw new Error(page.slice(0, 400))
  if (index >= 5) times.push(performance.now() - from)
}
const file = async (path: string): Promise<string> => (await call('GET', path)).text()
const [style, code] = [await file('/style.css'), await file('/page.js')]
const zipped = (text: string): number => gzipSync(text).length
const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1)
console.log(`report page, ${arms.length} variants, ${metrics.length} metrics, ${hours} looks: median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms of ${requests}`)
console.log(`page ${kilobytes(page.length)} kB, compressed ${kilobytes(zipped(page))} kB; with stylesheet ${kilobytes(zipped(style))} kB and script ${kilobytes(zipped(code))} kB: ${kilobytes(zipped(page) + zipped(style) + zipped(code))} kB`)
service.stop()
await service.close()
process.exit(0)

import { parseArgs } from 'node:util'
import { freshDatabase, startPostgres } from '../test/support/postgres.ts'
import { startRedis } from '../test/support/redis.ts'
import { median } from './support/generator.ts'
import { startServer } from './support/servers.ts'

/**
 * How long the old version is still served: a rollback is asked for at one node, and every node is asked what it serves
 * until the last one has let go. Counted from the moment of asking, with the commit in it. With Redis and without.
 */
const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' }, rounds: { type: 'string', default: '20' } } })
const [nodes, rounds] = [Number(values.nodes), Number(values.rounds)]

const call = async (url: string, method: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

/** When a node serves this version and no other one any more. */
const serves = async (url: string, version: string): Promise<number> => {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    if ((await call(url, 'POST', '/assign', { model: 'm', unit: 'u' }))['version'] === version) return performance.now()
  }
  throw new Error(`${url} did not serve version ${version} within 30 s`)
}

const measure = async (name: string, environment: Record<string, string>): Promise<void> => {
  const servers = await Promise.all(Array.from({ length: nodes }, (_, index) =>
    startServer('src/entry/node.ts', '/ready', { HOST: '127.0.0.1', ENGINE: index === 0 ? 'on' : 'off', ...environment })))
  const first = servers[0]!.url
  try {
    await call(first, 'POST', '/api/models', { key: 'm' })
    for (const version of ['1', '2']) await call(first, 'POST', '/api/models/m/versions', { version, payload: { version } })
    await call(first, 'PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      await call(first, 'PUT', '/api/models/m/champion', { version: '2', reason: 'next' })
      await Promise.all(servers.map(({ url }) => serves(url, '2')))
      const began = performance.now()
      const reverted = servers.map(({ url }) => serves(url, '1'))
      await call(first, 'POST', '/api/models/m/rollback', { reason: 'worse' })
      times.push(Math.max(...(await Promise.all(reverted))) - began)
    }
    const text = (ms: number): string => `${Math.round(ms)} ms`
    console.log(`${name}, ${nodes} nodes, ${rounds} rollbacks: median ${text(median(times))}, slowest ${text(Math.max(...times))}`)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
try {
  await measure('with Redis', { DATABASE_URL: await freshDatabase(postgres.url), REDIS_URL: redis.url })
  await measure('without Redis', { DATABASE_URL: await freshDatabase(postgres.url) })
} finally {
  await redis.stop()
  await postgres.stop()
}

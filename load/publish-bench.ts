import { parseArgs } from 'node:util'
import { freshDatabase, startPostgres } from '../test/support/postgres.ts'
import { startRedis } from '../test/support/redis.ts'
import { median } from './support/generator.ts'
import { startServer } from './support/servers.ts'

/**
 * How long what a person takes out of service is still served: a rollback of a model, a variant disabled, a fallback and a
 * roll-through of an experiment are asked for at one node, and every node is asked what it serves until the last one has let
 * go. Counted from the moment of asking, with the commit in it. With Redis and without.
 */
const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' }, rounds: { type: 'string', default: '20' } } })
const [nodes, rounds] = [Number(values.nodes), Number(values.rounds)]

const call = async (url: string, method: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

type Query = { model: string; unit: string } | { experiment: string; unit: string }

/** When a node answers with such a version; one that has not heard of an experiment yet answers 404 or 409. */
const answers = async (url: string, query: Query, wanted: (version: string) => boolean): Promise<number> => {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; ) {
    const response = await fetch(`${url}/assign`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(query) })
    const { version } = (await response.json()) as { version?: string }
    if (version !== undefined && wanted(version)) return performance.now()
  }
  throw new Error(`${url} did not let go within 30 s`)
}

/** What is done again and again: `prepare` makes ready, and `revert` takes `version` away from who asks by `query`. */
type Case = { name: string; prepare(round: number): Promise<{ query: Query; version: string }>; revert(round: number): Promise<unknown> }

const casesAt = (url: string): Case[] => {
  const model = async (key: string): Promise<void> => {
    await call(url, 'POST', '/api/models', { key })
    for (const version of ['0', '1', '2', '3']) await call(url, 'POST', `/api/models/${key}/versions`, { version, payload: { version } })
    for (const version of ['0', '1']) await call(url, 'PUT', `/api/models/${key}/champion`, { version, reason: 'first' })
  }
  const act = (key: string, action: string, variant?: string): Promise<unknown> =>
    call(url, 'POST', `/api/experiments/${key}/actions`, { action, variant, reason: 'worse' })
  /** An experiment in which c waits, with the unit that gets what is to be taken away. */
  const experiment = async (key: string, version: string): Promise<{ query: Query; version: string }> => {
    await model(key)
    await call(url, 'POST', '/api/experiments', {
      key, model: key, unguarded: true, metrics: [], policy: { onHarm: 'roll-through', next: 'c' },
      variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' }],
      stages: [{ allocation: 'fixed', weights: { a: 0.5, b: 0.5, c: 0 } }],
    })
    await act(key, 'start')
    for (let unit = 0; ; unit++) {
      const query = { experiment: key, unit: `unit-${unit}` }
      if ((await call(url, 'POST', '/assign', query))['version'] === version) return { query, version }
    }
  }
  return [
    {
      name: 'rollbacks of a model',
      prepare: async (round) => {
        if (round === 0) await model('m')
        await call(url, 'PUT', '/api/models/m/champion', { version: '2', reason: 'next' })
        return { query: { model: 'm', unit: 'u' }, version: '2' }
      },
      revert: () => call(url, 'POST', '/api/models/m/rollback', { reason: 'worse' }),
    },
    { name: 'variants disabled', prepare: (round) => experiment(`off-${round}`, '2'), revert: (round) => act(`off-${round}`, 'disable', 'b') },
    { name: 'fallbacks', prepare: (round) => experiment(`out-${round}`, '1'), revert: (round) => act(`out-${round}`, 'fallback') },
    { name: 'roll-throughs', prepare: (round) => experiment(`on-${round}`, '2'), revert: (round) => act(`on-${round}`, 'roll-through') },
  ]
}

const measure = async (name: string, environment: Record<string, string>): Promise<void> => {
  const servers = await Promise.all(Array.from({ length: nodes }, (_, index) =>
    startServer('src/entry/node.ts', '/ready', { HOST: '127.0.0.1', ENGINE: index === 0 ? 'on' : 'off', ...environment })))
  try {
    for (const one of casesAt(servers[0]!.url)) {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        const { query, version } = await one.prepare(round)
        await Promise.all(servers.map(({ url }) => answers(url, query, (served) => served === version)))
        const began = performance.now()
        const reverted = servers.map(({ url }) => answers(url, query, (served) => served !== version))
        await one.revert(round)
        times.push(Math.max(...(await Promise.all(reverted))) - began)
      }
      const text = (ms: number): string => `${Math.round(ms)} ms`
      console.log(`${name}, ${nodes} nodes, ${rounds} ${one.name}: median ${text(median(times))}, slowest ${text(Math.max(...times))}`)
    }
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

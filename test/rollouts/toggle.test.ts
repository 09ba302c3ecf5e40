import postgres, { type Sql } from 'postgres'
import { describe, expect, it } from 'vitest'
import { freshPostgres } from '../support/fresh.ts'
import { startRedis } from '../support/redis.ts'
import { defineDemo, type Service, startService } from '../support/service.ts'

const units = Array.from({ length: 60 }, (_, index) => `unit-${index}`)

/** What a node answers to many units: variants (null: none) with the reasons. */
const answers = async (node: Service): Promise<Set<string>> => {
  const all = await Promise.all(units.map((unit) => node.call('POST', '/assign', { experiment: 'demo', unit })))
  return new Set(all.map(({ body, status }) => `${status} ${String(body['variant'])} ${String(body['reason'])}`))
}

/** Seconds by the database's clock since what was last written to the ledger. */
const sinceDecided = async (database: Sql): Promise<number> => {
  const [row] = await database<{ seconds: number }[]>`select extract(epoch from clock_timestamp() - max(at))::float8 as seconds from ledger`
  return row!.seconds
}

/** All nodes answer so before five seconds are over. @throws {Error} where one of them does not */
const follow = async (database: Sql, nodes: readonly Service[], wanted: readonly string[]): Promise<void> => {
  for (let seconds = 0; ;) {
    const seen = await Promise.all(nodes.map(answers))
    if (seen.every((one) => one.size === wanted.length && wanted.every((answer) => one.has(answer)))) return
    if (seconds > 5) throw new Error(`${seconds} s after it was decided: ${seen.map((one) => [...one].join(', ')).join(' and ')}`)
    seconds = await sinceDecided(database)
  }
}

const split = ['200 a split', '200 b split']

describe.each(['with', 'without'])('two nodes %s Redis', (redis) => {
  it('toggle, kill switch: within five seconds neither serves a variant or a model that was switched off at one of them, until it is on again', async () => {
    const server = redis === 'with' ? await startRedis() : null
    const url = await freshPostgres()
    const database = postgres(url, { max: 1 })
    const environment = { DATABASE_URL: url, ...(server && { REDIS_URL: server.url }) }
    const nodes = await Promise.all([startService(environment), startService({ ...environment, ENGINE: 'off' })])
    const [first] = nodes
    const must = async (method: string, path: string, body: unknown): Promise<void> => {
      expect(await first.call(method, path, body)).toMatchObject({ status: 200 })
    }
    try {
      await defineDemo(first)
      await follow(database, nodes, split)
      await must('POST', '/api/experiments/demo/actions', { action: 'disable', variant: 'b', reason: 'it is ill' })
      await follow(database, nodes, ['200 a split'])
      await must('POST', '/api/experiments/demo/actions', { action: 'enable', variant: 'b', reason: 'it is well' })
      await follow(database, nodes, split)
      await must('PATCH', '/api/models/demo', { enabled: false })
      await follow(database, nodes, ['200 null disabled'])
      await must('PATCH', '/api/models/demo', { enabled: true })
      await follow(database, nodes, split)
    } finally {
      for (const node of nodes) await node.kill('SIGTERM')
      await database.end()
      await server?.stop()
    }
  }, 120_000)
})

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

/** All nodes come to answer so, by themselves; how soon is told by `npm run bench:publish`. */
const follow = (nodes: readonly Service[], wanted: readonly string[]): Promise<void> =>
  expect.poll(() => Promise.all(nodes.map(answers))).toEqual(nodes.map(() => new Set(wanted)))

const split = ['200 a split', '200 b split']

describe.each(['with', 'without'])('two nodes %s Redis', (redis) => {
  it('toggle, kill switch: soon neither serves a variant or a model that was switched off at one of them, until it is on again', async () => {
    const server = redis === 'with' ? await startRedis() : null
    const url = await freshPostgres()
    const environment = { DATABASE_URL: url, ...(server && { REDIS_URL: server.url }) }
    const nodes = await Promise.all([startService(environment), startService({ ...environment, ENGINE: 'off' })])
    const [first] = nodes
    const must = async (method: string, path: string, body: unknown): Promise<void> => {
      expect(await first.call(method, path, body)).toMatchObject({ status: 200 })
    }
    try {
      await defineDemo(first)
      await follow(nodes, split)
      await must('POST', '/api/experiments/demo/actions', { action: 'disable', variant: 'b', reason: 'it is ill' })
      await follow(nodes, ['200 a split'])
      await must('POST', '/api/experiments/demo/actions', { action: 'enable', variant: 'b', reason: 'it is well' })
      await follow(nodes, split)
      await must('PATCH', '/api/models/demo', { enabled: false })
      await follow(nodes, ['200 null disabled'])
      await must('PATCH', '/api/models/demo', { enabled: true })
      await follow(nodes, split)
    } finally {
      for (const node of nodes) await node.kill('SIGTERM')
      await server?.stop()
    }
  })
})

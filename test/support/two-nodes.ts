import { expect } from 'vitest'
import { freshPostgres } from './fresh.ts'
import { startRedis } from './redis.ts'
import { defineDemo, type Service, startService } from './service.ts'

const units = Array.from({ length: 60 }, (_, index) => `unit-${index}`)

/** What a node answers to many units: variants (null: none) with the reasons. */
const answers = async (node: Service): Promise<Set<string>> => {
  const all = await Promise.all(units.map((unit) => node.call('POST', '/assign', { experiment: 'demo', unit })))
  return new Set(all.map(({ body, status }) => `${status} ${String(body['variant'])} ${String(body['reason'])}`))
}

export type TwoNodes = {
  /** A call of the first node that must succeed. */
  must(method: string, path: string, body: unknown): Promise<void>
  /** Both nodes come to answer so, by themselves; how soon is told by `npm run bench:publish`. */
  follow(...wanted: string[]): Promise<void>
}

/** Two nodes on one database, the experiment `demo` running, perhaps with a Redis that they share. */
export const withTwoNodes = async (redis: boolean, work: (nodes: TwoNodes) => Promise<void>, demo: Record<string, unknown> = {}): Promise<void> => {
  const server = redis ? await startRedis() : null
  const environment = { DATABASE_URL: await freshPostgres(), ...(server && { REDIS_URL: server.url }) }
  const nodes = await Promise.all([startService(environment), startService({ ...environment, ENGINE: 'off' })])
  try {
    await defineDemo(nodes[0], demo)
    await work({
      must: async (method, path, body) => {
        expect(await nodes[0].call(method, path, body)).toMatchObject({ status: 200 })
      },
      follow: (...wanted) => expect.poll(() => Promise.all(nodes.map(answers))).toEqual(nodes.map(() => new Set(wanted))),
    })
  } finally {
    for (const node of nodes) await node.kill('SIGTERM')
    await server?.stop()
  }
}

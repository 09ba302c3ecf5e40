import { fileURLToPath } from 'node:url'
import { Cluster, Redis as Client } from 'ioredis'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstTouchSeconds } from '../../../src/counters/index.ts'
import { freshDatabase, type Postgres, startPostgres } from '../../support/postgres.ts'
import { startRedis, startRedisCluster } from '../../support/redis.ts'
import { countedOutcomes, defineDemo, startService, until } from '../../support/service.ts'
import type { Bundle, Edge } from '../../support/workerd.ts'

// The runtime trusts what its simulator read from here when it was loaded.
process.env['NODE_EXTRA_CA_CERTS'] = fileURLToPath(new URL('../../support/tls/server.crt', import.meta.url))
const { bundleWorker, startEdge } = await import('../../support/workerd.ts')

let bundle: Bundle
let server: Postgres
beforeAll(async () => {
  ;[bundle, server] = await Promise.all([bundleWorker(), startPostgres({ tls: true })])
})
afterAll(async () => {
  await server?.stop()
  await bundle?.remove()
})

type Bindings = { text?: Record<string, string>; hyperdrives?: Record<string, string> }

const withEdge = async ({ text = {}, hyperdrives = {} }: Bindings, use: (edge: Edge) => Promise<void>): Promise<void> => {
  const edge = await startEdge(bundle, text, hyperdrives)
  try {
    await use(edge)
  } finally {
    await edge.stop()
  }
}

/** Define, assign, report and read, all of it through the one kind of connection. */
const works = async (edge: Edge): Promise<void> => {
  await defineDemo(edge)
  const { status, body } = await edge.call('POST', '/assign', { experiment: 'demo', unit: 'u' })
  expect(status).toBe(200)
  const outcome = { token: body['token'], id: 'one', measures: { win: 1 } }
  expect((await edge.call('POST', '/outcome', outcome)).body).toEqual({ accepted: 1, duplicates: 0 })
  expect((await edge.call('POST', '/outcome', outcome)).body).toEqual({ accepted: 0, duplicates: 1 })
  expect(await countedOutcomes(edge)).toBe(1)
}

/** A database that notes of each session of ours whether it is encrypted. */
const noting = async (): Promise<{ url: string; encrypted(): Promise<boolean[]> }> => {
  const url = await freshDatabase(server.url)
  const ask = async <T>(question: (sql: postgres.Sql) => Promise<T>): Promise<T> => {
    const sql = postgres(url, { max: 1, onnotice: () => {} })
    return question(sql).finally(() => sql.end())
  }
  await ask((sql) => sql.unsafe(`
    create schema noted; create table noted.session (name text, ssl boolean);
    create function noted.note() returns event_trigger language plpgsql as $$ begin
      insert into noted.session select current_setting('application_name'), ssl from pg_stat_ssl where pid = pg_backend_pid();
    end $$;
    create event trigger note on login execute function noted.note()`))
  return {
    url,
    encrypted: () => ask(async (sql) => {
      const rows = await sql<{ ssl: boolean }[]>`select distinct ssl from noted.session where name = 'contender-edge'`
      return rows.map(({ ssl }) => ssl)
    }),
  }
}

/** The certificate carries the name `localhost`. */
const through = (url: string, hostname: string, sslmode: string): string =>
  Object.assign(new URL(url), { hostname, search: `?sslmode=${sslmode}` }).href

describe('PostgreSQL from workerd', () => {
  it.each(['require', 'verify-full'])('is encrypted with sslmode=%s', async (mode) => {
    const { url, encrypted } = await noting()
    await withEdge({ text: { DATABASE_URL: through(url, 'localhost', mode) } }, works)
    expect(await encrypted()).toEqual([true])
  })

  it('is not encrypted unless the address asks for it', async () => {
    const { url, encrypted } = await noting()
    await withEdge({ text: { DATABASE_URL: url } }, works)
    expect(await encrypted()).toEqual([false])
  })

  it('is refused with a certificate of another name, whichever mode', async () => {
    const { url, encrypted } = await noting()
    for (const mode of ['require', 'verify-full']) {
      await withEdge({ text: { DATABASE_URL: through(url, '127.0.0.1', mode) } }, async (edge) => {
        expect(await edge.call('POST', '/assign', { model: 'm', unit: 'u' })).toMatchObject({ status: 503, body: { code: 'unavailable' } })
      })
    }
    expect(await encrypted()).toEqual([])
  })

  it('is reached through a Hyperdrive binding, which goes before DATABASE_URL', async () => {
    const { url, encrypted } = await noting()
    const hyperdrive = Object.assign(new URL(through(url, 'localhost', 'require')), { password: 'any' }).href
    const text = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' }
    await withEdge({ text, hyperdrives: { HYPERDRIVE: hyperdrive } }, works)
    expect(await encrypted()).toEqual([true])
  })
})

type Assigned = { variant: string; reason: string; degraded: string[] }
const assignAt = async (edge: Pick<Edge, 'call'>, unit: string): Promise<Assigned> =>
  (await edge.call('POST', '/assign', { experiment: 'demo', unit })).body as Assigned

/** The edge serves what Redis says a unit had first, even when somebody else wrote it; and it says how long. */
const remembers = async (edge: Edge, client: Client | Cluster): Promise<void> => {
  await defineDemo(edge, { stickiness: 'first-touch' })
  const key = async (): Promise<string | undefined> => {
    const nodes = client instanceof Cluster ? client.nodes('master') : [client]
    return (await Promise.all(nodes.map((node) => node.keys('{u*')))).flat()[0]
  }
  // a busy machine may take more than the budget now and then
  await until(async () => (await assignAt(edge, 'returning')).degraded.length === 0)
  const { variant } = await assignAt(edge, 'returning')
  const name = (await key())!
  const left = await client.ttl(name)
  expect(left).toBeLessThanOrEqual(firstTouchSeconds)
  expect(left).toBeGreaterThan(firstTouchSeconds - 3_600)
  await client.set(name, variant === 'a' ? '1' : '0')
  await until(async () => (await assignAt(edge, 'returning')).reason === 'sticky')
  expect(await assignAt(edge, 'returning').then((one) => one.degraded.length === 0 ? one.variant : null)).not.toBe(variant)
}

describe('Redis from workerd', () => {
  it('as a cluster keeps first variants, counts what was served, and is left alone when it is away', async () => {
    const cluster = await startRedisCluster()
    const client = new Cluster(cluster.url.split(','))
    client.on('error', () => {})
    try {
      await withEdge({ text: { DATABASE_URL: await freshDatabase(server.url), REDIS_URL: cluster.url } }, async (edge) => {
        await remembers(edge, client)
        const served = async (): Promise<number> =>
          (await Promise.all(client.nodes('master').map((node) => node.keys('{x*}:served')))).flat().length
        await until(async () => {
          await assignAt(edge, 'returning')
          return (await served()) > 0
        })
        for (const node of cluster.nodes) node.pause()
        expect(await assignAt(edge, 'returning')).toMatchObject({ reason: 'split', degraded: ['counters'] })
        for (const node of cluster.nodes) node.resume()
        await until(async () => (await assignAt(edge, 'returning')).degraded.length === 0)
      })
    } finally {
      client.disconnect()
      await cluster.stop()
    }
  })

  it('shares limits of calls with Node; without it each limits by itself', async () => {
    const redis = await startRedis()
    const client = new Client(redis.url)
    const DATABASE_URL = await freshDatabase(server.url)
    const shared = { DATABASE_URL, REDIS_URL: redis.url, RATE_LIMITS: 'api=1/h:200,pages=1/h:4' }
    const node = await startService({ ...shared, ENGINE: 'off', ADMIN_KEY: '' })
    const docs = async (at: Pick<Edge, 'call'>): Promise<number> => (await at.call('GET', '/docs')).status
    try {
      await withEdge({ text: shared }, async (edge) => {
        const limited = async (): Promise<string[]> => client.keys('{rapi:key:admin}')
        await until(async () => {
          expect((await edge.call('GET', '/api/models')).status).toBe(200)
          return (await limited()).length > 0
        })
        expect(await docs(node)).toBe(200)
        await until(async () => (await docs(edge)) === 429)
      })
      await withEdge({ text: { ...shared, REDIS_URL: '' } }, async (edge) => {
        const statuses: number[] = []
        for (let call = 0; call < 5; call++) statuses.push(await docs(edge))
        expect(statuses).toEqual([200, 200, 200, 200, 429])
      })
    } finally {
      client.disconnect()
      await node.kill('SIGTERM')
      await redis.stop()
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Database } from '../../src/store/connect.ts'
import { publish } from '../../src/store/control/publish.ts'
import { listenForVersions } from '../../src/store/listen.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { freshPostgres } from '../support/fresh.ts'

let url: string
let database: Database
let proxy: FaultProxy
let through: string

beforeAll(async () => {
  url = await freshPostgres()
  database = await connect({ databaseUrl: url })
  const { hostname, port } = new URL(url)
  proxy = await startFaultProxy({ host: hostname, port: Number(port) })
  through = Object.assign(new URL(url), { port: String(proxy.port) }).href
})
afterAll(async () => {
  await proxy.stop()
  await database.close()
})

const publishOne = (): Promise<number> => database.api.begin(publish)
const versionNow = async (): Promise<number> => {
  const [row] = await database.api.run((sql) => sql<{ version: number }[]>`select version from publication`)
  return row?.version ?? 0
}

/** A listener, and what it heard and lost. */
const listener = (address: string, pingMs?: number) => {
  const heard: number[] = []
  const losses: unknown[] = []
  const end = listenForVersions({
    url: address,
    hear: (version) => heard.push(version),
    lost: (cause) => losses.push(cause),
    ...(pingMs === undefined ? {} : { pingMs }),
  })
  return { heard, losses, end, hears: (version: number) => expect.poll(() => heard.at(-1)).toBe(version) }
}

describe('listening for versions', () => {
  it('hears the one in force, then each as it commits, and none that is rolled back', async () => {
    const { heard, losses, end, hears } = listener(url)
    const first = await versionNow()
    await hears(first)
    const rolledBack = database.api.begin(async (tx) => {
      await publish(tx)
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    expect(await publishOne()).toBe(first + 1)
    await hears(first + 1)
    expect(heard).toEqual([first, first + 1])
    expect(losses).toEqual([])
    await end()
  })

  it('comes back after its session was ended, with what it missed', async () => {
    const { losses, end, hears } = listener(url)
    await hears(await versionNow())
    await database.api.run((sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'contender-listen' and datname = current_database()`)
    await hears(await publishOne())
    await hears(await publishOne())
    expect(losses).toHaveLength(1)
    await end()
  })

  it.each(['fin', 'reset', 'timeout'] as const)('comes back from a network that failed (%s), and told it once', async (fault) => {
    const { losses, end, hears } = listener(through, 50)
    await hears(await versionNow())
    proxy[fault]()
    const missed = await publishOne()
    await expect.poll(() => losses.length).toBe(1)
    proxy.pass()
    await hears(missed)
    await hears(await publishOne())
    expect(losses).toHaveLength(1)
    await end()
  })

  it('ends while the database is away', async () => {
    const { losses, end } = listener('postgres://postgres@127.0.0.1:1/nothing')
    await expect.poll(() => losses.length).toBe(1)
    await end()
    expect(losses).toHaveLength(1)
  })

  it('leaves no session behind', async () => {
    await expect.poll(async () => {
      const rows = await database.api.run((sql) => sql`
        select pid from pg_stat_activity where application_name = 'contender-listen' and datname = current_database()`)
      return rows.length
    }).toBe(0)
  })
})

import { seededRandom } from '../../../stats/random.ts'
import { type FaultProxy, startFaultProxy } from '../../../test/support/fault-proxy.ts'
import { freshDatabase, startPostgres } from '../../../test/support/postgres.ts'
import { type Redis, startRedis } from '../../../test/support/redis.ts'
import { type Service, startService, until } from '../../../test/support/service.ts'
import { createApi } from '../../../src/client/api.ts'
import type { Item, Measured } from '../item.ts'
import { begin, entriesOf } from '../world.ts'

const key = 'through-outages'

/** What is away: `gone` refuses connections, or is killed; `hung` keeps them and says nothing. */
type Fault = { database?: 'gone' | 'hung'; redis?: 'gone' | 'hung'; engine?: 'gone' | 'hung' }
const faults: Fault[] = [
  { redis: 'gone' }, { redis: 'hung' },
  { database: 'gone' }, { database: 'hung' },
  { engine: 'gone' }, { engine: 'hung' },
  { database: 'gone', redis: 'gone' }, { database: 'hung', redis: 'hung' },
  { database: 'hung', redis: 'gone', engine: 'gone' }, { database: 'gone', redis: 'hung', engine: 'hung' },
]
const nameOf = (fault: Fault): string => Object.entries(fault).map(([part, how]) => `${part} ${how}`).join(', ')

type House = { node: Service; engine: Service; proxy: FaultProxy; redis: Redis; environment: Record<string, string> }

const strike = async ({ engine, proxy, redis }: House, fault: Fault): Promise<void> => {
  if (fault.engine === 'gone') await engine.kill('SIGKILL')
  if (fault.engine === 'hung') engine.child.kill('SIGSTOP')
  if (fault.redis === 'gone') await redis.stop()
  if (fault.redis === 'hung') redis.pause()
  if (fault.database === 'gone') proxy.fin()
  if (fault.database === 'hung') proxy.timeout()
}

const mend = async (house: House, fault: Fault): Promise<void> => {
  const { engine, proxy, redis, environment } = house
  if (fault.database) proxy.pass()
  if (fault.redis === 'gone') await redis.restart()
  if (fault.redis === 'hung') redis.resume()
  if (fault.engine === 'hung') engine.child.kill('SIGCONT')
  if (fault.engine === 'gone') house.engine = await startService({ ...environment, ENGINE: 'on' })
}

type Load = { assigned: number; failed: number; sent: number; acknowledged: number; again: number }

/**
 * Assign and report until told to stop; what is not acknowledged is sent again, with the same body, until it is. Some
 * lanes only assign, so that they go on while outcomes wait.
 */
const load = (house: House, seed: number, counted: Load): { stop(): Promise<void> } => {
  const { uniform } = seededRandom(seed)
  const stopping = new AbortController()
  let next = 0
  const report = async (body: object): Promise<void> => {
    for (;;) {
      const answer = await house.node.call('POST', '/outcome', body).catch(() => null)
      if (answer?.status === 200) return void (counted.acknowledged += 1)
      counted.again += 1
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const lane = async (reports: boolean): Promise<void> => {
    while (!stopping.signal.aborted) {
      const id = next++
      const answer = await house.node.call('POST', '/assign', { experiment: key, unit: `${seed}-${id}` }).catch(() => null)
      counted.assigned += 1
      if (answer?.status !== 200) counted.failed += 1
      else if (reports) {
        counted.sent += 1
        await report({ token: answer.body['token'], id: `${seed}-${id}`, measures: { win: uniform() < 0.3, error: uniform() < 0.02 } })
      }
    }
  }
  const running = Promise.all([true, true, true, true, false, false].map(lane))
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

const counts = async ({ node }: House): Promise<number> => {
  const { status, body } = await node.call('GET', `/api/experiments/${key}/report`)
  return status === 200 ? (body['variants'] as { outcomes: number }[]).reduce((sum, { outcomes }) => sum + outcomes, 0) : -1
}

/** How long each fault lasts under load, milliseconds: several ticks of the engine, and longer than its lease when it is hung. */
const lasting = (fault: Fault): number => (fault.engine === 'hung' ? 9_000 : 3_000)

const endure = async (house: House, fault: Fault, seed: number): Promise<Measured> => {
  const counted: Load = { assigned: 0, failed: 0, sent: 0, acknowledged: 0, again: 0 }
  const before = await counts(house)
  const traffic = load(house, seed, counted)
  await until(async () => counted.acknowledged > 20, 30_000)
  await strike(house, fault)
  await new Promise((resolve) => setTimeout(resolve, lasting(fault)))
  await mend(house, fault)
  await traffic.stop()
  await until(async () => (await counts(house)) >= 0, 30_000)
  const stored = (await counts(house)) - before
  const acted = (await entriesOf({ api: createApi(house.node.url) }, key)).filter(({ action, status }) => status === 'applied' && action !== 'start')
  return {
    what: `${nameOf(fault)}: ${counted.assigned} assignments, ${counted.sent} outcomes (${counted.again} answers said: again)`,
    through: 'service', runs: 1,
    measured: `${counted.failed} assignments failed, ${stored} outcomes counted, ${acted.length} actions`,
    aim: `0 failed, ${counted.sent} counted, 0 actions`,
    kept: counted.failed === 0 && stored === counted.sent && acted.length === 0,
  }
}

/** Two nodes on one PostgreSQL and one Redis: one serves, the other is the engine; each of their parts is taken away under load. */
export const outages: Item = {
  key: '4-outages',
  title: 'Outages: no failed assignment, no lost or doubled outcome, no action',
  runs: faults.length,
  async measure({ part, seed, progress }) {
    const ends: (() => Promise<unknown>)[] = []
    try {
      const postgres = await startPostgres()
      ends.push(() => postgres.stop())
      const url = new URL(await freshDatabase(postgres.url))
      const proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(url.port) })
      ends.push(() => proxy.stop())
      url.port = String(proxy.port)
      const redis = await startRedis()
      ends.push(() => redis.stop())
      const environment = { DATABASE_URL: url.href, REDIS_URL: redis.url }
      const engine = await startService({ ...environment, ENGINE: 'on' })
      ends.push(() => engine.kill('SIGKILL'))
      const node = await startService({ ...environment, ENGINE: 'off' })
      ends.push(() => node.kill('SIGTERM'))
      const house: House = { engine, node, proxy, redis, environment }
      ends.push(() => house.engine.kill('SIGKILL'))
      await begin({ api: createApi(house.node.url) }, key, { key, model: key })
      const found: Measured[] = []
      // few runs: the faults that take away most
      for (const [index, fault] of (part < 0.5 ? faults.slice(-2) : faults).entries()) {
        found.push(await endure(house, fault, seed + index))
        progress(1)
      }
      return found
    } finally {
      for (const end of ends.toReversed()) await end()
    }
  },
}

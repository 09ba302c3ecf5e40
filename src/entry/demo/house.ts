import { randomUUID } from 'node:crypto'
import { parseConfig } from '../../config.ts'
import { createTick } from '../../engine/tick.ts'
import { createLease } from '../../store/control/lease.ts'
import { createEngineStore } from '../engine.ts'
import { createLog } from '../log.ts'
import { listen } from '../serve.ts'
import { openService } from '../service.ts'
import { createMovableClock } from './clock.ts'

/** The port that is asked for, or any other when it is taken: the demo must not stumble over a service. */
const listenSomewhere = async (...[fetch, { host, port }, hot]: Parameters<typeof listen>) =>
  listen(fetch, { host, port }, hot).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    return listen(fetch, { host, port: 0 }, hot)
  })

/** The whole service in memory, over real HTTP, with a clock that moves and an engine that looks when they are told to. */
export const openHouse = async (environment: Record<string, string | undefined>) => {
  const { PORT, LOG_LEVEL = 'error' } = environment
  const config = { ...parseConfig({ PORT, LOG_LEVEL, RATE_LIMITS: 'api=off' }), dataDir: 'memory:', engine: false }
  const clock = createMovableClock()
  const log = createLog(config.logLevel)
  const service = await openService(config, log, clock.now)
  const { port, drain } = await listenSomewhere(service.app.hono.fetch, config, service.app.hot)
  const lease = createLease(service.database.engine, randomUUID())
  const leading = await lease.acquire()
  if (!leading) throw new Error('another engine leads a database in memory')
  const tick = createTick({ store: createEngineStore(service.database.engine), log })
  const look = async (): Promise<void> => {
    await service.flushDeliveries()
    await lease.renew(leading.fence)
    await tick(leading.fence)
    await service.live.refresh()
  }
  let looking: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  return {
    url: `http://${config.host}:${port}`,
    /** Is there such a page, `/experiments/{key}`? */
    serves: (path: string): boolean => service.app.routes.some((route) => route.path === path),
    /** Nobody has to be told an address that everybody looks at first. */
    usualPort: port === parseConfig({}).port,
    advance: (ms: number) => clock.advance(service.database, ms),
    tick: look,
    /** From now on it looks as often as a service does. */
    lookByItself(): void {
      timer = setInterval(() => {
        looking = looking.then(look).catch((err: unknown) => log.error({ err }, 'the engine could not look'))
      }, config.engineIntervalMs)
    },
    async close(): Promise<void> {
      clearInterval(timer)
      await looking
      service.stop()
      await drain()
      await service.close()
    },
  }
}

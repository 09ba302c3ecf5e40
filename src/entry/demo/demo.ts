import { randomUUID } from 'node:crypto'
import { SingleBar } from 'cli-progress'
import { seededRandom } from '../../../stats/index.ts'
import { createApi } from '../../client/api.ts'
import { parseConfig } from '../../config.ts'
import { createTick } from '../../engine/tick.ts'
import { createLease } from '../../store/control/lease.ts'
import { createEngineStore } from '../engine.ts'
import { createLog } from '../log.ts'
import { listen } from '../serve.ts'
import { openService } from '../service.ts'
import { createMovableClock } from './clock.ts'
import { runDemo } from './run.ts'
import { days, experiment } from './scenario.ts'

const past: Record<string, string> = { start: 'started', kill: 'stopped', promote: 'promoted', conclude: 'ended' }

/** The port that is asked for, or any other when it is taken: the demo must not stumble over a service. */
const listenSomewhere = async (fetch: Parameters<typeof listen>[0], host: string, port: number) =>
  listen(fetch, { host, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    return listen(fetch, { host, port: 0 })
  })

/**
 * The whole service in memory, with days of simulated traffic sent through its own API in seconds. Prints what was
 * decided and where to read it, then goes on serving until Ctrl-C; with `once` it ends there.
 */
export const demo = async ({ once = false, environment = process.env } = {}): Promise<void> => {
  const config = { ...parseConfig({ PORT: environment['PORT'], LOG_LEVEL: environment['LOG_LEVEL'] ?? 'error' }), dataDir: 'memory:', engine: false }
  const clock = createMovableClock()
  const log = createLog(config.logLevel)
  const service = await openService(config, log, clock.now)
  const { port, drain } = await listenSomewhere(service.app.hono.fetch, config.host, config.port)
  const url = `http://${config.host}:${port}`
  console.log(`  Contender is running at ${url}   (in memory; Ctrl-C ends it)`)

  const lease = createLease(service.database.engine, randomUUID())
  const leading = await lease.acquire()
  if (!leading) throw new Error('another engine leads a database in memory')
  const tick = createTick({ store: createEngineStore(service.database.engine), log })

  const bar = new SingleBar({
    format: `  Simulating ${days} days of traffic, ${experiment.variants.length} versions {bar} day {day} · {users} users`,
    noTTYOutput: false, stream: process.stderr, clearOnComplete: true,
  })
  bar.start(days, 0, { day: '0.0', users: '0' })
  await runDemo({
    api: createApi(url),
    advance: (ms) => clock.advance(service.database, ms),
    tick: async () => {
      await lease.renew(leading.fence)
      await tick(leading.fence)
      await service.live.refresh()
    },
    random: seededRandom(20_260_101).uniform,
    onStep: ({ day, users }) => bar.update(day, { day: day.toFixed(1), users: users.toLocaleString('en-GB') }),
    onDecision({ day, id, action, variant, status, reason }) {
      const what = status === 'applied' ? (past[action] ?? action) : 'held'
      process.stderr.write('\r\u001B[K')
      console.log(`  day ${day.toFixed(1).padStart(4)}  #${id} ${what.padEnd(9)} ${(variant ?? '').padEnd(6)} ${reason}`)
    },
  })
  bar.stop()
  await lease.release(leading.fence)
  const report = await createApi(url)<{ summary: { headline: string } }>('GET', `/api/experiments/${experiment.key}/report`)
  console.log(`\n  ${report.summary.headline}`)
  console.log(`  Report:     ${url}/api/experiments/${experiment.key}/report`)
  console.log(`  Decisions:  ${url}/api/experiments/${experiment.key}/decisions`)
  console.log(`  Everything: ${url}/`)

  const end = async (): Promise<void> => {
    service.stop()
    await drain()
    await service.close()
  }
  if (once) return end()
  process.once('SIGINT', () => void end().then(() => process.exit(0)))
  process.once('SIGTERM', () => void end().then(() => process.exit(0)))
}

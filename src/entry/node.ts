import { setTimeout as sleep } from 'node:timers/promises'
import { banner } from './banner.ts'
import { configOf } from './environment.ts'
import { createLog } from './log.ts'
import { listen } from './serve.ts'
import { openService } from './service.ts'

/** How long load balancers get to see that we are not ready any more, before connections end; milliseconds. */
const GRACE_MS = 1_000

/** The first signal drains, the second ends at once. */
const onSignal = (drain: () => Promise<void>): void => {
  let asked = false
  const stop = (): void => {
    if (asked) process.exit(1)
    asked = true
    void drain().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/**
 * Run the service as these variables say until a signal stops it: not ready, a moment's grace, the last answers,
 * pending writes, the lease, and exit with 0. A bad variable or a store in use ends the process with a reason.
 */
export const serveNode = async (environment: Record<string, string | undefined>): Promise<void> => {
  const config = configOf(environment)
  const log = createLog(config.logLevel)
  try {
    const service = await openService(config, log)
    const listening = await listen(service.app.hono.fetch, config, service.app.hot)
    log.info({ host: config.host, port: listening.port, store: service.database.kind }, 'serving')
    // On stderr: stdout is for the log, one JSON object a line.
    process.stderr.write(banner(config, listening.port))
    onSignal(async () => {
      log.info({}, 'stopping')
      service.stop()
      await sleep(GRACE_MS)
      await listening.drain()
      await service.close()
      log.info({}, 'stopped')
    })
  } catch (error) {
    console.error(`error: ${(error as Error).message}`)
    process.exit(1)
  }
}

if (import.meta.main) await serveNode(process.env)

import { parseConfig } from '../../src/config.ts'
import { createLog } from '../../src/entry/log.ts'
import { listen } from '../../src/entry/serve.ts'
import { openService } from '../../src/entry/service.ts'

/** Work with the service at `url`, or with one in memory that ends with the work. */
export const withService = async <T>(url: string | undefined, work: (url: string) => Promise<T>): Promise<T> => {
  if (url !== undefined) return work(url)
  const config = { ...parseConfig({ LOG_LEVEL: 'error' }), dataDir: 'memory:', engine: false }
  const service = await openService(config, createLog(config.logLevel))
  const { port, drain } = await listen(service.app.hono.fetch, { host: config.host, port: 0 })
  try {
    return await work(`http://${config.host}:${port}`)
  } finally {
    service.stop()
    await drain()
    await service.close()
  }
}

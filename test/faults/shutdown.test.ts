import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { countedOutcomes, defineDemo, type Service, startService } from '../support/service.ts'

const directory = mkdtempSync(join(tmpdir(), 'contender-shutdown-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const refused = (error: unknown): boolean => {
  const code = ((error as Error).cause as { code?: string } | undefined)?.code
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET'
}

/** Report outcomes until the door is shut; every answer that comes must be a good one. */
const stream = async (service: Service, lane: number, stopped: () => boolean): Promise<number> => {
  for (let index = 0; ; index++) {
    try {
      const assigned = await service.call('POST', '/assign', { experiment: 'demo', unit: `unit-${lane}-${index}` })
      expect(assigned.status).toBe(200)
      const outcome = await service.call('POST', '/outcome', { token: assigned.body['token'], measures: { win: 1 } })
      expect(outcome.status).toBe(200)
    } catch (error) {
      if (stopped() && refused(error)) return index
      throw error
    }
  }
}

describe('SIGTERM', () => {
  it('answers what is under way, writes what is pending, and ends with 0', async () => {
    const service = await startService({ DATA_DIR: directory })
    await defineDemo(service)
    let stopping = false
    const lanes = Array.from({ length: 8 }, (_, lane) => stream(service, lane, () => stopping))
    while ((await countedOutcomes(service)) < 50) await service.call('GET', '/health')
    stopping = true
    expect(await service.kill('SIGTERM')).toBe(0)
    const answered = (await Promise.all(lanes)).reduce((sum, count) => sum + count, 0)

    const again = await startService({ DATA_DIR: directory })
    expect(await countedOutcomes(again)).toBeGreaterThanOrEqual(answered)
    const report = await again.call('GET', '/api/experiments/demo/report')
    expect(report.body['units']).toBeGreaterThanOrEqual(answered)
    expect(await again.kill('SIGTERM')).toBe(0)
  })

  it('refuses a second process on the same directory, and says why', async () => {
    const service = await startService({ DATA_DIR: directory })
    await expect(startService({ DATA_DIR: directory })).rejects.toThrow(/in use|already|another/i)
    expect((await service.call('GET', '/ready')).status).toBe(200)
    await service.kill('SIGTERM')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshPostgres } from '../support/fresh.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { defineDemo, type Service, startService } from '../support/service.ts'

describe.each(['embedded', 'postgres'] as const)('what was learned (%s)', (kind) => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let service: Service | undefined
  beforeAll(async () => {
    directory = await temporaryDirectory()
  })
  afterAll(async () => {
    await service?.kill('SIGKILL')
    await directory.remove()
  })

  const stateOf = async ({ call }: Service): Promise<Record<string, unknown>> => {
    const { status, body } = await call('GET', '/api/experiments/demo/state')
    expect(status).toBe(200)
    return { ...body, exportedAt: null, digest: null }
  }

  it('is the same to the last bit when the process was killed and started anew', async () => {
    const environment = { ENGINE: 'off', ...(kind === 'postgres' ? { DATABASE_URL: await freshPostgres() } : { DATA_DIR: directory.path }) }
    service = await startService(environment)
    await service.call('POST', '/api/metrics', { key: 'score', kind: 'mean', measure: 'score', direction: 'increase' })
    await defineDemo(service, { metrics: [{ metric: 'win', role: 'decision' }, { metric: 'score', role: 'diagnostic' }] })
    const requests = Array.from({ length: 200 }, (_, index) => ({ experiment: 'demo', unit: `unit-${index}` }))
    const { body } = await service.call('POST', '/assign/batch', { requests })
    const outcomes = (body['results'] as { token: string }[]).map(({ token }, index) => ({ token, measures: { win: index % 3 === 0, score: Math.sin(index) / 3 } }))
    expect((await service.call('POST', '/outcome/batch', { outcomes })).body).toMatchObject({ accepted: 200 })

    const before = await stateOf(service)
    await service.kill('SIGKILL')
    service = await startService(environment)
    expect(await stateOf(service)).toEqual(before)
    expect((before['tables'] as { moments: unknown[] }).moments.length).toBeGreaterThan(4)
  })
})

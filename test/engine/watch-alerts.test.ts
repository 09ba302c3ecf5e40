import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertName } from '../../src/core/models/watch-alerts.ts'
import type { OpenAlert } from '../../src/core/models/watch-state.ts'
import { createChampions } from '../../src/store/control/champions.ts'
import { type Staged, startStaged } from '../support/staged.ts'

describe('a limit of a watch that is broken for days', () => {
  let staged: Staged
  beforeAll(async () => {
    staged = await startStaged()
    await staged.must('POST', '/api/models', { key: 'm', watch: { metrics: ['failed'], limits: { failed: 0.1 } } })
    await staged.must('POST', '/api/models/m/versions', { version: '1' })
    await staged.must('PUT', '/api/models/m/champion', { version: '1', reason: 'first' })
  })
  afterAll(() => staged.close())

  let served = 0
  const fail = async (): Promise<void> => {
    const requests = Array.from({ length: 300 }, () => ({ model: 'm', unit: `unit-${served++}` }))
    const { results } = await staged.must('POST', '/assign/batch', { requests })
    await staged.must('POST', '/outcome/batch', { outcomes: (results as { token: string }[]).map(({ token }) => ({ token, measures: { failed: true } })) })
    await staged.look()
  }
  const days = async (count: number): Promise<void> => {
    await staged.pass(count * 24 * 60)
    await staged.look()
  }
  const alerts = async () => (await staged.must('GET', '/api/models/m/watch'))['alerts'] as OpenAlert[]
  const told = () => staged.service.database.engine.run((sql) => sql`select 1 from ledger where action = 'alert'`)
  const acknowledge = (seen?: readonly string[]) => createChampions(staged.service.database.api).acknowledge('m', { metric: 'failed', reason: 'known' }, 'ada', seen)

  it('is one alert, told once, seen or not', async () => {
    await fail()
    await staged.look()
    const [first, ...none] = await alerts()
    expect([none, first]).toMatchObject([[], { version: '1', kind: 'limit', metric: 'failed', text: expect.stringContaining('where at most 10 % is allowed') as string }])
    await expect(acknowledge(['another'])).rejects.toMatchObject({ code: 'stale' })
    expect(await acknowledge([alertName(first!)])).toMatchObject([{ since: first?.since, acknowledged: { actor: 'ada', reason: 'known' } }])
    await days(1)
    await fail()
    expect([await alerts(), await told()]).toMatchObject([[{ since: first?.since, acknowledged: { actor: 'ada' } }], { length: 1 }])
  })

  it('is gone when it is over and somebody has seen it, and another one when it is broken again', async () => {
    await days(2)
    expect(await alerts()).toEqual([])
    await fail()
    expect([await alerts(), await told()]).toMatchObject([[{ kind: 'limit' }], { length: 2 }])
    await days(2)
    expect(await alerts()).toMatchObject([{ over: expect.any(String) as string }])
  })

  it('is acknowledged on a page that shows what it is about', async () => {
    const send = (form: Record<string, string>) => fetch(`${staged.url}/models/m/acknowledge`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams(form), headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin' },
    })
    const page = await fetch(`${staged.url}/models/m/acknowledge`, { headers: { accept: 'text/html' } })
    const text = await page.text()
    const [, seen = ''] = /name="seen" value="([^"]+)"/.exec(text) ?? []
    expect([page.status, text]).toEqual([200, expect.stringContaining('where at most 10 % is allowed')])
    expect((await send({ seen, reason: ' ' })).status).toBe(422)
    const changed = await send({ seen: 'another', reason: 'known' })
    expect([changed.status, await changed.text()]).toEqual([409, expect.stringContaining('Something changed while you were reading')])
    expect(await alerts()).toHaveLength(1)
    const done = await send({ seen, reason: 'known' })
    expect([done.status, done.headers.get('location')]).toEqual([303, '/models/m'])
    expect(await alerts()).toEqual([])
    expect((await fetch(`${staged.url}/models/m/acknowledge`, { headers: { accept: 'text/html' } })).status).toBe(409)
  })

  it('is none where the limit is taken away', async () => {
    await fail()
    expect(await alerts()).toHaveLength(1)
    await staged.must('PATCH', '/api/models/m', { watch: { metrics: ['failed'] } })
    expect(await alerts()).toEqual([])
  })
})

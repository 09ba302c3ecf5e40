import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../stats/random.ts'
import { verifyChains } from '../../src/store/control/ledger.ts'
import { verify } from '../../src/store/verify.ts'
import { type Staged, startStaged } from '../support/staged.ts'

type Alert = { version: string; kind: string; metric: string; since: string; text: string }

describe('champion traffic against its own first days', () => {
  let staged: Staged
  const { normal, uniform } = seededRandom(8)
  beforeAll(async () => {
    staged = await startStaged()
    // noon, so that a day has been over for hours whenever it is looked at
    await staged.pass(24 * 60 + 12 * 60 - ((Date.now() / 60_000) % (24 * 60)))
  })
  afterAll(() => staged.close())

  /** A day on which so many come, fail and score like that; it is over when somebody looks. */
  const day = async (model: string, at: number, failing: number, shift: number, count = 700): Promise<void> => {
    const requests = Array.from({ length: count }, (_, index) => ({ model, unit: `${at}-${index}` }))
    const { results } = await staged.must('POST', '/assign/batch', { requests })
    const outcomes = (results as { token: string }[]).map(({ token }) => ({ token, measures: { failed: uniform() < failing, score: normal() + shift } }))
    for (let from = 0; from < outcomes.length; from += 350) await staged.must('POST', '/outcome/batch', { outcomes: outcomes.slice(from, from + 350) })
    await staged.pass(24 * 60)
    await staged.look()
  }
  const begin = async (model: string): Promise<void> => {
    await staged.must('POST', '/api/models', { key: model, watch: { metrics: ['failed'], drift: [{ measure: 'score', kind: 'numeric' }] } })
    await staged.must('POST', `/api/models/${model}/versions`, { version: '1' })
    await staged.must('PUT', `/api/models/${model}/champion`, { version: '1', reason: 'first' })
  }
  const alertsOf = async (model: string): Promise<Alert[]> => (await staged.must('GET', `/api/models/${model}/watch`))['alerts'] as Alert[]
  const entries = () => staged.service.database.engine.run((sql) => sql<{ action: string; rule: string; reason: string }[]>`
    select action, entry->>'rule' as rule, entry->>'reason' as reason from ledger where actor = 'engine' and action <> 'heads' order by id`)

  it('is told once when it fails more often, and when its values have moved; nothing is done', async () => {
    await begin('calm')
    await begin('m')
    for (const at of [0, 1, 2, 3, 4]) {
      await day('m', at, 0.05, 0)
      await day('calm', at, 0.05, 0)
      expect(await alertsOf('m')).toEqual([])
    }
    await day('m', 5, 0.3, 0)
    const [worse, ...none] = await alertsOf('m')
    expect([none, worse]).toMatchObject([[], { version: '1', kind: 'degradation', metric: 'failed', text: expect.stringMatching(/^the champion has become worse on failed: \d\d(\.\d+)? % of 700 failed/) as string }])
    await day('m', 6, 0.3, 1)
    await day('calm', 6, 0.05, 0)
    await staged.look()
    expect(await alertsOf('m')).toMatchObject([{ kind: 'degradation', since: worse?.since }, { kind: 'drift', metric: 'score', text: expect.stringContaining('the values of score have moved: stability index') as string }])

    const told = await entries()
    expect(told.map(({ action, rule }) => `${action} ${rule}`)).toEqual(['alert watch-detector', 'alert watch-detector'])
    expect(told[0]?.reason).toMatch(/^Version 1: the champion has become worse on failed: .*from its first days\. Nothing was done\.$/)
    expect(await staged.must('GET', '/api/models/m')).toMatchObject({ champion: '1' })
    const outbox = await staged.service.database.engine.run((sql) => sql<{ told: number }[]>`select count(*)::int as told from outbox where topic = 'decision.alert'`)
    expect(outbox).toEqual([{ told: 2 }])
  })

  it('is shown on the page of the model while it lasts', async () => {
    const { text } = await staged.call('GET', '/models/m', undefined, { accept: 'text/html' })
    expect(text).toContain('Not as it should be')
    expect(text).toContain('Version 1: the values of score have moved')
    expect((await staged.call('GET', '/models/calm', undefined, { accept: 'text/html' })).text).not.toContain('Not as it should be')
    expect(await alertsOf('calm')).toEqual([])
    const { days } = await staged.must('GET', '/api/models/m/watch')
    expect(Object.keys((days as { metrics: object }[])[0]!.metrics)).toEqual(['failed'])
    await day('m', 7, 0.04, 0)
    expect(await alertsOf('m')).toMatchObject([{ kind: 'drift', over: expect.any(String) as string }, { kind: 'degradation' }])
  })

  it('needs somebody until it is acknowledged, and is not told again while it lasts', async () => {
    const home = async () => (await staged.call('GET', '/', undefined, { accept: 'text/html' })).text
    expect(await home()).toContain('1 model needs you')
    expect(await home()).toContain('href="/models/m#alerts"')
    expect((await staged.call('POST', '/api/models/m/acknowledge', { metric: 'nothing', reason: 'no' })).body).toMatchObject({ code: 'conflict' })
    expect((await staged.call('POST', '/api/models/m/acknowledge', { metric: 'failed' })).body).toMatchObject({ errors: [{ path: 'reason' }] })
    const left = await staged.must('POST', '/api/models/m/acknowledge', { metric: 'score', reason: 'a sale' })
    expect(left).toMatchObject({ model: 'm', alerts: [{ kind: 'degradation' }] })
    expect(await home()).toContain('1 model needs you')
    const seen = await staged.must('POST', '/api/models/m/acknowledge', { reason: 'a known bug' })
    expect(seen['alerts']).toMatchObject([{ metric: 'failed', acknowledged: { actor: 'local', reason: 'a known bug' } }])
    expect((await staged.call('POST', '/api/models/m/acknowledge', { reason: 'again' })).body).toMatchObject({ code: 'conflict' })
    expect(await home()).not.toContain('needs you')
    const { text } = await staged.call('GET', '/models/m', undefined, { accept: 'text/html' })
    expect(text).toMatch(/Acknowledged .* by local: a known bug/)
    expect(text).not.toContain('/models/m/acknowledge')
    const told = (await entries()).length
    await day('m', 8, 0.3, 0)
    expect(await alertsOf('m')).toMatchObject([{ metric: 'failed', acknowledged: { reason: 'a known bug' } }])
    expect(await entries()).toHaveLength(told)
    const { items } = await staged.must('GET', '/api/models/m/audit')
    expect((items as { action: string; reason: string; actor: string }[]).filter(({ action }) => action === 'acknowledge')).toMatchObject([{ reason: 'a sale', actor: 'local' }, { reason: 'a known bug' }])
  })

  it('begins anew for another version', async () => {
    await staged.must('POST', '/api/models/m/versions', { version: '2' })
    for (const version of ['2', '1']) await staged.must('PUT', '/api/models/m/champion', { version, reason: 'test' })
    expect(await alertsOf('m')).toEqual([])
    await staged.pass(24 * 60)
    await day('m', 9, 0.3, 0)
    const [alert] = await alertsOf('m')
    expect(alert).toMatchObject({ version: '1', metric: 'failed' })
    expect(alert).not.toHaveProperty('acknowledged')
    expect((await entries()).at(-1)?.reason).toContain('the champion has become worse on failed')
  })

  it('says of what it cannot watch why', async () => {
    await staged.must('POST', '/api/metrics', { key: 'cost', kind: 'mean', measure: 'cost', direction: 'decrease' })
    await staged.must('POST', '/api/models', { key: 'open', watch: { metrics: ['failed', 'cost'] } })
    expect(await staged.must('GET', '/api/models/open/watch')).toMatchObject({ unwatched: [{ metric: 'cost', why: 'no bounds declared: it needs min, and max or a cap' }] })
    expect((await staged.call('GET', '/models/open', undefined, { accept: 'text/html' })).text).toContain('Not watched for change: cost (no bounds declared')
  })

  it('is recounted, in an unbroken ledger; another watch begins anew', async () => {
    const { database } = staged.service
    expect(await verify(database.api)).toMatchObject({ differences: [] })
    expect((await verifyChains(database.api)).breaks).toEqual([])
    await staged.must('PATCH', '/api/models/m', { watch: { metrics: ['failed'], drift: [] } })
    expect(await alertsOf('m')).toEqual([])
    const twice = await staged.call('PATCH', '/api/models/m', { watch: { drift: [{ measure: 'a', kind: 'numeric' }, { measure: 'a', kind: 'numeric' }] } })
    expect(twice.body).toMatchObject({ errors: [{ path: 'watch.drift[1].measure', message: '"a" is there already' }] })
  })
})

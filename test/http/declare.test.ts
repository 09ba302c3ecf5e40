import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { experimentOf, expectProblem, startApp, type TestApp } from './support.ts'

type Step = { kind: string; key: string; does: string; fields: string[] }
type Applied = { steps: Step[]; tag: string; applied: boolean }

const win = { key: 'win', kind: 'conversion', measure: 'won', direction: 'increase' }
const score = { key: 'score', kind: 'mean', measure: 'score', direction: 'increase' }
const declared = {
  metrics: [win, score],
  models: [{
    key: 'm', description: 'answers', watch: { metrics: ['win'] }, fallbacks: ['1'],
    versions: [{ version: '1', payload: { at: 'one' } }, { version: '2', payload: { at: 'two' }, owner: 'search' }],
  }],
  experiments: [experimentOf('declared', { overrides: { tester: 'b' } })],
}

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

const apply = (body: object, { query = '', tag }: { query?: string; tag?: string } = {}) =>
  app.call('POST', `/api/apply${query}`, body, tag === undefined ? {} : { 'if-match': `"${tag}"` })
const applied = async (body: object, how = {}): Promise<Applied> => {
  const answer = await apply(body, how)
  expect(answer.status, answer.text).toBe(200)
  return answer.body as Applied
}
const doing = ({ steps }: Applied): string[] => steps.map(({ kind, key, does }) => `${does} ${kind} ${key}`)
const counted = async () => (await app.must('GET', '/api/models'))['items'] as unknown[]

describe('a declaration', () => {
  it('is planned without doing anything, then done as planned, and then does nothing any more', async () => {
    const plan = await applied(declared, { query: '?dryRun=true' })
    expect(plan.applied).toBe(false)
    expect(doing(plan)).toEqual([
      'create metric win', 'create metric score', 'create model m', 'create version m/1', 'create version m/2', 'create experiment declared',
    ])
    expect(await counted()).toEqual([])

    const done = await applied(declared, { tag: plan.tag })
    expect(done).toMatchObject({ applied: true, steps: plan.steps })
    expect(await app.must('GET', '/api/models/m')).toMatchObject({ description: 'answers', watch: { metrics: ['win'] }, fallbacks: ['1'] })
    expect(await app.must('GET', '/api/models/m/versions/2')).toMatchObject({ payload: { at: 'two' }, owner: 'search' })
    expect(await app.must('GET', '/api/experiments/declared')).toMatchObject({ state: 'draft', policy: { minUnits: 1_000 } })

    const again = await applied(declared)
    expect(new Set(again.steps.map(({ does }) => does))).toEqual(new Set(['nothing']))
  })

  it('is refused when somebody changed something since the plan was made', async () => {
    const plan = await applied(declared, { query: '?dryRun=true' })
    await app.must('PATCH', '/api/models/m', { fallbacks: ['2'] })
    expectProblem(await apply(declared, { tag: plan.tag }), 'precondition_failed')
    const anew = await applied(declared, { query: '?dryRun=true' })
    expect(anew.steps.find(({ kind }) => kind === 'model')).toMatchObject({ does: 'change', fields: ['fallbacks[0]'] })
    expect((await applied(declared, { tag: anew.tag })).applied).toBe(true)
    expect(await app.must('GET', '/api/models/m')).toMatchObject({ fallbacks: ['1'] })
  })

  it('changes nothing at all when its last part is wrong, and says where', async () => {
    const wrong = {
      models: [{ ...declared.models[0], versions: [...declared.models[0]!.versions, { version: '3' }] }],
      experiments: [...declared.experiments, experimentOf('other', { variants: [{ key: 'a', version: '1', control: true }, { key: 'b', version: '9' }] })],
    }
    for (const query of ['', '?dryRun=true']) {
      const answer = await apply(wrong, { query })
      expectProblem(answer, 'invalid_definition')
      expect(answer.body['errors']).toEqual([{ path: 'experiments[1].variants[1].version', message: expect.stringContaining('no version "9"') }])
    }
    expect((await app.call('GET', '/api/models/m/versions/3')).status).toBe(404)
  })

  it('changes drafts, and calls it drift where something runs', async () => {
    const longer = { experiments: [experimentOf('declared', { overrides: { tester: 'b' }, policy: { minUnits: 5_000 } })] }
    expect((await applied(longer)).steps).toMatchObject([{ does: 'change', fields: ['policy.minUnits'] }])
    await app.must('POST', '/api/experiments/declared/actions', { action: 'start', reason: 'go' })
    expect((await applied(longer)).steps).toMatchObject([{ does: 'nothing' }])

    const plan = await applied({ ...declared, metrics: [{ ...win, direction: 'decrease' }] }, { query: '?dryRun=true' })
    expect(plan.steps.filter(({ does }) => does === 'drift')).toMatchObject([
      { kind: 'metric', key: 'win', fields: ['direction'] }, { kind: 'experiment', key: 'declared', fields: ['policy.minUnits'], why: expect.stringContaining('it is running') },
    ])
    const refused = await apply({ ...declared, metrics: [{ key: 'fresh', kind: 'mean', measure: 'x', direction: 'increase' }] })
    expectProblem(refused, 'drift')
    expect(refused.body['errors']).toEqual([{ path: 'experiments[0].policy.minUnits', message: expect.stringContaining('differs') }])
    expect((await app.call('GET', '/api/metrics/fresh')).status).toBe(404)

    const served = { models: [{ key: 'm', versions: [{ version: '1', payload: { at: 'elsewhere' } }] }] }
    expect((await applied(served, { query: '?dryRun=true' })).steps[1]).toMatchObject({ does: 'drift', fields: ['payload.at'] })
  })

  it('names fields that nobody knows, and keys that come twice', async () => {
    expect((await apply({ models: [{ key: 'm', champoin: '1' }] })).body['errors']).toMatchObject([{ path: 'models[0].champoin' }])
    expect((await apply({ metrics: [win, win] })).body['errors']).toMatchObject([{ path: 'metrics', message: 'each key at most once' }])
  })
})

describe('an export', () => {
  it('is a declaration that changes nothing, of everything or of one model', async () => {
    await app.must('POST', '/api/models', { key: 'apart' })
    const everything = await app.must('GET', '/api/export')
    expect((everything['models'] as { key: string }[]).map(({ key }) => key)).toEqual(['apart', 'm'])
    const own = await app.must('GET', '/api/export?model=m')
    expect((own['models'] as { key: string }[]).map(({ key }) => key)).toEqual(['m'])
    expect((own['metrics'] as { key: string }[]).map(({ key }) => key)).toEqual(['score', 'win'])
    expect(JSON.stringify(own)).not.toContain('tester')
    for (const one of [everything, own]) expect(new Set((await applied(one)).steps.map(({ does }) => does))).toEqual(new Set(['nothing']))
    expectProblem(await app.call('GET', '/api/export?model=nobody'), 'model_not_found')
  })
})

describe('the audit of a model', () => {
  it('has every entry about it and its experiments, the oldest first', async () => {
    await app.must('POST', '/api/experiments/declared/actions', { action: 'promote', variant: 'b', reason: 'better' })
    const first = await app.must('GET', '/api/models/m/audit?limit=2')
    const rest = await app.must('GET', `/api/models/m/audit?cursor=${String(first['next'])}`)
    const entries = [...(first['items'] as { id: number; action: string; hash: string }[]), ...(rest['items'] as { id: number; action: string; hash: string }[])]
    expect(entries.map(({ action }) => action)).toEqual(['configure', 'configure', 'configure', 'start', 'promote'])
    expect(entries.every(({ hash }) => /^[0-9a-f]{64}$/.test(hash))).toBe(true)
    expectProblem(await app.call('GET', '/api/models/nobody/audit'), 'model_not_found')
  })
})

describe('who may apply', () => {
  it('needs the scope define, and operate for what is served', async () => {
    const guarded = await startApp({ ADMIN_KEY: 'an-admin-key-of-tests' })
    try {
      const made = await guarded.must('POST', '/api/keys', { name: 'definer', scopes: ['read', 'define'] })
      const headers = { authorization: `Bearer ${String(made['key'])}` }
      expect((await guarded.call('POST', '/api/apply', { metrics: [win] }, headers)).status).toBe(200)
      const refused = await guarded.call('POST', '/api/apply', { metrics: [score], models: [{ key: 'm', enabled: false }] }, headers)
      expectProblem(refused, 'scope_missing')
      expect((await guarded.call('GET', '/api/metrics/score')).status).toBe(404)
    } finally {
      await guarded.close()
    }
  })
})

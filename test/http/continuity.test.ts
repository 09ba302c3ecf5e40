import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/store/control/canonical.ts'
import { verify } from '../../src/store/verify.ts'
import { freshPostgres } from '../support/fresh.ts'
import { look } from '../support/look.ts'
import { expectReplays } from '../support/replays.ts'
import { until } from '../support/service.ts'
import { expectProblem, startApp, type TestApp } from './support.ts'

// What was learned on one store goes on on another: an embedded one and PostgreSQL.

let source: TestApp
let target: TestApp
beforeAll(async () => {
  source = await startApp()
  target = await startApp({ DATABASE_URL: await freshPostgres() })
  for (const app of [source, target]) await surround(app)
})
afterAll(async () => {
  await source.close()
  await target.close()
})

type Tables = Record<string, (number | string | null)[][]>
type State = Record<string, unknown> & { digest: string; tables: Tables; epochs: { epoch: number; endedAt: string | null }[]; scopes: { kind: string; carried: unknown }[] }

const surround = async ({ must }: TestApp): Promise<void> => {
  const metrics = [
    { key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' },
    { key: 'failed', kind: 'conversion', measure: 'failed', direction: 'decrease' },
    { key: 'score', kind: 'mean', measure: 'score', direction: 'increase', center: 0.3 },
    { key: 'slow', kind: 'quantile', quantile: 0.95, measure: 'ms', direction: 'decrease' },
  ]
  for (const metric of metrics) await must('POST', '/api/metrics', metric)
}

const experimentOf = (key: string, model: string, more: object): Record<string, unknown> => ({
  key, model, segments: ['country'],
  variants: [{ key: 'old', version: '1', control: true }, { key: 'new', version: '2' }],
  metrics: [
    { metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.05 },
    { metric: 'score', role: 'diagnostic' }, { metric: 'slow', role: 'diagnostic' },
  ],
  stages: [{ allocation: 'fixed' }], policy: { minUnits: 100, minDuration: 'PT1M' }, ...more,
})

const define = async ({ must }: TestApp, key: string, more: object = {}, model = key): Promise<void> => {
  await must('POST', '/api/models', { key: model })
  for (const version of ['1', '2']) await must('POST', `/api/models/${model}/versions`, { version, payload: { version } })
  await must('POST', '/api/experiments', experimentOf(key, model, more))
}

type Answer = { variant: string | null; token: string; shadow: { token: string }[] }

/** Units come and report, some twice, with numbers that no decimal says exactly. */
const serve = async ({ must }: TestApp, experiment: string, from: number, count: number): Promise<void> => {
  const units = Array.from({ length: count }, (_, index) => from + index)
  const requests = units.map((unit) => ({ experiment, unit: `unit-${unit}`, attributes: { country: ['at', 'de', 'fr'][unit % 3] } }))
  const answers = (await must('POST', '/assign/batch', { requests }))['results'] as Answer[]
  const outcomes = answers.flatMap(({ variant, token, shadow }, index) => {
    const unit = units[index] ?? 0
    const measures = (worse: number): object => ({
      win: unit % (variant === 'new' ? 2 : 3) === 0, failed: (unit + worse) % 13 === 0, score: Math.sin(unit) / 3 + worse, ms: 100 + (unit % 50) * Math.PI,
    })
    const own = [{ token, id: `o-${unit}`, measures: measures(0) }, ...(unit % 5 === 0 ? [{ token, id: `p-${unit}`, measures: { score: 0.1 * unit } }] : [])]
    return [...own, ...shadow.map((beside) => ({ token: beside.token, id: `o-${unit}`, measures: measures(1) }))]
  })
  const { rejected } = await must('POST', '/outcome/batch', { outcomes })
  expect(rejected).toEqual([])
}

const act = ({ must }: TestApp, key: string, action: string): Promise<unknown> => must('POST', `/api/experiments/${key}/actions`, { action, reason: 'test' })
const stateOf = async ({ must }: TestApp, key: string): Promise<State> => (await must('GET', `/api/experiments/${key}/state`)) as State
const put = ({ call }: TestApp, key: string, state: object) => call('PUT', `/api/experiments/${key}/state`, state)
const standing = ({ must }: TestApp, key: string) => must('GET', `/api/experiments/${key}`)

/** What a store tells of how it is, and of what was delivered to it. */
const ofTheStore = new Set(['duplicates', 'rejected', 'freshness', 'service'])

/** Every figure of a report, and every word that tells one. */
const figuresOf = async ({ must }: TestApp, key: string): Promise<unknown> => {
  const { experiment: _e, epoch: _p, asOf: _a, analysis: _n, latestDecision: _l, ...figures } = await must('GET', `/api/experiments/${key}/report`)
  const { health } = figures as { health?: { check: string }[] }
  return { ...figures, health: health?.filter(({ check }) => !ofTheStore.has(check)) }
}

const digestOf = (state: object): string =>
  createHash('sha256').update(canonicalJson({ ...state, digest: undefined })).digest('hex')
const signed = (state: object): object => ({ ...state, digest: digestOf(state) })

describe('what was learned', () => {
  beforeAll(async () => {
    await define(source, 'kept')
    await act(source, 'kept', 'start')
    await serve(source, 'kept', 0, 400)
    await look(source.service.database.engine)
    await act(source, 'kept', 'pause')
    await act(source, 'kept', 'resume')
    await serve(source, 'kept', 400, 300)
    await look(source.service.database.engine)
  })

  it('is one document, with a digest of itself, without a unit in it; asked for again it is the same', async () => {
    const state = await stateOf(source, 'kept')
    expect(state).toMatchObject({ format: 1, experiment: 'kept', state: 'running', epoch: 1 })
    expect(state.digest).toBe(digestOf(state))
    const units = await source.service.database.api.run((sql) => sql<{ unit: string }[]>`select replace(unit::text, '-', '') as unit from units`)
    expect(units.length).toBeGreaterThan(700)
    const text = JSON.stringify(state).replaceAll('-', '')
    expect(units.filter(({ unit }) => text.includes(unit))).toEqual([])
    for (const table of ['moments', 'segments', 'segmentValues', 'sketches']) expect(state.tables[table]?.length, table).toBeGreaterThan(0)
    const { exportedAt: _, digest: _d, ...again } = await stateOf(source, 'kept')
    const { exportedAt: _e, digest: _f, ...first } = state
    expect(again).toEqual(first)
  })

  it('goes on elsewhere: every figure of the report is the same to the last bit, and what comes then counts beside it', async () => {
    await define(target, 'kept')
    const state = await stateOf(source, 'kept')
    const done = await put(target, 'kept', state)
    expect(done.body, done.text).toMatchObject({ state: 'running', epoch: 2, imported: { from: 'kept', digest: state.digest, epochs: 1, units: 700 } })
    expect(await figuresOf(target, 'kept')).toEqual(await figuresOf(source, 'kept'))
    expect(await standing(target, 'kept')).toMatchObject({ state: 'running', salt: (await standing(source, 'kept'))['salt'], startedAt: (await standing(source, 'kept'))['startedAt'] })

    const { items } = await target.must('GET', '/api/experiments/kept/decisions')
    expect(items).toMatchObject([{ action: 'import', status: 'applied', epochAfter: 2, evidence: { from: 'kept', digest: state.digest, units: 700 } }])
    expect((await target.must('GET', '/api/experiments/kept/epochs'))['items']).toMatchObject([{ epoch: 2, endedAt: null }, { epoch: 1, sealedAt: expect.any(String) }])

    // the same units get the variants that they had
    const requests = Array.from({ length: 50 }, (_, index) => ({ experiment: 'kept', unit: `unit-${index}` }))
    const variants = async ({ must }: TestApp) => ((await must('POST', '/assign/batch', { requests }))['results'] as Answer[]).map(({ variant }) => variant)
    expect(await variants(target)).toEqual(await variants(source))
    await serve(target, 'kept', 1_000, 200)
    await until(async () => (await target.must('GET', '/api/experiments/kept/report'))['units'] === 700 + 50 + 200)
  })

  it('is marked where it cannot be recounted; all else is, and the decisions that follow replay', async () => {
    await look(target.service.database.engine)
    await look(target.service.database.engine)
    const { differences, imported, cells } = await verify(target.service.database.api)
    expect(differences).toEqual([])
    expect(imported).toBeGreaterThan(0)
    expect(cells).toBeGreaterThan(0)
    await act(target, 'kept', 'pause')
    await act(target, 'kept', 'resume')
    expect(await expectReplays(target.service.database.engine)).toBeGreaterThan(1)
    expect((await verify(source.service.database.api)).imported).toBe(0)
  })

  it('remembers what rules had seen: the same data is no second look', async () => {
    await define(target, 'again', {}, 'again')
    const state = await stateOf(target, 'kept')
    const copy = JSON.parse(JSON.stringify(state)) as State
    const { definition } = copy as unknown as { definition: Record<string, unknown> }
    definition['model'] = 'again'
    const done = await put(target, 'again', signed(copy))
    expect(done.status, done.text).toBe(200)
    expect(await figuresOf(target, 'again')).toEqual(await figuresOf(target, 'kept'))
    await look(target.service.database.engine)
    const looks = async (key: string) => (await stateOf(target, key))['looks']
    expect(await looks('again')).toEqual(await looks('kept'))
    expect(Object.keys((await looks('kept')) as object)).not.toEqual([])
  })
})

describe('is taken whole or not at all', () => {
  const counts = async (): Promise<unknown> =>
    target.service.database.api.run((sql) => sql`
      select (select count(*)::int from scopes) scopes, (select count(*)::int from epochs) epochs, (select count(*)::int from rollups) rollups, (select count(*)::int from ledger) entries`)
  const refused = async (key: string, state: object): Promise<Awaited<ReturnType<typeof put>>> => {
    const before = await counts()
    const answer = await put(target, key, state)
    expect(await counts()).toEqual(before)
    return answer
  }

  it('only into a draft', async () => {
    const answer = await refused('kept', await stateOf(source, 'kept'))
    expectProblem(answer, 'immutable')
    expectProblem(await target.call('GET', '/api/experiments/nowhere/state'), 'experiment_not_found')
    await define(target, 'blank')
    expectProblem(await target.call('GET', '/api/experiments/blank/state'), 'not_running')
  })

  it.each([
    ['margin', 'metrics[1].margin', { metrics: [{ metric: 'win', role: 'decision' }, { metric: 'failed', role: 'guardrail', margin: 0.04 }, { metric: 'score', role: 'diagnostic' }, { metric: 'slow', role: 'diagnostic' }] }],
    ['alpha', 'policy.alpha', { policy: { minUnits: 100, minDuration: 'PT1M', alpha: 0.01 } }],
    ['stage', 'stages[0].coverage', { stages: [{ allocation: 'fixed', coverage: 0.5 }] }],
    ['window', 'window', { window: 'PT1H' }],
  ])('only where the definition is the same: another %s is named', async (name, path, more) => {
    await define(target, `other-${name}`, more, `other-${name}`)
    const answer = await refused(`other-${name}`, await stateOf(source, 'kept'))
    expectProblem(answer, 'conflict')
    expect(answer.body['errors']).toContainEqual({ path, message: expect.stringContaining('where it was learned') })
  })

  it('only as it was written, and only what can be stored', async () => {
    const state = await stateOf(source, 'kept')
    const [first] = state.tables['moments'] as [(number | string | null)[]]
    const changed = { ...state, tables: { ...state.tables, moments: [first.with(6, Number(first[6]) + 1), ...state.tables['moments']!.slice(1)] } }
    const broken = await refused('blank', changed)
    expectProblem(broken, 'invalid_definition')
    expect(broken.body['errors']).toMatchObject([{ path: 'digest' }])

    const own = { ...state, definition: { ...(state['definition'] as object), model: 'blank' } }
    for (const [path, wrong] of [
      ['tables.moments[0]', { ...own, tables: { ...state.tables, moments: [first.with(0, 999_999)] } }],
      ['tables.moments[1]', { ...own, tables: { ...state.tables, moments: [first, first] } }],
      ['epochs[0].epoch', { ...own, epochs: state.epochs.map((epoch) => ({ ...epoch, epoch: 7 })) }],
    ] as const) {
      const answer = await refused('blank', signed(wrong))
      expectProblem(answer, 'invalid_definition')
      expect(answer.body['errors']).toContainEqual({ path, message: expect.any(String) })
    }
  })

  it('only where its units are nobody else’s, and its versions are ready', async () => {
    const key = 'beside'
    await target.must('POST', '/api/experiments', experimentOf(key, 'kept', {}))
    expectProblem(await refused(key, await stateOf(source, 'kept')), 'layer_overlap')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, experimentOf, startApp, type TestApp } from '../support.ts'
import { json, refuses, stored } from './support.ts'

/** Numbers are those of the list of bad inputs. */
let app: TestApp
let token = ''
beforeAll(async () => {
  app = await startApp()
  await define(app)
  token = (await app.must('POST', '/assign', { experiment: 'live', unit: 'first' }))['token'] as string
})
afterAll(() => app.close())

const outcome = (more: Record<string, unknown>) => (): Record<string, unknown> => ({ token, measures: { win: 1 }, ...more })
const flipped = (): string => {
  const at = token.length - 60
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
/** The last character carries two bits that mean nothing: another spelling of the same bytes. */
const respelled = (): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1)!)
  return token.slice(0, -1) + alphabet[last ^ 1]
}
const at = (ms: number): string => new Date(Date.now() + ms).toISOString()

const bad: [number: number, what: string, code: string, body: () => unknown][] = [
  [49, 'an empty token', 'bad_token', outcome({ token: '' })],
  [50, 'a truncated token', 'bad_token', () => outcome({ token: token.slice(0, -1) })()],
  [51, 'a flipped bit', 'bad_token', () => outcome({ token: flipped() })()],
  [53, 'a token of version 0', 'bad_token', () => outcome({ token: `v0${token.slice(2)}` })()],
  [53, 'a token without a signature', 'bad_token', outcome({ token: 'eyJhbGciOiJub25lIn0.e30.' })],
  [54, 'another spelling of the token', 'bad_token', () => outcome({ token: respelled() })()],
  [55, '2 MB of token', 'too_large', outcome({ token: 'x'.repeat(2_000_000) })],
  [58, 'a token and another experiment', 'invalid_body', outcome({ experiment: 'drafted' })],
  [59, 'no measure', 'invalid_body', outcome({ measures: {} })],
  [60, 'an unknown measure', 'unknown_measure', outcome({ measures: { nothing: 1 } })],
  [61, 'a text as measure', 'invalid_body', outcome({ measures: { win: '1' } })],
  [62, 'null as measure', 'invalid_body', outcome({ measures: { win: null } })],
  [64, 'a value beyond its range', 'out_of_range', outcome({ measures: { score: 101 } })],
  [64, 'a value below its range', 'out_of_range', outcome({ measures: { score: -1 } })],
  [68, 'yesterday', 'invalid_body', outcome({ at: 'yesterday' })],
  [69, 'a time to come', 'in_future', () => outcome({ at: at(3_600_000) })()],
  [70, 'a time before 1970', 'out_of_range', outcome({ at: '1969-12-31T00:00:00Z' })],
  [73, 'an id of 257 characters', 'invalid_body', outcome({ id: 'x'.repeat(257) })],
  [73, 'a negative revision', 'invalid_body', outcome({ id: 'x', revision: -1 })],
  [57, 'a unit nobody saw', 'unknown_unit', () => ({ experiment: 'live', unit: 'stranger', measures: { win: 1 }, id: 'x' })],
  [57, 'an experiment that does not exist', 'unknown_unit', () => ({ experiment: 'gone', unit: 'first', measures: { win: 1 }, id: 'x' })],
  [59, 'a unit without an id', 'invalid_body', () => ({ experiment: 'live', unit: 'first', measures: { win: 1 } })],
]

describe('/outcome', () => {
  it.each(bad)('%i refuses %s', async (_number, _what, code, body) => {
    await refuses(app, code, () => app.call('POST', '/outcome', body()))
  })

  it('50 to 54 says the same of every wrong token', async () => {
    const texts = new Set<string>()
    for (const wrong of [token.slice(0, -1), flipped(), respelled(), 'x', `v0${token.slice(2)}`]) {
      texts.add((await app.call('POST', '/outcome', { token: wrong, measures: { win: 1 } })).text)
    }
    expect(texts.size).toBe(1)
  })

  it('52 refuses a token of another service', async () => {
    const other = await startApp()
    try {
      await define(other)
      const { token: foreign } = await other.must('POST', '/assign', { experiment: 'live', unit: 'first' })
      expectProblem(await app.call('POST', '/outcome', { token: foreign, measures: { win: 1 } }), 'bad_token')
    } finally {
      await other.close()
    }
  })

  it.each(['1e400', '-1e400'])('63 refuses %s', async (number) => {
    await refuses(app, 'not_finite', () => app.send('POST', '/outcome', `{"token":"${token}","measures":{"win":${number}}}`, json))
  })

  it('79 stores nothing of a body that is cut short', async () => {
    const before = await stored(app)
    const whole = JSON.stringify({ token, measures: { win: 1 }, id: 'cut' })
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(whole))
        setImmediate(() => controller.error(new Error('gone')))
      },
    })
    await expect(app.send('POST', '/outcome', cut, json)).rejects.toThrow()
    await app.must('GET', '/health')
    expect(await stored(app)).toEqual(before)
  })

  const fresh = async (unit: string): Promise<string> => (await app.must('POST', '/assign', { experiment: 'live', unit }))['token'] as string

  it('65 and 67 take −0 as 0, the smallest number and a boolean', async () => {
    const own = await fresh('numbers')
    for (const [id, score] of [['zero', -0], ['tiny', 5e-324], ['true', true]] as const) {
      expect(await app.must('POST', '/outcome', { token: own, id, measures: { score } })).toEqual({ accepted: 1, duplicates: 0 })
    }
    const body = `{"token":"${own}","id":"negative-zero","measures":{"score":-0}}`
    expect((await app.send('POST', '/outcome', body, json)).status).toBe(200)
    const [row] = await app.service.database.api.run((sql) =>
      sql<{ texts: string }[]>`select string_agg(measures::text, ';') as texts from outcomes`)
    expect(row?.texts).not.toContain('-0}')
  })

  it('71 and 72 count the same outcome once, and refuse another one under its id', async () => {
    const body = { token: await fresh('again'), id: 'again', measures: { win: 1, score: 5 } }
    expect(await app.must('POST', '/outcome', body)).toEqual({ accepted: 1, duplicates: 0 })
    expect(await app.must('POST', '/outcome', { ...body, measures: { score: 5, win: true } })).toEqual({ accepted: 0, duplicates: 1 })
    expectProblem(await app.call('POST', '/outcome', { ...body, measures: { win: 0 } }), 'id_conflict')
  })

  it('74 and 80 count one of a thousand copies at once, in whatever order their fields are', async () => {
    const own = await fresh('copies')
    const copies = [{ token: own, measures: { win: 1, score: 2 } }, { measures: { score: 2, win: 1 }, token: own }]
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => app.must('POST', '/outcome', copies[index % 2])))
    expect(answers.reduce((sum, answer) => sum + (answer['accepted'] as number), 0)).toBe(1)
    expect(answers.reduce((sum, answer) => sum + (answer['duplicates'] as number), 0)).toBe(999)
  })

  it('finds a unit whose token was lost', async () => {
    await fresh('lost')
    const body = { experiment: 'live', unit: 'lost', id: 'lost-1', measures: { win: 1 } }
    await expect.poll(async () => (await app.call('POST', '/outcome', body)).status).toBe(200)
    expect(await app.must('POST', '/outcome', body)).toEqual({ accepted: 0, duplicates: 1 })
  })

  it('75 refuses 10,001 in a batch', async () => {
    const outcomes = Array.from({ length: 10_001 }, () => ({ token: 'x', measures: { win: 1 } }))
    expectProblem(await app.call('POST', '/outcome/batch', { outcomes }), 'invalid_body')
  })

  it('76 and 77 read lines, the last one without its end, and tell which is broken', async () => {
    const own = await fresh('lines')
    const lines = Array.from({ length: 9 }, (_, index) => JSON.stringify({ token: own, id: `line-${index}`, measures: { win: 1 } }))
    lines[6] = '{"token": '
    const answer = await app.send('POST', '/outcome/batch', lines.join('\n'), { 'content-type': 'application/x-ndjson' })
    expect(answer.body).toEqual({ accepted: 8, duplicates: 0, rejected: [{ index: 6, code: 'malformed_json', message: expect.any(String) }] })
  })

  it('78 refuses a line of 9 MB', async () => {
    expectProblem(await app.send('POST', '/outcome/batch', ' '.repeat(9_000_000), { 'content-type': 'application/x-ndjson' }), 'too_large')
  })
})

/** A running experiment on a model of its own, with the metric `amount`, whose values have no bounds. */
const start = async (key: string, more: Record<string, unknown> = {}): Promise<void> => {
  await app.must('POST', '/api/models', { key })
  for (const version of ['1', '2', '3']) await app.must('POST', `/api/models/${key}/versions`, { version })
  await app.must('POST', '/api/experiments', experimentOf(key, { model: key, ...more }))
  await app.must('POST', `/api/experiments/${key}/actions`, { action: 'start', reason: 'test' })
}

type Variant = { key: string; outcomes: number; units: number; metrics: Record<string, { estimate: number | null; n: number }> }
const reportOf = async (key: string): Promise<Variant[]> => (await app.must('GET', `/api/experiments/${key}/report`))['variants'] as Variant[]
const scopeOf = (key: string) =>
  app.service.database.api.run(async (sql) => (await sql<{ id: number; scope: number }[]>`select id, scope from experiments where key = ${key}`)[0]!)

describe('/outcome when things have moved on', () => {
  it('56 stores what comes after the window, as late, and counts it nowhere', async () => {
    await start('windowed', { window: 'PT1H' })
    const { token: own } = await app.must('POST', '/assign', { experiment: 'windowed', unit: 'slow' })
    const { token: other } = await app.must('POST', '/assign', { experiment: 'windowed', unit: 'quick' })
    const { scope } = await scopeOf('windowed')
    const { run } = app.service.database.api
    await expect.poll(() => run(async (sql) => (await sql`select unit from units where scope = ${scope}`).length)).toBe(2)
    const slow = app.service.deps.hashUnit('user', 'slow')
    await run((sql) => sql`update units set exposed = exposed - interval '61 minutes' where scope = ${scope} and unit = ${slow}::text::uuid`)

    const late = { token: own, id: 'late', measures: { win: 1 } }
    expect(await app.must('POST', '/outcome', late)).toEqual({ accepted: 1, duplicates: 0 })
    expect(await app.must('POST', '/outcome', late)).toEqual({ accepted: 0, duplicates: 1 })
    expect(await app.must('POST', '/outcome', { token: other, id: 'in time', measures: { win: 1 } })).toEqual({ accepted: 1, duplicates: 0 })
    const [kept] = await run((sql) => sql<{ late: number; noted: number }[]>`
      select (select count(*)::int from outcomes where scope = ${scope} and late) as late,
        (select sum(late)::int from ingest_health where scope = ${scope}) as noted`)
    expect(kept).toEqual({ late: 1, noted: 1 })
    const variants = await reportOf('windowed')
    expect(variants.reduce((sum, { outcomes }) => sum + outcomes, 0)).toBe(1)
    expect((await app.call('GET', '/metrics')).text).toMatch(/^contender_outcomes_total\{result="late"\} 1$/m)
  })

  it.each([['used before', true], ['never used', false]])('57 refuses tokens of an experiment that was deleted (%s)', async (_what, used) => {
    const key = used ? 'gone-used' : 'gone-unused'
    await start(key)
    const { token: own } = await app.must('POST', '/assign', { experiment: key, unit: 'u' })
    if (used) await app.must('POST', '/outcome', { token: own, id: 'before', measures: { win: 1 } })
    const { id, scope } = await scopeOf(key)
    const { run } = app.service.database.api
    await expect.poll(() => run(async (sql) => (await sql`select unit from units where scope = ${scope}`).length)).toBe(1)
    for (const table of ['units', 'rollups', 'outcome_keys', 'outcomes', 'ingest_health']) {
      await run((sql) => sql`delete from ${sql(table)} where scope = ${scope}`)
    }
    await run((sql) => sql`delete from scopes where id = ${scope}`)
    await run((sql) => sql`update experiments set state = 'stopped', scope = null where id = ${id}`)
    await refuses(app, used ? 'unknown_unit' : 'bad_token', () => app.call('POST', '/outcome', { token: own, id: 'after', measures: { win: 1 } }))
  })

  it('66 refuses ten values of 1e308, and keeps sums of what it takes finite', async () => {
    for (const kind of ['total', 'mean']) {
      await app.must('POST', '/api/metrics', { key: `amount-${kind}`, kind, measure: 'amount', direction: 'increase' })
    }
    await start('huge', { metrics: ['total', 'mean'].map((kind) => ({ metric: `amount-${kind}`, role: 'diagnostic' })) })
    const { token: own } = await app.must('POST', '/assign', { experiment: 'huge', unit: 'u' })
    const send = (id: string, amount: number) => app.call('POST', '/outcome', { token: own, id, measures: { amount } })
    for (let index = 0; index < 10; index++) await refuses(app, 'out_of_range', () => send(`huge-${index}`, 1e308))
    await refuses(app, 'out_of_range', () => send('huge-negative', -1e308))
    for (let index = 0; index < 10; index++) expect((await send(`large-${index}`, 1e100)).body).toEqual({ accepted: 1, duplicates: 0 })
    const sums = await app.service.database.api.run(async (sql) => {
      const { scope } = await scopeOf('huge')
      return sql<Record<string, number>[]>`select sx, sy, sxx, sxy, syy from rollups where scope = ${scope}`
    })
    expect(sums.length).toBeGreaterThan(0)
    for (const row of sums) expect(Object.values(row).filter((sum) => !Number.isFinite(sum))).toEqual([])
    const [one] = (await reportOf('huge')).filter(({ outcomes }) => outcomes > 0)
    expect(one?.metrics['amount-total']?.estimate).toBeCloseTo(1e101, -90)
    expect(one?.metrics['amount-mean']?.estimate).toBeCloseTo(1e100, -90)
  })

  it('81 counts the outcome of a variant that was killed meanwhile', async () => {
    await start('killing', { variants: [
      { key: 'a', version: '1', control: true }, { key: 'b', version: '2' }, { key: 'c', version: '3' },
    ] })
    const tokenOf = async (wanted: string): Promise<string> => {
      for (let unit = 0; ; unit++) {
        const { variant, token: own } = await app.must('POST', '/assign', { experiment: 'killing', unit: `unit-${unit}` })
        if (variant === wanted) return own as string
      }
    }
    const own = await tokenOf('b')
    const { scope } = await scopeOf('killing')
    await app.must('POST', '/api/experiments/killing/actions', { action: 'kill', variant: 'b', reason: 'test' })
    expect(await app.must('POST', '/outcome', { token: own, id: 'after', measures: { win: 1 } })).toEqual({ accepted: 1, duplicates: 0 })
    // the kill opened another scope; the outcome belongs to the one in which its unit was exposed
    const rows = await app.service.database.api.run((sql) => sql<{ metric: number; sx: number }[]>`
      select metric, sum(sx)::float8 as sx from rollups where scope = ${scope} and variant = 1 and metric < 2 group by metric order by metric`)
    expect(rows).toEqual([{ metric: 0, sx: 1 }, { metric: 1, sx: 1 }])
  })
})

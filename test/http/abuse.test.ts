import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { raw } from './raw.ts'
import { bare, define, expectProblem, experimentOf, startApp, startExperiment, type TestApp } from './support.ts'

let app: TestApp
let token = ''
beforeAll(async () => {
  app = await startApp()
  await define(app)
  token = (await app.must('POST', '/assign', { experiment: 'live', unit: 'first' }))['token'] as string
})
afterAll(() => app.close())

/** What the store holds of the two calls; bad input must never change it. */
const stored = async (): Promise<unknown> =>
  app.service.database.api.run((sql) => sql`
    select (select count(*) from outcomes) as outcomes, (select count(*) from outcome_keys) as keys,
      (select count(*) from experiments) as experiments, (select count(*) from metrics) as metrics, (select count(*) from models) as models`)

const json = { 'content-type': 'application/json' }
const assign = { experiment: 'live', unit: 'u' }
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const chunked = (bytes: number): ReadableStream =>
  new ReadableStream({
    pull(controller) {
      if (bytes <= 0) return controller.close()
      controller.enqueue(new Uint8Array(Math.min(bytes, 65_536)).fill(32))
      bytes -= 65_536
    },
  })

type Text = [what: string, code: string, body: string | Uint8Array | ReadableStream, headers?: Record<string, string>]

const anyCall: Text[] = [
  ['an empty body', 'malformed_json', ''],
  ['half an object', 'malformed_json', '{'],
  ['null', 'invalid_body', 'null'],
  ['a list', 'invalid_body', '[]'],
  ['NaN', 'malformed_json', '{"experiment": NaN}'],
  ['bytes that are not UTF-8', 'malformed_json', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ['10,000 levels', 'too_deep', deep(10_000)],
  ['text', 'unsupported_media_type', JSON.stringify(assign), { 'content-type': 'text/plain' }],
  ['a form', 'unsupported_media_type', 'experiment=live', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['compressed bytes', 'unsupported_media_type', 'x', { ...json, 'content-encoding': 'gzip' }],
  ['more than the limit', 'too_large', ' '.repeat(65_537)],
  ['more than the limit in chunks', 'too_large', chunked(200_000)],
  ['an unknown field', 'unknown_field', '{"experiment": "live", "unit": "u", "unti": 1}'],
  ['__proto__', 'invalid_body', '{"experiment": "live", "unit": "u", "__proto__": {"a": 1}}'],
]

describe('any JSON call', () => {
  it.each(anyCall)('refuses %s', async (_, code, body, headers = json) => {
    expectProblem(await app.send('POST', '/assign', body, headers), code)
  })

  it('refuses a body without a content type', async () => {
    const answer = await bare(app.url, { method: 'POST', path: '/assign', headers: { host: 'localhost' }, body: '{}' })
    expectProblem(answer, 'unsupported_media_type')
  })

  it('strips a byte order mark', async () => {
    expect((await app.send('POST', '/assign', `\ufeff${JSON.stringify(assign)}`, json)).status).toBe(200)
  })

  it('takes constructor.prototype as data, and of a key given twice the last', async () => {
    const attributes = { constructor: { prototype: { admin: true } } }
    expect((await app.call('POST', '/assign', { ...assign, attributes })).status).toBe(200)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
    expectProblem(await app.send('POST', '/assign', '{"experiment":"live","unit":"u","experiment":"nothing"}', json), 'experiment_not_found')
  })

  it('answers 405 and Allow to another method, whatever an override says', async () => {
    const answer = await app.call('GET', '/assign', undefined, { 'x-http-method-override': 'POST' })
    expectProblem(answer, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('POST')
    expect((await app.call('DELETE', '/api/models')).headers.get('allow')).toBe('POST, GET, HEAD')
  })

  it('answers 404 where nothing is', async () => {
    expectProblem(await app.call('GET', '/nothing/here'), 'not_found')
  })

  it.each([
    ['a length and chunks', 'POST /assign HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two lengths', 'POST /assign HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello', 400],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['17 KB of headers', `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
    ['a backslash', 'GET /assign\\..\\x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
  ])('the parser refuses %s', async (_, bytes, status) => {
    expect(await raw(app.url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  it('has no use for foreign hosts and foreign pages', async () => {
    const foreign = { method: 'POST', path: '/assign', headers: { ...json, host: 'evil.example' }, body: JSON.stringify(assign) }
    expectProblem(await bare(app.url, foreign), 'forbidden_host')
    const cross = { ...foreign, headers: { ...json, host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } }
    expectProblem(await bare(app.url, cross), 'cross_site')
  })
})

const badAssign: [string, string, unknown][] = [
  ['neither experiment nor model', 'invalid_body', { unit: 'u' }],
  ['both', 'invalid_body', { experiment: 'live', model: 'm', unit: 'u' }],
  ['an unknown experiment', 'experiment_not_found', { experiment: 'nothing', unit: 'u' }],
  ['an unknown model', 'model_not_found', { model: 'nothing', unit: 'u' }],
  ['a draft', 'not_running', { experiment: 'drafted', unit: 'u' }],
  ['no unit', 'invalid_body', { experiment: 'live' }],
  ['an empty unit', 'invalid_body', { experiment: 'live', unit: '' }],
  ['a number as unit', 'invalid_body', { experiment: 'live', unit: 7 }],
  ['a unit of 1,025 bytes', 'invalid_body', { experiment: 'live', unit: 'x'.repeat(1_025) }],
  ['NUL', 'invalid_text', { experiment: 'live', unit: 'a\0b' }],
  ['half a surrogate pair', 'invalid_text', { experiment: 'live', unit: '\ud800' }],
  ['a list of attributes', 'invalid_body', { ...assign, attributes: [] }],
  ['65 attributes', 'invalid_body', { ...assign, attributes: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`a${i}`, i])) }],
  ['17 levels of attributes', 'too_deep', { ...assign, attributes: { a: JSON.parse(deep(16)) } }],
  ['a path as key', 'invalid_body', { experiment: '../x', unit: 'u' }],
]

describe('/assign', () => {
  it.each(badAssign)('refuses %s', async (_, code, body) => expectProblem(await app.call('POST', '/assign', body), code))

  it('refuses a number that no double holds', async () => {
    expectProblem(await app.send('POST', '/assign', '{"experiment":"live","unit":"u","attributes":{"a":1e400}}', json), 'not_finite')
  })

  it('tells composed from decomposed letters, and rounds what a double can not hold', async () => {
    const [composed, decomposed] = ['é', 'e\u0301']
    expect(composed).not.toBe(decomposed)
    for (const unit of [composed, decomposed]) expect((await app.call('POST', '/assign', { experiment: 'live', unit })).status).toBe(200)
    expect((await app.send('POST', '/assign', '{"experiment":"live","unit":"u","attributes":{"n":9007199254740993}}', json)).status).toBe(200)
  })

  it.each([['%00'], ['%2e%2e%2fx'], ['A'], ['a'.repeat(65)]])('refuses the key %s in an address', async (key) => {
    expectProblem(await app.call('GET', `/api/experiments/${key}`), 'invalid_path')
  })

  it.each([[0], [1_001]])('refuses a batch of %i', async (count) => {
    expectProblem(await app.call('POST', '/assign/batch', { requests: Array.from({ length: count }, () => assign) }), 'invalid_body')
  })

  it('answers the good ones of a batch, and says what is wrong with the others in their place', async () => {
    const { results } = await app.must('POST', '/assign/batch', { requests: [assign, { ...assign, unit: '' }, { ...assign, experiment: 'nothing' }, assign] })
    expect(results).toMatchObject([
      { experiment: 'live' }, { error: { code: 'invalid_body' } }, { error: { code: 'experiment_not_found' } }, { experiment: 'live' },
    ])
  })
})

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

const badOutcome: [string, string, () => unknown][] = [
  ['an empty token', 'bad_token', outcome({ token: '' })],
  ['a truncated token', 'bad_token', () => outcome({ token: token.slice(0, -1) })()],
  ['a flipped bit', 'bad_token', () => outcome({ token: flipped() })()],
  ['a token of version 0', 'bad_token', () => outcome({ token: `v0${token.slice(2)}` })()],
  ['a token without a signature', 'bad_token', outcome({ token: 'eyJhbGciOiJub25lIn0.e30.' })],
  ['another spelling of the token', 'bad_token', () => outcome({ token: respelled() })()],
  ['a token and another experiment', 'invalid_body', outcome({ experiment: 'drafted' })],
  ['no measure', 'invalid_body', outcome({ measures: {} })],
  ['an unknown measure', 'unknown_measure', outcome({ measures: { nothing: 1 } })],
  ['a text as measure', 'invalid_body', outcome({ measures: { win: '1' } })],
  ['null as measure', 'invalid_body', outcome({ measures: { win: null } })],
  ['a value beyond its range', 'out_of_range', outcome({ measures: { score: 101 } })],
  ['a value below its range', 'out_of_range', outcome({ measures: { score: -1 } })],
  ['yesterday', 'invalid_body', outcome({ at: 'yesterday' })],
  ['a time to come', 'in_future', () => outcome({ at: at(3_600_000) })()],
  ['a time before 1970', 'out_of_range', outcome({ at: '1969-12-31T00:00:00Z' })],
  ['an id of 257 characters', 'invalid_body', outcome({ id: 'x'.repeat(257) })],
  ['a negative revision', 'invalid_body', outcome({ id: 'x', revision: -1 })],
  ['a unit nobody saw', 'unknown_unit', () => ({ experiment: 'live', unit: 'stranger', measures: { win: 1 }, id: 'x' })],
  ['a unit without an id', 'invalid_body', () => ({ experiment: 'live', unit: 'first', measures: { win: 1 } })],
]

describe('/outcome', () => {
  it.each(badOutcome)('refuses %s and stores nothing', async (_, code, body) => {
    const before = await stored()
    expectProblem(await app.call('POST', '/outcome', body()), code)
    expect(await stored()).toEqual(before)
  })

  it('says the same of every wrong token', async () => {
    const texts = new Set<string>()
    for (const wrong of [token.slice(0, -1), flipped(), respelled(), 'x', `v0${token.slice(2)}`]) {
      texts.add((await app.call('POST', '/outcome', { token: wrong, measures: { win: 1 } })).text)
    }
    expect(texts.size).toBe(1)
  })

  it('refuses a token of another service', async () => {
    const other = await startApp()
    try {
      await define(other)
      const { token: foreign } = await other.must('POST', '/assign', { experiment: 'live', unit: 'first' })
      expectProblem(await app.call('POST', '/outcome', { token: foreign, measures: { win: 1 } }), 'bad_token')
    } finally {
      await other.close()
    }
  })

  it('refuses 2 MB of token, 1e400 and a body that is cut short', async () => {
    expectProblem(await app.call('POST', '/outcome', { token: 'x'.repeat(2_000_000), measures: { win: 1 } }), 'too_large')
    expectProblem(await app.send('POST', '/outcome', `{"token":"${token}","measures":{"win":1e400}}`, json), 'not_finite')
    const before = await stored()
    const whole = JSON.stringify({ token, measures: { win: 1 }, id: 'cut' })
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(whole))
        setImmediate(() => controller.error(new Error('gone')))
      },
    })
    await expect(app.send('POST', '/outcome', cut, json)).rejects.toThrow()
    await app.must('GET', '/health')
    expect(await stored()).toEqual(before)
  })

  const fresh = async (unit: string): Promise<string> => (await app.must('POST', '/assign', { experiment: 'live', unit }))['token'] as string

  it('takes −0, the smallest number and a boolean', async () => {
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

  it('counts the same outcome once, and refuses another one under its id', async () => {
    const body = { token: await fresh('again'), id: 'again', measures: { win: 1, score: 5 } }
    expect(await app.must('POST', '/outcome', body)).toEqual({ accepted: 1, duplicates: 0 })
    expect(await app.must('POST', '/outcome', { ...body, measures: { score: 5, win: true } })).toEqual({ accepted: 0, duplicates: 1 })
    expectProblem(await app.call('POST', '/outcome', { ...body, measures: { win: 0 } }), 'id_conflict')
  })

  it('counts one of a hundred copies at once, in whatever order their fields are', async () => {
    const own = await fresh('copies')
    const copies = [{ token: own, measures: { win: 1, score: 2 } }, { measures: { score: 2, win: 1 }, token: own }]
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => app.must('POST', '/outcome', copies[index % 2])))
    expect(answers.reduce((sum, answer) => sum + (answer['accepted'] as number), 0)).toBe(1)
    expect(answers.reduce((sum, answer) => sum + (answer['duplicates'] as number), 0)).toBe(99)
  })

  it('finds a unit whose token was lost', async () => {
    await fresh('lost')
    const body = { experiment: 'live', unit: 'lost', id: 'lost-1', measures: { win: 1 } }
    await expect.poll(async () => (await app.call('POST', '/outcome', body)).status).toBe(200)
    expect(await app.must('POST', '/outcome', body)).toEqual({ accepted: 0, duplicates: 1 })
  })

  it('refuses 10,001 in a batch', async () => {
    const outcomes = Array.from({ length: 10_001 }, () => ({ token: 'x', measures: { win: 1 } }))
    expectProblem(await app.call('POST', '/outcome/batch', { outcomes }), 'invalid_body')
  })

  it('reads lines, the last one without its end, and tells which is broken', async () => {
    const own = await fresh('lines')
    const lines = Array.from({ length: 9 }, (_, index) => JSON.stringify({ token: own, id: `line-${index}`, measures: { win: 1 } }))
    lines[6] = '{"token": '
    const answer = await app.send('POST', '/outcome/batch', lines.join('\n'), { 'content-type': 'application/x-ndjson' })
    expect(answer.body).toEqual({ accepted: 8, duplicates: 0, rejected: [{ index: 6, code: 'malformed_json', message: expect.any(String) }] })
  })

  it('refuses 9 MB', async () => {
    expectProblem(await app.send('POST', '/outcome/batch', ' '.repeat(9_000_000), { 'content-type': 'application/x-ndjson' }), 'too_large')
  })
})

const variants = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `v${i}`, version: '1', ...(i === 0 ? { control: true } : {}) }))
const [a, b] = experimentOf('x')['variants'] as [object, object]

const badExperiment: [string, string, Record<string, unknown>][] = [
  ['no control', 'invalid_definition', { variants: [{ ...a, control: false }, b] }],
  ['two controls', 'invalid_definition', { variants: [a, { ...b, control: true }] }],
  ['the same variant twice', 'invalid_definition', { variants: [a, { ...b, key: 'a' }] }],
  ['weights of 0', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 0, b: 0 } }] }],
  ['negative weights', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 1.5, b: -0.5 } }] }],
  ['weights that do not sum to 1', 'invalid_definition', { stages: [{ allocation: 'fixed', weights: { a: 0.3, b: 0.3 } }] }],
  ['alpha of 0', 'invalid_definition', { policy: { alpha: 0 } }],
  ['alpha of 1', 'invalid_definition', { policy: { alpha: 1 } }],
  ['alpha as text', 'invalid_body', { policy: { alpha: '0.05' } }],
  ['a negative duration', 'invalid_definition', { policy: { minDuration: 'P-1D' } }],
  ['a duration of years', 'invalid_definition', { policy: { maxDuration: 'P99999Y' } }],
  ['less time than it needs', 'invalid_definition', { policy: { minDuration: 'P2D', maxDuration: 'P1D' } }],
  ['1,000 variants', 'invalid_definition', { variants: variants(1_000) }],
  ['a guardrail without a margin', 'invalid_definition', { metrics: [{ metric: 'win', role: 'guardrail' }] }],
  ['an unknown metric', 'invalid_definition', { metrics: [{ metric: 'nothing', role: 'decision' }] }],
  ['an unknown operator', 'invalid_definition', { audience: { regex: ['x'] } }],
  ['an existing key', 'already_exists', { key: 'live' }],
]

describe('/api/experiments', () => {
  it.each(badExperiment)('refuses %s', async (_, code, more) => {
    const before = await stored()
    expectProblem(await app.call('POST', '/api/experiments', experimentOf('bad', more)), code)
    expect(await stored()).toEqual(before)
  })

  it('refuses a rule of 10,000 levels', async () => {
    const rule = `${'{"!":['.repeat(10_000)}1${']}'.repeat(10_000)}`
    const body = JSON.stringify(experimentOf('bad', { audience: '?' })).replace('"?"', rule)
    expectProblem(await app.send('POST', '/api/experiments', body, json), 'invalid_definition')
  })

  it('refuses a megabyte of payload', async () => {
    const body = experimentOf('bad', { variants: [{ ...a, payload: 'x'.repeat(1_100_000) }, b] })
    expectProblem(await app.call('POST', '/api/experiments', body), 'too_large')
  })

  it.each([
    ['PUT of a running one', 'PUT', '/api/experiments/live', experimentOf('live')],
    ['DELETE of a running one', 'DELETE', '/api/experiments/live', undefined],
    ['start twice', 'POST', '/api/experiments/live/actions', { action: 'start', reason: 'again' }],
    ['kill of the control', 'POST', '/api/experiments/live/actions', { action: 'kill', variant: 'a', reason: 'test' }],
  ])('refuses %s with 409', async (_, method, path, body) => {
    expect((await app.call(method, path, body)).status).toBe(409)
  })

  it.each([
    ['without a reason', { action: 'pause' }],
    ['with an empty reason', { action: 'pause', reason: ' ' }],
    ['with 10 KB of reason', { action: 'pause', reason: 'x'.repeat(10_000) }],
    ['of another name', { action: 'explode', reason: 'test' }],
  ])('refuses an action %s', async (_, body) => {
    expectProblem(await app.call('POST', '/api/experiments/live/actions', body), 'invalid_body')
  })

  it('lets one of two promotions at once win', async () => {
    await startExperiment(app, 'race')
    const promote = { action: 'promote', variant: 'b', reason: 'race' }
    const answers = await Promise.all([1, 2].map(() => app.call('POST', '/api/experiments/race/actions', promote)))
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 409])
    const { items } = await app.must('GET', '/api/models/race/champion/history')
    expect((items as { version: string }[]).filter((one) => one.version === '2')).toHaveLength(1)
  })

  it.each([['limit=-1'], ['limit=501'], ['limit=x'], ["cursor=';DROP TABLE models"], ['cursor='], ['lmit=5']])('refuses a list with ?%s', async (query) => {
    expectProblem(await app.call('GET', `/api/experiments?${query}`), 'invalid_query')
  })

  it('refuses a moment that is none', async () => {
    expectProblem(await app.call('GET', '/api/experiments/live/report?asOf=yesterday'), 'invalid_query')
  })
})

describe('pages', () => {
  it('escapes what people wrote, and lets nothing run', async () => {
    await app.must('POST', '/api/models', { key: 'marked', description: '<script>alert(1)</script>"\'&' })
    const { text, headers } = await app.call('GET', '/')
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;')
    expect(text).not.toContain('<script>alert')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/)
  })

  it('does not repeat a foreign path', async () => {
    const answer = await app.call('GET', '/experiments/<svg onload=alert(1)>')
    expect(answer.status).toBe(404)
    expect(answer.text).not.toContain('<svg')
  })

  it('takes a malformed If-None-Match for none', async () => {
    expect((await app.call('GET', '/snapshot', undefined, { 'if-none-match': '"\\,,W/' })).status).toBe(200)
  })
})

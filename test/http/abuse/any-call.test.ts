import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { raw } from '../raw.ts'
import { bare, define, expectProblem, startApp, type TestApp } from '../support.ts'
import { chunked, deep, json, refuses } from './support.ts'

/** Numbers are those of the list of bad inputs; 21 to 25 and 28 are in auth.test.ts. */
let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

const assign = { experiment: 'live', unit: 'u' }

type Body = string | Uint8Array | ReadableStream
type Text = [number: number, what: string, code: string, body: () => Body, headers?: Record<string, string>]

const texts: Text[] = [
  [1, 'an empty body', 'malformed_json', () => ''],
  [2, 'half an object', 'malformed_json', () => '{'],
  [3, 'null', 'invalid_body', () => 'null'],
  [4, 'a list', 'invalid_body', () => '[]'],
  [5, 'NaN', 'malformed_json', () => '{"experiment": NaN}'],
  [6, 'bytes that are not UTF-8', 'malformed_json', () => Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  [8, '10,000 levels', 'too_deep', () => deep(10_000)],
  [9, 'text', 'unsupported_media_type', () => JSON.stringify(assign), { 'content-type': 'text/plain' }],
  [9, 'a form', 'unsupported_media_type', () => 'experiment=live', { 'content-type': 'application/x-www-form-urlencoded' }],
  [11, 'compressed bytes', 'unsupported_media_type', () => 'x', { ...json, 'content-encoding': 'gzip' }],
  [12, 'more than the limit', 'too_large', () => ' '.repeat(1_100_000)],
  [13, 'more than the limit in chunks', 'too_large', () => chunked(1_200_000)],
]

/** The short way of the hot calls and the long one read bodies differently. */
const routes = ['/assign', '/outcome', '/api/models']

describe('any JSON call', () => {
  describe.each(routes)('POST %s', (path) => {
    it.each(texts)('%i refuses %s', async (_number, _what, code, body, headers = json) => {
      await refuses(app, code, () => app.send('POST', path, body(), headers))
    })

    it('10 refuses a body without a content type', async () => {
      await refuses(app, 'unsupported_media_type', () =>
        bare(app.url, { method: 'POST', path, headers: { host: 'localhost' }, body: '{}' }))
    })
  })

  it.each([
    [16, 'an unknown field', 'unknown_field', '{"experiment": "live", "unit": "u", "unti": 1}', 'unti'],
    [17, '__proto__', 'invalid_body', '{"experiment": "live", "unit": "u", "__proto__": {"a": 1}}', '__proto__'],
    [17, '__proto__ among attributes', 'invalid_body', '{"experiment": "live", "unit": "u", "attributes": {"__proto__": 1}}', '__proto__'],
  ])('%i refuses %s and names it', async (_number, _what, code, body, name) => {
    const answer = await refuses(app, code, () => app.send('POST', '/assign', body, json))
    expect(JSON.stringify(answer.body['errors'])).toContain(name)
  })

  it('7 strips a byte order mark', async () => {
    expect((await app.send('POST', '/assign', `\ufeff${JSON.stringify(assign)}`, json)).status).toBe(200)
    expect((await app.send('POST', '/assign', `\ufeff${JSON.stringify({ ...assign, attributes: { n: [1] } })}`, json)).status).toBe(200)
  })

  it('18 takes constructor.prototype as data', async () => {
    const attributes = { constructor: { prototype: { admin: true } } }
    expect((await app.call('POST', '/assign', { ...assign, attributes })).status).toBe(200)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  it('19 takes the last of a key given twice', async () => {
    expectProblem(await app.send('POST', '/assign', '{"experiment":"live","unit":"u","experiment":"nothing"}', json), 'experiment_not_found')
    expect((await app.send('POST', '/assign', '{"experiment":"nothing","unit":"u","experiment":"live"}', json)).status).toBe(200)
  })

  it.each([
    ['GET', '/assign', 'POST'],
    ['PUT', '/outcome', 'POST'],
    ['DELETE', '/api/models', 'POST, GET, HEAD'],
  ])('20 and 27 answer 405 and Allow to %s %s, whatever an override says', async (method, path, allow) => {
    const answer = await app.call(method, path, undefined, { 'x-http-method-override': 'POST' })
    expectProblem(answer, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe(allow)
  })

  it('answers 404 where nothing is', async () => {
    expectProblem(await app.call('GET', '/nothing/here'), 'not_found')
  })

  it.each([
    [14, 'a length and chunks', 'POST /assign HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    [14, 'two lengths', 'POST /assign HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello', 400],
    [14, 'a negative length', 'POST /assign HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
    [15, '17 KB of headers', `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
    [44, 'a backslash', 'GET /assign\\..\\x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400],
  ])('%i the parser refuses %s', async (_number, _what, bytes, status) => {
    expect(await raw(app.url, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*application/problem\\+json`))
  })

  it('14 the parser refuses a request without a host', async () => {
    expect(await raw(app.url, 'GET /health HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('12 says that the connection ends with a body that is not read to its end', async () => {
    const begun = 'POST /assign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n{'
    expect(await raw(app.url, begun)).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i)
  })

  it('26 has no use for foreign hosts and foreign pages', async () => {
    const foreign = { method: 'POST', path: '/assign', headers: { ...json, host: 'evil.example' }, body: JSON.stringify(assign) }
    expectProblem(await bare(app.url, foreign), 'forbidden_host')
    const cross = { ...foreign, headers: { ...json, host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } }
    expectProblem(await bare(app.url, cross), 'cross_site')
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { define, expectProblem, startApp, type TestApp } from '../support.ts'
import { deep, json, refuses } from './support.ts'

/** Numbers are those of the list of bad inputs; 48 is in rate-limit.test.ts. */
let app: TestApp
beforeAll(async () => {
  app = await startApp()
  await define(app)
})
afterAll(() => app.close())

const assign = { experiment: 'live', unit: 'u' }
const attributesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, index]))

const bad: [number: number, what: string, code: string, body: unknown][] = [
  [29, 'neither experiment nor model', 'invalid_body', { unit: 'u' }],
  [30, 'both', 'invalid_body', { experiment: 'live', model: 'm', unit: 'u' }],
  [31, 'an unknown experiment', 'experiment_not_found', { experiment: 'nothing', unit: 'u' }],
  [31, 'an unknown model', 'model_not_found', { model: 'nothing', unit: 'u' }],
  [32, 'a draft', 'not_running', { experiment: 'drafted', unit: 'u' }],
  [33, 'no unit', 'invalid_body', { experiment: 'live' }],
  [34, 'an empty unit', 'invalid_body', { experiment: 'live', unit: '' }],
  [35, 'a number as unit', 'invalid_body', { experiment: 'live', unit: 7 }],
  [36, 'a unit of 1,025 bytes', 'invalid_body', { experiment: 'live', unit: 'x'.repeat(1_025) }],
  [36, 'a unit of 1,026 bytes in 513 characters', 'invalid_body', { experiment: 'live', unit: 'é'.repeat(513) }],
  [37, 'NUL', 'invalid_text', { experiment: 'live', unit: 'a\0b' }],
  [37, 'NUL in an attribute', 'invalid_text', { ...assign, attributes: { a: ['\0'] } }],
  [38, 'half a surrogate pair', 'invalid_text', { experiment: 'live', unit: '\ud800' }],
  [40, 'a list of attributes', 'invalid_body', { ...assign, attributes: [] }],
  [41, '65 attributes', 'invalid_body', { ...assign, attributes: attributesOf(65) }],
  [8, '17 levels of attributes', 'too_deep', { ...assign, attributes: { a: JSON.parse(deep(16)) } }],
  [44, 'a path as key', 'invalid_body', { experiment: '../x', unit: 'u' }],
]

describe('/assign', () => {
  it.each(bad)('%i refuses %s', async (_number, _what, code, body) => {
    await refuses(app, code, () => app.call('POST', '/assign', body))
  })

  it('36 and 41 take a unit of 1,024 bytes and 64 attributes', async () => {
    const answer = await app.call('POST', '/assign', { experiment: 'live', unit: 'é'.repeat(512), attributes: attributesOf(64) })
    expect(answer.status).toBe(200)
  })

  it('39 tells composed from decomposed letters: two units', async () => {
    const [composed, decomposed] = ['é', 'e\u0301']
    expect(composed).not.toBe(decomposed)
    const { hashUnit } = app.service.deps
    expect(hashUnit('user', composed!)).not.toBe(hashUnit('user', decomposed!))
    for (const unit of [composed, decomposed]) expect((await app.call('POST', '/assign', { experiment: 'live', unit })).status).toBe(200)
  })

  it.each(['"a":1e400', '"a":[1e400]', '"a":-1e400'])('42 refuses the number in {%s}', async (attribute) => {
    await refuses(app, 'not_finite', () => app.send('POST', '/assign', `{"experiment":"live","unit":"u","attributes":{${attribute}}}`, json))
  })

  it('43 rounds what a double can not hold', async () => {
    expect((await app.send('POST', '/assign', '{"experiment":"live","unit":"u","attributes":{"n":9007199254740993}}', json)).status).toBe(200)
  })

  it.each(['%00', '%2e%2e%2fx', 'A', 'a'.repeat(65)])('44 refuses the key %s in an address', async (key) => {
    expectProblem(await app.call('GET', `/api/experiments/${key}`), 'invalid_path')
  })

  it.each(['../x', '%2e%2e/x'])('44 finds nothing at /api/experiments/%s', async (path) => {
    expectProblem(await app.call('GET', `/api/experiments/${path}`), 'not_found')
  })

  it.each([[45, 0], [46, 1_001]])('%i refuses a batch of %i', async (_number, count) => {
    const requests = Array.from({ length: count }, () => assign)
    await refuses(app, 'invalid_body', () => app.call('POST', '/assign/batch', { requests }))
  })

  it('47 answers the good ones of a batch, and says what is wrong with the others in their place', async () => {
    const requests = [assign, { ...assign, unit: '' }, { ...assign, experiment: 'nothing' }, 'nonsense', assign]
    expect((await app.must('POST', '/assign/batch', { requests }))['results']).toMatchObject([
      { experiment: 'live' }, { error: { code: 'invalid_body' } }, { error: { code: 'experiment_not_found' } },
      { error: { code: 'invalid_body' } }, { experiment: 'live' },
    ])
  })
})

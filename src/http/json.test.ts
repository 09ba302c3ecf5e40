import { describe, expect, it } from 'vitest'
import { checkJson, parseJson } from './json.ts'

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

describe('checkJson', () => {
  it.each([
    ['NUL in a text', { a: 'x\0' }, 'invalid_text'],
    ['NUL in a name', { 'x\0': 1 }, 'invalid_text'],
    ['half a surrogate pair', { a: ['\udc00'] }, 'invalid_text'],
    ['a number beyond all', { a: { b: JSON.parse('1e400') } }, 'not_finite'],
    ['__proto__ anywhere', { a: [JSON.parse('{"__proto__": {}}')] }, 'invalid_body'],
    ['17 levels', nested(17), 'too_deep'],
    ['10,000 levels', nested(10_000), 'too_deep'],
  ])('refuses %s', (_, value, code) => {
    expect(() => checkJson(value)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['16 levels', nested(16)],
    ['names of the object prototype', { constructor: { prototype: 1 }, toString: 2 }],
    ['the smallest number', { a: 5e-324 }],
  ])('takes %s', (_, value) => {
    expect(() => checkJson(value)).not.toThrow()
  })

  it('lets a rule be deeper, and calls one that is too deep a bad definition', () => {
    expect(() => checkJson({ audience: nested(40) }, ['audience'])).not.toThrow()
    expect(() => checkJson({ audience: nested(10_000) }, ['audience'])).toThrow(expect.objectContaining({ code: 'invalid_definition' }))
  })
})

describe('parseJson', () => {
  it.each(['', '{', 'NaN', "{'a': 1}", '{"a": 1}}'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'malformed_json' }))
  })

  it('does not repeat the body in its answer', () => {
    const secret = 'ctd_verysecret'
    expect(() => parseJson(`{"key": ${secret}}`)).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }))
  })
})

import { describe, expect, it } from 'vitest'
import { jsonDiff } from './json-diff.ts'

describe('jsonDiff', () => {
  it('names what was changed, added and removed, however deep', () => {
    const before = { endpoint: 'one', sampling: { temperature: 0.2, top: [1, 2, 3] }, gone: null, same: { a: [1] } }
    const after = { endpoint: 'two', sampling: { temperature: 0.2, top: [1, 5] }, same: { a: [1] }, 'a key': true }
    expect(jsonDiff(before, after)).toEqual({
      more: false,
      changes: [
        { path: 'endpoint', before: 'one', after: 'two' },
        { path: 'sampling.top[1]', before: 2, after: 5 },
        { path: 'sampling.top[2]', before: 3 },
        { path: 'gone', before: null },
        { path: '["a key"]', after: true },
      ],
    })
  })

  it('tells of a value of another kind as a whole', () => {
    expect(jsonDiff([1], { 0: 1 }).changes).toEqual([{ path: '', before: [1], after: { 0: 1 } }])
    expect(jsonDiff(undefined, 'x').changes).toEqual([{ path: '', after: 'x' }])
    expect(jsonDiff(null, null).changes).toEqual([])
  })

  it('takes members that every object inherits for members that are not there', () => {
    expect(jsonDiff(JSON.parse('{"__proto__": {"a": 1}}'), {}).changes).toEqual([{ path: '__proto__', before: { a: 1 } }])
    expect(jsonDiff({}, { constructor: 1 }).changes).toEqual([{ path: 'constructor', after: 1 }])
  })

  it('stops where there is too much to tell', () => {
    const { changes, more } = jsonDiff(Array.from({ length: 1e5 }, (_, index) => index), [], 3)
    expect([changes.map(({ path }) => path), more]).toEqual([['[0]', '[1]', '[2]'], true])
  })
})

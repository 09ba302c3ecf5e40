import { describe, expect, it } from 'vitest'
import { blocksOf, missingFrom } from './blocks.ts'

describe('blocks of a document', () => {
  it('are its shell blocks, each with the answer behind it', () => {
    const text = 'a\n\n```sh\none\ntwo\n```\nthen\n\n```json\n{"a":1}\n```\n\n```sh\nthree\n```\n'
    expect(blocksOf(text)).toEqual([{ line: 3, code: 'one\ntwo\n', answer: '{"a":1}\n' }, { line: 13, code: 'three\n', answer: null }])
  })
})

describe('an answer as shown', () => {
  const actual = '{"units":1,"variants":[{"key":"old","metrics":{"liked":{"n":1}}}],"summary":{"headline":"a: b"}}\n'

  it('may leave things out where it says so', () => {
    expect(missingFrom(actual, '{"units":7,\n "variants":[{"key":"new", …}], "summary":{"headline": "…"}}')).toEqual([])
  })

  it('must not show what is not there, or not in this order', () => {
    expect(missingFrom(actual, '{"units":1,"wins":2, …}')).toEqual(['wins'])
    expect(missingFrom(actual, '{"variants":[…],"units":1}')).toEqual(['units'])
    expect(missingFrom('{"accepted":1}\n{"accepted":0}\n', '{"accepted": 1}\n{"accepted": 2}\n')).toEqual(['{"accepted": 2}'])
  })
})

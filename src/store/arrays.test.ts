import { describe, expect, it } from 'vitest'
import { formatArray, parseArray } from './arrays.ts'

describe('parseArray', () => {
  it.each([
    ['{}', []],
    ['{1,-2.5e3,NaN}', ['1', '-2.5e3', 'NaN']],
    ['{NULL,"NULL"}', [null, 'NULL']],
    [String.raw`{"","a b","say \"hi\"","back\\slash","{,}"}`, ['', 'a b', 'say "hi"', 'back\\slash', '{,}']],
    ['{{1,2},{3,NULL}}', [['1', '2'], ['3', null]]],
    ['[0:1]={7,8}', ['7', '8']],
    ['{2026-01-02 03:04:05+00}', ['2026-01-02 03:04:05+00']],
    ['{"2026-01-02 03:04:05+00"}', ['2026-01-02 03:04:05+00']],
    ['{"line\nbreak",ünï}', ['line\nbreak', 'ünï']],
  ])('%s', (literal, elements) => {
    expect(parseArray(literal)).toEqual(elements)
  })
})

describe('formatArray', () => {
  it('is read back as it was', () => {
    const values = ['', 'NULL', ' a ', '"', '\\', '{,}', 'line\nbreak', 'ünï']
    expect(parseArray(formatArray(values, String))).toEqual(values)
  })

  it('nests, and leaves literals alone', () => {
    expect(formatArray([[1, 2], [3, null]], String)).toBe('{{"1","2"},{"3",NULL}}')
    expect(formatArray('{1,2}', String)).toBe('{1,2}')
  })
})

import { expect, it } from 'vitest'
import { placeOf } from './json-place.ts'

it.each([
  ['{"a": x}', 1, 7], ['{"a": 1,}', 1, 9], ['{\n  "a": 1\n  "b": 2\n}', 3, 3], ['[1 2]', 1, 4], ['key,n\na,1', 1, 1], ['{"a": 01}', 1, 8], ['{"a": 1}\n}', 2, 1],
])('%j is no JSON from line %i, column %i', (text, line, column) => {
  expect(placeOf(text)).toMatchObject({ line, column, ended: false, text: text.split('\n')[line - 1] })
})

it.each(['', '{"a": ', '{"a": "b', '{"a": tr', '[1,\n  2\n'])('%j ends too early', (text) => {
  expect(placeOf(text)).toMatchObject({ ended: true, line: text.trimEnd().split('\n').length })
})

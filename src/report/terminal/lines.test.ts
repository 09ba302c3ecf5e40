import { describe, expect, it } from 'vitest'
import { bar, columns, ordinalMark, wrap } from './lines.ts'

describe('lines of text', () => {
  it('stand below each other whatever colours they have', () => {
    const red = (text: string): string => `<red>${text}</red>`
    expect(columns([['a', { text: 'long', paint: red }, 'x'], ['bbb', { text: '1', align: 'right' }, '']])).toEqual(['a    <red>long</red>  x', 'bbb     1'])
  })

  it('are no wider than asked, and keep their indent', () => {
    expect(wrap('  one two three four', 11, 4)).toEqual(['  one two', '    three', '    four'])
    expect(wrap('short', 80)).toEqual(['short'])
  })

  it('number decisions, and draw shares', () => {
    expect([1, 20, 21, 35, 36, 50, 51].map(ordinalMark)).toEqual(['①', '⑳', '㉑', '㉟', '㊱', '㊿', '(51)'])
    expect([0, 0.5, 1 / 3, 1].map((share) => bar(share, 4))).toEqual(['    ', '██  ', '█▍  ', '████'])
  })
})

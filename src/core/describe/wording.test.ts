import { describe, expect, it } from 'vitest'
import { bound, endPoints, plainly, range, shareScale } from './wording.ts'

describe('a number that somebody declared', () => {
  it.each([[0, '0'], [0.5, '0.5'], [2, '2'], [15, '15'], [0.025, '0.025'], [2.25, '2.25'], [1_200, '1,200'], [100, '100'], [-0.5, '−0.5'], [0.1 + 0.2, '0.3'], [29_000_000, '29,000,000']])(
    '%d is read as %s', (value, text) => expect(plainly(value)).toBe(text),
  )
})

describe('an end of a range', () => {
  it.each([[-18.2, 0, '−18'], [-0.07, 0, '−0.1'], [0.004, 1, '+0.004'], [-0.3, 0, '−0.3'], [0, 1, '0.0'], [-1e-12, 1, '0.0'], [3.06, 1, '+3.1']])(
    '%d to %d digits shows its side of 0: %s', (value, digits, text) => expect(bound(value, digits, true)).toBe(text),
  )

  it('is read so in points and in ranges', () => {
    expect(endPoints(-0.0004, shareScale, 1)).toBe('−0.04 pp')
    expect(range({ estimate: -0.09, lower: -0.18, upper: -0.0007 }, shareScale, 0)).toBe('−18 to −0.1 pp')
  })
})

import { describe, expect, it } from 'vitest'
import { plainly } from './wording.ts'

describe('a number that somebody declared', () => {
  it.each([[0, '0'], [0.5, '0.5'], [2, '2'], [15, '15'], [0.025, '0.025'], [2.25, '2.25'], [1_200, '1,200'], [100, '100'], [-0.5, '−0.5'], [0.1 + 0.2, '0.3'], [29_000_000, '29,000,000']])(
    '%d is read as %s', (value, text) => expect(plainly(value)).toBe(text),
  )
})

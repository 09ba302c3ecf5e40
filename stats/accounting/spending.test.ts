import { describe, expect, it } from 'vitest'
import { dayPart } from './spending.ts'

describe('dayPart', () => {
  it.each([1, 2, 15, 90])('of %i planned days gives each the same, and never more than one in all', (planned) => {
    const parts = Array.from({ length: 100_000 }, (_, day) => dayPart(day, planned))
    expect(new Set(parts.slice(0, planned)).size).toBe(1)
    const sum = parts.reduce((all, part) => all + part, 0)
    expect(sum).toBeLessThan(1)
    expect(sum).toBeCloseTo(1, 5)
    expect(parts.slice(planned, planned + 3)).toEqual([0.1 / 2, 0.1 / 6, 0.1 / 12])
  })

  it('names what is no count', () => {
    expect(() => dayPart(-1, 2)).toThrow(/^day/)
    expect(() => dayPart(0, 0)).toThrow(/^planned/)
  })
})

import { describe, expect, it } from 'vitest'
import { momentText, timeTicks } from './moments.ts'
import { roundedRange, valueTicks } from './values.ts'

describe('valueTicks', () => {
  it('are round, hold zero, and know their digits', () => {
    expect(valueTicks({ lower: -10, upper: 20 })).toEqual({ values: [-10, -5, 0, 5, 10, 15, 20], digits: 0 })
    const fine = valueTicks({ lower: -0.004, upper: 0.011 })
    expect(fine.digits).toBe(3)
    expect(fine.values).toContain(0)
  })

  it.each([1e-6, 0.013, 1, 37, 12_345])('are neither few nor many for a rounded range about %d wide', (width) => {
    const { values } = valueTicks(roundedRange({ lower: -0.3 * width, upper: 0.7 * width }))
    expect(values.length).toBeGreaterThanOrEqual(3)
    expect(values.length).toBeLessThanOrEqual(9)
  })
})

describe('timeTicks', () => {
  const start = Date.parse('2026-11-01T00:00:00Z')

  it('are days for a week and hours for a day, days named at midnight', () => {
    expect(timeTicks(start, start + 7 * 86_400_000, 8).map(({ text }) => text)).toEqual(['1 Nov', '2 Nov', '3 Nov', '4 Nov', '5 Nov', '6 Nov', '7 Nov', '8 Nov'])
    expect(timeTicks(start + 3_600_000, start + 86_400_000, 5).map(({ text }) => text)).toEqual(['06:00', '12:00', '18:00', '2 Nov'])
  })

  it.each([60_000, 7_200_000, 86_400_000, 30 * 86_400_000, 3_000 * 86_400_000])('never more than were asked for in %i ms', (span) => {
    for (const most of [4, 9]) expect(timeTicks(start + 12_345, start + 12_345 + span, most).length).toBeLessThanOrEqual(most)
  })

  it('are said in UTC', () => expect(momentText(start + 4.5 * 3_600_000)).toBe('1 Nov 04:30 UTC'))
})

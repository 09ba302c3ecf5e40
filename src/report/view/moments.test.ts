import { describe, expect, it } from 'vitest'
import { ageText, daysText, dayText, momentText } from './moments.ts'

const now = Date.parse('2026-11-21T14:00:00Z')

describe('moments', () => {
  it('are told in UTC, with the year only where it is another', () => {
    expect([dayText('2026-10-12T23:59:00Z', now), dayText('2025-11-03T00:00:00Z', now)]).toEqual(['12 Oct', '3 Nov 2025'])
    expect(momentText('2026-10-12T09:05:00.000Z', now)).toBe('12 Oct, 09:05')
  })

  it('make spans of days, one day being one', () => {
    expect(daysText('2026-10-12T00:00:00Z', '2026-11-03T00:00:00Z', now)).toBe('12 Oct–3 Nov')
    expect(daysText('2026-10-12T00:00:00Z', '2026-10-12T09:00:00Z', now)).toBe('12 Oct')
    expect(daysText('2026-10-12T00:00:00Z', null, now)).toBe('12 Oct–today')
  })

  it.each([
    ['2026-11-21T13:59:30Z', 'less than a minute'], ['2026-11-21T13:00:00Z', '1 hour'], ['2026-11-18T13:00:00Z', '3 days'],
    ['2024-11-18T13:00:00Z', '2 years'], ['2026-11-21T14:00:05Z', 'less than a minute'],
  ])('%s was %s ago', (at, words) => expect(ageText(at, now)).toBe(words))
})

import { describe, expect, it } from 'vitest'
import { FreezeWindow } from './definitions.ts'
import { frozenAt } from './freeze-windows.ts'

const until = (windows: unknown[], at: string): string | null =>
  frozenAt(windows.map((one) => FreezeWindow.parse(one)), new Date(at))?.until.toISOString() ?? null

describe('frozenAt', () => {
  const holidays = { from: '2026-12-23T16:00:00+01:00', to: '2027-01-04T08:00:00+01:00', reason: 'holidays' }

  it('is on between two moments, the first included', () => {
    expect(until([holidays], '2026-12-23T14:59:59Z')).toBeNull()
    expect(until([holidays], '2026-12-23T15:00:00Z')).toBe('2027-01-04T07:00:00.000Z')
    expect(until([holidays], '2027-01-04T07:00:00Z')).toBeNull()
    expect(frozenAt([FreezeWindow.parse(holidays)], new Date('2026-12-25T00:00:00Z'))?.reason).toBe('holidays')
  })

  it('follows the clocks of a time zone, in summer as in winter', () => {
    const evenings = { days: ['mon', 'tue', 'wed', 'thu'], from: '17:00', to: '24:00', timeZone: 'Europe/Berlin' }
    expect(until([evenings], '2026-01-14T15:59:00Z')).toBeNull()
    expect(until([evenings], '2026-01-14T16:00:30Z')).toBe('2026-01-14T23:00:00.000Z')
    expect(until([evenings], '2026-07-15T15:00:00Z')).toBe('2026-07-15T22:00:00.000Z')
    expect(until([evenings], '2026-01-16T17:00:00Z')).toBeNull()
  })

  it('runs into the next day where it ends before it begins', () => {
    const night = { days: ['fri'], from: '22:00', to: '06:00' }
    expect(until([night], '2026-01-16T22:00:00Z')).toBe('2026-01-17T06:00:00.000Z')
    expect(until([night], '2026-01-17T05:59:59Z')).toBe('2026-01-17T06:00:00.000Z')
    expect(until([night], '2026-01-17T22:30:00Z')).toBeNull()
    expect(until([night], '2026-01-16T05:00:00Z')).toBeNull()
  })

  it('tells the end of windows that follow one another', () => {
    const weekend = { days: ['sat', 'sun'] }
    const monday = { days: ['mon'], from: '00:00', to: '09:00' }
    expect(until([weekend, monday], '2026-01-17T12:00:00Z')).toBe('2026-01-19T09:00:00.000Z')
    expect(until([{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }], '2026-01-17T12:00:00Z')).not.toBeNull()
    expect(until([], '2026-01-17T12:00:00Z')).toBeNull()
  })
})

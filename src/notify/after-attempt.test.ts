import { describe, expect, it } from 'vitest'
import { afterAttempt, retryAfterMs, retryDelays } from './after-attempt.ts'

const hour = 3_600_000
const failed = { result: 'answered', retryAfterMs: null } as const

describe('after an attempt', () => {
  it('that failed comes another, ten in all over some three days', () => {
    const waits = Array.from({ length: 9 }, (_, index) => afterAttempt(failed, index + 1, 0.5))
    expect(waits).toEqual(retryDelays.map((inMs) => ({ state: 'waiting', inMs })))
    expect(retryDelays.reduce((sum, delay) => sum + delay) / hour).toBeCloseTo(75.6, 1)
    expect(afterAttempt(failed, 10, 0.5)).toEqual({ state: 'failed' })
    expect(afterAttempt(failed, 11, 0.5)).toEqual({ state: 'failed' })
  })

  it('the wait varies by a fifth to either side', () => {
    expect(afterAttempt(failed, 4, 0)).toEqual({ state: 'waiting', inMs: 1.6 * hour })
    expect(afterAttempt(failed, 4, 1)).toEqual({ state: 'waiting', inMs: 2.4 * hour })
  })

  it('a receiver gets the time it asks for, a day at most, and never less than planned', () => {
    const asking = (ms: number) => afterAttempt({ result: 'answered', retryAfterMs: ms }, 2, 0.5)
    expect([60_000, 600_000, 100 * hour].map(asking)).toEqual([300_000, 600_000, 24 * hour].map((inMs) => ({ state: 'waiting', inMs })))
  })

  it('that was cut short by our own end comes another at once, also after the last', () => {
    expect(afterAttempt({ result: 'interrupted', retryAfterMs: null }, 10, 0.5)).toEqual({ state: 'waiting', inMs: 0 })
  })

  it('that succeeded comes none', () => {
    expect(afterAttempt({ result: 'delivered', retryAfterMs: 5 }, 1, 0.5)).toEqual({ state: 'delivered' })
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    ['120', 120_000], ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000], ['Wed, 31 Dec 2025 00:00:00 GMT', null], ['0', null], ['-5', null], ['soon', null],
    ['99999999999999', null], [undefined, null],
  ])('%s is %s ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms))
})

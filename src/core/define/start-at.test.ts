import { describe, expect, it } from 'vitest'
import { checkStartAt, draftWords } from './start-at.ts'

const startAt = '2026-12-01T09:00:00+01:00'
const [before, after] = [new Date('2026-12-01T07:59:59Z'), new Date('2026-12-01T08:00:00Z')]

describe('a start at its time', () => {
  it('is refused in the past, unless the draft said so before', () => {
    expect(checkStartAt({ startAt }, before)).toEqual([])
    expect(checkStartAt({}, after)).toEqual([])
    expect(checkStartAt({ startAt }, after)).toEqual([{ path: 'startAt', message: expect.stringContaining('must be in the future; it is 2026-12-01 08:00 UTC now') }])
    expect(checkStartAt({ startAt }, after, { startAt })).toEqual([])
    expect(checkStartAt({ startAt }, after, { startAt: '2026-12-01T08:00:00Z' })).toEqual([])
    expect(checkStartAt({ startAt }, after, { startAt: '2026-12-01T09:00:00Z' })).toHaveLength(1)
  })

  it('is told in words, with what is in its way', () => {
    const held = { action: 'start', status: 'held', reason: 'Not started: "b" is running.' }
    expect(draftWords({}, after, null)).toBe('Nothing happens until somebody starts it.')
    expect(draftWords({ startAt }, before, held)).toBe('It starts by itself on 2026-12-01 08:00 UTC.')
    expect(draftWords({ startAt }, after, null)).toBe('It was to start on 2026-12-01 08:00 UTC, and does when the engine looks next.')
    expect(draftWords({ startAt }, after, held)).toBe('Not started: "b" is running. It starts by itself once nothing is in its way.')
  })
})

import { describe, expect, it } from 'vitest'
import { type Deliveries, withDeliveries } from './deliveries.ts'
import type { Report } from './report.ts'

const now = new Date('2026-03-10T12:00:00Z')
const before = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000)
const report = (outcomes: 'PASS' | 'NO_OUTCOME' = 'PASS') => ({ health: [{ check: 'outcomes', verdict: outcomes, text: '' }] }) as unknown as Report
const facts = { state: 'running' as const, startedAt: before(240) }

type More = { lagMs?: number; previous?: null; counters?: 'unavailable'; state?: 'running' | 'stopped'; outcomes?: 'PASS' | 'NO_OUTCOME' }

const told = (deliveries: Partial<Deliveries>, { lagMs = 4_000, previous, counters, state, outcomes }: More = {}) => {
  const { health } = withDeliveries(report(outcomes), {
    experiment: { ...facts, ...(state && { state }) }, deliveries: { counted: {}, stray: {}, lastAt: before(0.1), ...deliveries },
    previous: previous === null ? null : { at: before(0.05) }, now, lagMs,
  }, counters)
  return Object.fromEntries(health.map(({ check, verdict, text }) => [check, `${verdict}: ${text}`]))
}

describe('what is told of deliveries', () => {
  it('says in so many words that all is well', () => {
    expect(told({ counted: { accepted: 1_000 } })).toMatchObject({
      duplicates: 'PASS: No outcome was sent twice.',
      rejected: 'PASS: No outcome was refused.',
      freshness: 'PASS: The newest outcome came 6 min ago; the last analysis was 3 min ago.',
      service: 'PASS: Database, counters and engine answer.',
    })
  })

  it('counts repeats among everything that was sent, however many there are', () => {
    expect(told({ counted: { accepted: 900, late: 50, duplicate: 50 } })['duplicates']).toBe('PASS: 50 of 1,000 outcomes sent (5 %) were sent before; each counts once.')
    expect(told({ counted: { accepted: 1, duplicate: 1 } })['duplicates']).toContain('1 of 2 outcomes sent (50 %) was sent before')
  })

  it('tells refusals by code, the most frequent first, and fails above 1 % of more than a few', () => {
    expect(told({ counted: { accepted: 960, out_of_range: 10, unknown_measure: 30 } })['rejected'])
      .toBe('FAIL: 40 of 1,000 outcomes sent (4 %) were refused: unknown_measure 30, out_of_range 10.')
    expect(told({ counted: { accepted: 9_990, out_of_range: 10 } })['rejected']).toMatch(/^PASS: 10 of/)
    expect(told({ counted: { accepted: 10, id_conflict: 4 } })['rejected']).toMatch(/^PASS: 4 of/)
  })

  it('tells of those that name no assignment, which nobody can be blamed for', () => {
    expect(told({ counted: { accepted: 10 }, stray: { bad_token: 500 } })['rejected'])
      .toBe('PASS: No outcome was refused. Today 500 outcomes that named no assignment were refused, whatever the experiment: bad_token 500.')
  })

  it('fails where nothing has come for a day, and for long as it used to come', () => {
    expect(told({ counted: { accepted: 5_000 }, lastAt: before(30) })['freshness']).toBe('FAIL: The newest outcome came 30 h ago; the last analysis was 3 min ago.')
    expect(told({ counted: { accepted: 5_000 }, lastAt: before(23) })['freshness']).toMatch(/^PASS/)
    expect(told({ counted: { accepted: 20 }, lastAt: before(30) })['freshness']).toMatch(/^PASS/)
    expect(told({ counted: { accepted: 5_000 }, lastAt: before(30) }, { state: 'stopped' })['freshness']).toMatch(/^PASS/)
  })

  it('claims nothing where nothing was noted', () => {
    expect(told({ lastAt: null })).toMatchObject({
      duplicates: 'PASS: No outcome was sent twice, as far as was counted.',
      freshness: 'PASS: It is not known when the newest outcome came; the last analysis was 3 min ago.',
    })
    expect(told({ lastAt: null }, { previous: null, outcomes: 'NO_OUTCOME' })['freshness'])
      .toBe('NO_OUTCOME: No outcome has come yet; nothing was analysed before.')
  })

  it('says which parts of the service are away, and what that means', () => {
    expect(told({}, { lagMs: 1_800_000 })['service']).toBe('FAIL: The engine last looked 30 min ago: nothing is decided, and traffic stays as it is.')
    expect(told({}, { counters: 'unavailable' })['service']).toContain('breakers rest')
  })
})

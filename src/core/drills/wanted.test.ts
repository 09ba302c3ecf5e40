import { describe, expect, it } from 'vitest'
import { DrillPolicy, type DrillView } from './drill.ts'
import { wantedDrills, wantedText } from './wanted.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const policy = (more: object = {}) => DrillPolicy.parse(more)
const drill = (more: Partial<DrillView> = {}): DrillView => ({
  id: 1, type: 'rollback', state: 'passed', actor: 'engine', startedAt: '2026-11-09T11:59:00Z', faultAt: null, detectedAt: null, revertedAt: null,
  endedAt: '2026-11-09T12:00:00Z', timeToDetectMs: 14_000, timeToRevertMs: 300, units: 100, decision: 3, text: '', ...more,
})
const textsOf = (policies: DrillPolicy[], last: DrillView[]) => wantedDrills(policies, last).map((one) => wantedText(one, now))

describe('the drills that a model\'s policies want', () => {
  it('are told with how fast the last of each type was', () => {
    expect(textsOf([policy()], [drill()])).toEqual([{ text: 'Rollback passed 12 days ago, detected in 14 s, reverted in 0.3 s.', old: false }])
  })

  it('warn where one is older than the strictest of them wants it, failed, or was never done', () => {
    const policies = [policy(), policy({ every: 'P7D', types: ['rollback', 'silence'], required: true })]
    expect(textsOf(policies, [drill({ type: 'silence', state: 'failed', endedAt: '2026-11-21T10:00:00Z' }), drill()])).toEqual([
      { text: 'Rollback passed 12 days ago, detected in 14 s, reverted in 0.3 s; wanted within 7 days, and nothing is promoted without it.', old: true },
      { text: 'Silence failed 2 h ago; wanted within 7 days, and nothing is promoted without it.', old: true },
    ])
    expect(textsOf([policy({ types: ['breaker'] })], [drill()])).toEqual([{ text: 'Breaker was never rehearsed; wanted within 30 days.', old: true }])
  })

  it('are none where no policy wants any', () => expect(textsOf([], [drill()])).toEqual([]))
})

import { describe, expect, it } from 'vitest'
import { noTrack } from '../drift/track.ts'
import { alertsAfter, ofReign, shownAlerts, unseen, withSeen } from './watch-alerts.ts'
import { newWatchState, type WatchAlarm, type WatchAlert } from './watch-state.ts'

const slow: WatchAlarm = { kind: 'degradation', metric: 'slow', since: '2026-03-08T00:00:00.000Z', text: 'slow is worse' }
const score: WatchAlarm = { kind: 'drift', metric: 'score', since: '2026-03-09T00:00:00.000Z', text: 'score has moved' }
const limit: WatchAlarm = { kind: 'limit', metric: 'slow', since: '2026-03-09T10:00:00.000Z', text: 'slow was 40 %' }
const ada = { at: '2026-03-10T00:00:00.000Z', actor: 'ada', reason: 'known' }
const later = '2026-03-11T00:00:00.000Z'
const after = (before: readonly WatchAlert[], alarms: readonly WatchAlarm[]) => alertsAfter(before, alarms, ['degradation', 'drift'], later)
const stateOf = (alerts: WatchAlert[]) => ({ ...newWatchState(7), alerts, drift: { score: { ...noTrack, upTo: 20, since: score.since, reference: {} as never } } })

describe('alerts of a watch', () => {
  it('begin once, go on with their beginning, and wait for somebody when they are over', () => {
    expect(after([], [slow])).toEqual({ alerts: [slow], news: [slow] })
    expect(after([slow], [{ ...slow, since: later, text: 'slow is worse still' }])).toEqual({ alerts: [{ ...slow, text: 'slow is worse still' }], news: [] })
    const over = { ...slow, over: later }
    expect(after([slow], [])).toEqual({ alerts: [over], news: [] })
    expect(after([over], []).alerts).toEqual([over])
    const again = { ...slow, since: later }
    expect(after([over], [again])).toEqual({ alerts: [again], news: [again] })
  })

  it('that were acknowledged are not told again while they last, and then are gone', () => {
    const state = withSeen(stateOf([slow, limit]), [slow], ada)
    expect(state.alerts).toEqual([{ ...slow, acknowledged: ada }, limit])
    expect(unseen(state.alerts)).toEqual([limit])
    const lasting = after(state.alerts, [slow])
    expect(lasting).toEqual({ alerts: [limit, { ...slow, acknowledged: ada }], news: [] })
    expect(after(lasting.alerts, []).alerts).toEqual([limit])
    expect(after([limit], [slow]).news).toEqual([slow])
  })

  it('that are over are gone when they are acknowledged', () => {
    expect(withSeen(stateOf([{ ...slow, over: later }]), [slow], ada).alerts).toEqual([])
    expect(withSeen(stateOf([{ ...score, over: later }]), [{ ...score, over: later }], ada).drift['score']).toMatchObject({ reference: {} })
  })

  it('of values that have moved make the ones to come the reference', () => {
    expect(withSeen(stateOf([score]), [score], ada)).toMatchObject({ alerts: [], drift: { score: { ...noTrack, upTo: 20 } } })
  })

  it('are of one scope, one reign and of limits that are declared', () => {
    const state = stateOf([slow, limit])
    expect(ofReign(state, 8, '')).toEqual(newWatchState(8))
    expect(ofReign(state, 7, slow.since).alerts).toEqual([limit])
    expect(shownAlerts(state, 7, '2026', {})).toEqual([slow])
    expect(shownAlerts(state, 7, '2026', { limits: { slow: 0.1 } })).toEqual([slow, limit])
  })
})

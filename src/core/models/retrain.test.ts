import { describe, expect, it } from 'vitest'
import type { Hold } from '../decide/holds.ts'
import { type RetrainFacts, type RetrainCall, retrainCalls, type ToldRetrain } from './retrain.ts'

const variants = [{ key: 'old', version: '1' }, { key: 'new', version: '2' }]
const hold = (reason: Hold['reason'], variant: string | null, more: Partial<Hold> = {}): Hold =>
  ({ reason, variant, metric: 'score', text: 'the values of score have moved', since: '2026-03-02T08:00:00.000Z', clean: 0, ...more })
const held = (...holds: Hold[]) => [{ key: 'x', variants, holds }]
const champion = { version: '1', since: new Date('2026-02-01T00:00:00Z'), outcomes: 0, alerts: [] }
const base: RetrainFacts = {
  retrain: { on: ['drift', 'degradation', 'forgetting'] }, now: new Date('2026-03-02T12:00:00Z'), champion, experiments: [], stopped: [], told: [],
}
const callsOf = (more: Partial<RetrainFacts>): RetrainCall[] => retrainCalls({ ...base, ...more })
const short = (calls: readonly RetrainCall[]): string[] => calls.map(({ cause, version }) => `${cause} ${version}`)

/** The same calls as entries of the ledger have them. */
const toldAt = (at: string, calls: readonly RetrainCall[]): ToldRetrain[] => calls.map(({ text: _text, experiments: _experiments, ...call }) => ({ ...call, at }))

const worst = { metric: 'failed', segment: 'language', value: 'tr', verdict: 'FAIL', harm: { estimate: 0.4, lower: 0.3, upper: 0.5 }, units: 400 }

describe('versions are to be trained again', () => {
  it('for what holds an experiment: of one variant its version, of all alike the champion', () => {
    expect(short(callsOf({ experiments: held(hold('drift', 'new'), hold('degradation', 'old'), hold('no_traffic', 'new')) }))).toEqual(['drift 2', 'degradation 1'])
    expect(short(callsOf({ experiments: held(hold('drift', null)) }))).toEqual(['drift 1'])
    expect(callsOf({ experiments: held(hold('drift', null)), champion: null })).toEqual([])
  })

  it('for what the watch of the champion found', () => {
    const alerts = [{ kind: 'degradation' as const, metric: 'failed', since: '2026-03-02T00:00:00.000Z', text: 'the champion has become worse on failed' }]
    expect(callsOf({ champion: { ...champion, alerts } })).toMatchObject([{ cause: 'degradation', version: '1', experiments: [], text: 'the champion has become worse on failed' }])
  })

  it('for what was forgotten, of one variant or of several that were stopped at once; not for other harm', () => {
    const stopped = (variant: string | null, evidence: Record<string, unknown>) => [{ key: 'x', variants, decision: 7, variant, evidence }]
    const [call] = callsOf({ stopped: stopped('new', { worstSegment: worst }) })
    expect(call).toMatchObject({ cause: 'forgetting', version: '2', experiments: ['x'], text: 'new is worse than the control on failed where language is tr (x)' })
    expect(short(callsOf({ stopped: stopped(null, { variants: { new: { worstSegment: worst }, old: {} } }) }))).toEqual(['forgetting 2'])
    expect(callsOf({ stopped: stopped('new', { worstSegment: { ...worst, verdict: 'PASS' } }) })).toEqual([])
    expect(callsOf({ stopped: stopped('new', {}) })).toEqual([])
    expect(callsOf({ stopped: stopped(null, {}) })).toEqual([])
  })

  it('for nothing that is not asked for', () => {
    const experiments = held(hold('drift', 'new'), hold('degradation', 'new'))
    expect(short(callsOf({ experiments, retrain: { on: ['degradation'] } }))).toEqual(['degradation 2'])
    expect(callsOf({ experiments, retrain: { on: [], everyOutcomes: 1 } })).toEqual([])
  })

  it('once for what stays; what begins anew is told on another day', () => {
    const standing = held(hold('drift', 'new'))
    const told = toldAt('2026-03-02T09:00:00.000Z', callsOf({ experiments: standing }))
    expect(told).toHaveLength(1)
    const tomorrow = new Date('2026-03-03T00:00:00Z')
    expect(callsOf({ experiments: standing, told })).toEqual([])
    expect(callsOf({ experiments: standing, told, now: tomorrow })).toEqual([])

    const again = held(hold('drift', 'new', { since: '2026-03-02T11:00:00.000Z' }))
    expect(callsOf({ experiments: again, told })).toEqual([])
    expect(short(callsOf({ experiments: again, told, now: tomorrow }))).toEqual(['drift 2'])
    expect(short(callsOf({ experiments: held(hold('drift', 'old'), hold('drift', 'new')), told }))).toEqual(['drift 1'])
  })

  it('each time so many further outcomes of the champion have come, since it began or was told of', () => {
    const retrain = { on: [], everyOutcomes: 1_000 }
    const after = (outcomes: number, told: ToldRetrain[] = [], more: Partial<RetrainFacts> = {}) => callsOf({ retrain, champion: { ...champion, outcomes }, told, ...more })
    expect(after(999)).toEqual([])
    expect(after(1_200)).toMatchObject([{ cause: 'outcomes', version: '1', outcomes: 1_200, text: expect.stringMatching(/^1,200 further outcomes/) as string }])
    const yesterday = toldAt('2026-03-01T09:00:00.000Z', after(1_200))
    expect(after(2_199, yesterday)).toEqual([])
    expect(short(after(2_200, yesterday))).toEqual(['outcomes 1'])
    expect(after(9_999, toldAt('2026-03-02T09:00:00.000Z', after(1_200)))).toEqual([])
    // any other call was a beginning, too; one from before it was made champion again was not
    const drifted = toldAt('2026-03-01T09:00:00.000Z', callsOf({ experiments: held(hold('drift', 'old')), champion: { ...champion, outcomes: 1_800 } }))
    expect([after(2_799, drifted), short(after(2_800, drifted))]).toEqual([[], ['outcomes 1']])
    expect(short(after(1_200, toldAt('2026-01-01T09:00:00.000Z', after(1_200))))).toEqual(['outcomes 1'])
  })
})

import { describe, expect, it } from 'vitest'
import type { ChampionView, VersionView } from '../../core/tell/views.ts'
import { modelPage, targetOf } from './model.ts'

const now = Date.parse('2026-11-21T14:00:00Z')

const version = (name: string, more: Partial<VersionView> = {}): VersionView => ({
  version: name, model: 'm', createdAt: '2026-10-01T00:00:00Z', firstTrafficAt: '2026-10-12T00:00:00Z', lock: null, checks: [], continues: null, readyAt: null, payload: { endpoint: name, temperature: 0.2 }, ...more,
})
const became = (seq: number, name: string, at: string, more: Partial<ChampionView> = {}): ChampionView => ({
  seq, version: name, previous: null, actor: 'ada', reason: 'because', experiment: null, at, kind: 'set', ...more,
})
const history = [
  became(3, '3', '2026-11-03T00:00:00Z', { previous: '2', kind: 'promote', experiment: 'race' }), became(2, '2', '2026-10-12T00:00:00Z'),
  became(1, '1', '2025-10-01T00:00:00Z', { kind: 'start', experiment: 'first' }),
]
const lock = { at: '2026-11-05T00:00:00Z', actor: 'engine', reason: 'slow', experiment: 'race' }

const pageOf = (versions: VersionView[], more: object = {}, settings: object = {}) => modelPage({
  model: { key: 'm', description: '', unit: 'user', enabled: true, watch: {}, fallbacks: [], requires: [], registry: null, registrySync: null, retrain: null, champion: '3', checkpoint: null, createdAt: '2025-10-01T00:00:00Z', ...settings },
  versions, furtherVersions: false, history, watch: [], alerts: [], unwatched: [], retrains: [], drills: [], experiments: [], decision: null, ...more,
}, now)

describe('going back', () => {
  it('leads to the champion before, and says when it served', () => {
    expect(targetOf(history, [version('2'), version('3')], now)).toEqual({ version: '2', served: 'served 12 Oct–3 Nov', seen: 3 })
  })

  it('passes over what is locked, and says so where nothing is left', () => {
    expect(targetOf(history, [version('2', { lock })], now)).toMatchObject({ version: '1', served: 'served 1 Oct 2025–12 Oct' })
    expect(targetOf(history.slice(0, 2), [version('2', { lock })], now)).toEqual({ nowhere: 'Version 2 was locked.' })
    expect(targetOf(history.slice(2), [version('1')], now)).toEqual({ nowhere: 'No other version was champion before.' })
    expect(targetOf([], [], now)).toEqual({ nowhere: 'There was no champion yet.' })
  })
})

describe('a model', () => {
  it('says who is champion, since when, how, by whom and why, and where the evidence is', () => {
    expect(pageOf([version('3')], { decision: 41 }).champion).toEqual({
      version: '3', since: '2026-11-03T00:00:00Z', sinceText: '3 Nov, 00:00', age: '18 days', how: 'promoted by race', by: 'ada', why: 'because',
      evidence: { href: '/decisions/41', text: 'decision 41' },
    })
    expect(pageOf([version('3')]).champion?.evidence).toEqual({ href: '/experiments/race', text: 'the report of race' })
  })

  it('shows the newest version first, each with what differs from the champion', () => {
    const { versions } = pageOf([version('2'), version('3'), version('4', { firstTrafficAt: null, payload: { endpoint: '4', temperature: 0.2, stop: ['x'] } })])
    expect(versions.map(({ version: name, champion, state }) => [name, champion, state])).toEqual([
      ['4', false, 'editable: no traffic yet'], ['3', true, 'fixed: first traffic 12 Oct'], ['2', false, 'fixed: first traffic 12 Oct'],
    ])
    expect(versions[0]?.changes).toEqual({ more: false, changes: [{ path: 'endpoint', before: '"3"', after: '"4"' }, { path: 'stop', before: null, after: '["x"]' }] })
    expect(versions[1]?.changes).toBeNull()
  })

  it('says which version one goes on from, and from which checkpoint', () => {
    const from = (continues: string | null, parent: string) => {
      const [line] = pageOf([version('4', { continues, checkpoint: { id: 'ckpt-4', parent } })]).versions
      return [line?.continues, line?.facts.find(({ label }) => label === 'Checkpoint')?.text]
    }
    expect([from('3', 'ckpt-3'), from(null, 'elsewhere')]).toEqual([['3', 'ckpt-4, from ckpt-3'], [null, 'ckpt-4, from elsewhere']])
  })

  it('says why a version is locked', () => {
    expect(pageOf([version('2', { lock }), version('3')]).versions[1]).toMatchObject({
      state: 'locked', lock: { experiment: 'race', text: 'Locked 5 Nov by engine, since race took it out of service: slow' } })
  })

  it('cuts what is huge', () => {
    const [huge] = pageOf([version('3'), version('4', { payload: 'x'.repeat(100_000) })]).versions
    expect(huge?.payload).toEqual({ text: `"${'x'.repeat(1_999)}`, cut: true })
    expect(huge?.changes?.changes[0]?.after?.length).toBe(121)
  })

  it('lists what called for training again among what happened, the latest first, and says what does', () => {
    const retrains = [{ decision: 9, at: '2026-11-01T00:00:00Z', cause: 'drift' as const, version: '2', reason: 'score moved' }]
    const page = pageOf([version('3')], { retrains })
    expect(page.history.map(({ version: name, how, link }) => [name, how, link?.href])).toEqual([
      ['3', 'promoted by race', '/experiments/race'], ['2', 'to be trained again: drift', '/decisions/9'], ['2', 'made champion', undefined],
      ['1', 'first champion, at the start of first', '/experiments/first'],
    ])
    expect(page.retrain).toBeNull()
    expect(pageOf([], {}, { retrain: { on: ['drift'], everyOutcomes: 10_000 } }).retrain).toBe('Training again is called for by drift, every 10,000 further outcomes.')
  })

  it('keeps the metrics of all days in one order, absent ones as a dash', () => {
    const day = { version: '3', units: 1_200, outcomes: 1_300 }
    expect(pageOf([version('3')], {
      watch: [{ ...day, day: '2026-11-21', metrics: { win: { estimate: 0.51234, n: 9 } } }, { ...day, day: '2026-11-20', metrics: { cost: { estimate: 120.4, n: 9 }, win: { estimate: null, n: 0 } } }],
    }).watch).toEqual({
      limits: null, unwatched: null,
      metrics: ['win', 'cost'],
      rows: [
        { day: '2026-11-21', version: '3', units: '1,200', outcomes: '1,300', values: ['0.5123', '–'] },
        { day: '2026-11-20', version: '3', units: '1,200', outcomes: '1,300', values: ['–', '120'] },
      ],
    })
  })

  it('says what a day may be, and what happens beyond it', () => {
    const model = { key: 'm', description: '', unit: 'user', enabled: true, fallbacks: [], requires: [], registry: null, registrySync: null, retrain: null, champion: '3', createdAt: '2025-10-01T00:00:00Z' }
    expect(pageOf([version('3')], { model: { ...model, watch: { metrics: ['slow'], limits: { slow: 0.1, cost: 120 }, onHarm: 'rollback' } } }).watch.limits)
      .toBe('Limits of a day: slow 0.1000, cost 120. When one is broken beyond doubt, the champion before serves again.')
  })

  it('names every way to become champion', () => {
    const back = became(4, '2', '2026-11-04T00:00:00Z', { previous: '3', kind: 'rollback' })
    expect(pageOf([version('3')], { history: [back, ...history] }).history.map(({ how, rollback }) => [how, rollback])).toEqual([
      ['gone back to from version 3', true], ['promoted by race', false], ['made champion', false], ['first champion, at the start of first', false],
    ])
  })
})

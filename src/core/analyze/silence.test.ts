import { describe, expect, it } from 'vitest'
import { type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import type { Frozen } from '../define/definitions.ts'
import { isPipelineSilent, noTrafficAt, silenceAlarms } from './silence.ts'

const every: Frozen = { plannedUnits: [5_000, 5_000], promoteLevel: 0.05, killLevel: 0.01, completeness: { reportBy: 'PT1H', margin: 0.02 } }
const events: Frozen = { plannedUnits: [5_000, 5_000], promoteLevel: 0.05, killLevel: 0.01 }

/** Hourly epochs, the last one open: of each arm how many units came, and how many of them reported. */
const hourly = (epochs: [number, number][][]): EpochDraft[] =>
  epochs.map((arms, index) => ({
    endedAt: index < epochs.length - 1 ? hours(index + 1) : null,
    arms: arms.map(([units, reporting]) => ({ units, reporting, metrics: [0, 0] })),
  }))
const repeated = <Value>(value: Value, times: number): Value[] => Array.from({ length: times }, () => value)
const at = (epochs: [number, number][][], frozen = every, age = epochs.length - 0.1, draft = {}) =>
  experimentAfter(age, [win, slow], hourly(epochs), draft, { frozen })
const alarms = (...args: Parameters<typeof at>) => silenceAlarms(at(...args)).map(({ reason, variant }) => [reason, variant])

const usual: [number, number][] = [[50, 48], [50, 47]]
const dead: [number, number][] = [[50, 0], [50, 0]]

describe('silence', () => {
  it('says nothing at the very start, nor while units still have time to report', () => {
    expect(alarms([[[0, 0], [0, 0]]])).toEqual([])
    expect(alarms([[[400, 0], [400, 0]]])).toEqual([])
    expect(alarms([dead, dead])).toEqual([])
  })

  it('is told when nobody ever reports, and then blames nobody', () => {
    const input = at([dead, dead, dead])
    expect(silenceAlarms(input)).toMatchObject([{ reason: 'no_outcome', variant: null, text: 'none of 100 users has reported anything' }])
    expect(isPipelineSilent(input)).toBe(true)
  })

  it('needs many more units where only events are reported', () => {
    expect(alarms(repeated(dead, 15), events)).toEqual([])
    expect(alarms(repeated(dead, 25), events)).toEqual([['no_outcome', null]])
  })

  it('is told of one variant that says nothing while the others do', () => {
    const mute: [number, number][] = [[50, 48], [50, 0]]
    expect(alarms([mute, mute, mute])).toEqual([['no_outcome', 'qwen']])
    expect(isPipelineSilent(at([mute, mute, mute]))).toBe(false)
    const deaf: [number, number][] = [[50, 0], [50, 47]]
    expect(isPipelineSilent(at([deaf, deaf, deaf]))).toBe(true)
  })

  it('is found when it begins late, and is over when reports come again', () => {
    expect(alarms([...repeated(usual, 6), dead, dead, dead])).toEqual([['no_outcome', null]])
    expect(alarms([...repeated(usual, 6), dead, dead, usual, usual, usual])).toEqual([])
  })

  it('tells late reports from none, where every unit reports', () => {
    const late: [number, number][] = [[50, 12], [50, 14]]
    expect(alarms([...repeated(usual, 6), late, late, usual])).toEqual([['outcome_lag', null]])
    expect(alarms([...repeated(usual, 6), late, late, usual], events)).toEqual([])
  })

  it('leaves a candidate that falls silent to completeness, but not a control', () => {
    expect(alarms([...repeated(usual, 6), [[50, 48], [50, 0]], [[50, 48], [50, 0]], usual])).toEqual([])
    expect(alarms([...repeated(usual, 6), [[50, 0], [50, 48]], [[50, 0], [50, 48]], usual])).toEqual([['no_outcome', 'gemma']])
  })

  it('does not flap when five units an hour come, and some report nothing', () => {
    const quiet: [number, number][][] = Array.from({ length: 72 }, (_, hour) => [[3, hour % 5 === 0 ? 0 : 3], [2, hour % 7 === 0 ? 0 : 2]])
    for (let length = 1; length <= quiet.length; length++) expect(alarms(quiet.slice(0, length))).toEqual([])
  })
})

describe('traffic that stops', () => {
  const empty: [number, number][] = [[0, 0], [0, 0]]

  it('is told when far more units than none should have come, and it was never quiet for so long', () => {
    const before = repeated(usual, 5)
    expect(alarms([...before, empty], every, 6.9)).toEqual([])
    expect(alarms([...before, empty], every, 7.1)).toEqual([['no_traffic', null]])
    expect(noTrafficAt(at([...before, empty]))).toBe(hours(7).getTime())
  })

  it('is nothing new where only some come each hour, or nobody at night', () => {
    const few: [number, number][] = [[3, 3], [2, 2]]
    expect(alarms([...repeated(few, 10), empty], every, 19)).toEqual([])
    expect(alarms([...repeated(few, 10), empty], every, 21)).toEqual([['no_traffic', null]])
  })

  it('is told of an experiment to which nobody ever came, but not before its least duration', () => {
    expect(alarms([empty], every, 23)).toEqual([])
    expect(alarms([empty], every, 25)).toEqual([['no_traffic', null]])
    expect(noTrafficAt(at([usual]))).toBe(Infinity)
  })
})

import { describe, expect, it } from 'vitest'
import { momentsOf, perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { MetricDefinition } from '../define/definitions.ts'
import { planOf } from '../analyze/metric-plan.ts'
import { judgeWatch, watchAct, type WatchedDay } from './watch-judge.ts'

const slow = planOf(MetricDefinition.parse({ key: 'slow', kind: 'conversion', measure: 'slow', direction: 'decrease' }))
const win = planOf(MetricDefinition.parse({ key: 'win', kind: 'conversion', measure: 'win', direction: 'increase' }))
const cost = planOf(MetricDefinition.parse({ key: 'cost', kind: 'mean', measure: 'cost', direction: 'decrease' }))
const today = 20_778

const shares = (units: number, slows: number, wins = units / 2, day = today): WatchedDay =>
  ({ day, plans: [slow, win], metrics: [perUnitMoments(units, slows, slows), perUnitMoments(units, wins, wins)] })
const broken = (limits: Record<string, number>, days: WatchedDay[], since = today) => judgeWatch({ limits }, days, since).map(({ metric }) => metric)

describe('a limit of a watch', () => {
  it('is broken where the day lies beyond it beyond doubt, on the bad side alone', () => {
    expect(judgeWatch({ limits: { slow: 0.1 } }, [shares(1_000, 200)], today)).toEqual([{
      metric: 'slow', day: '2026-11-21', limit: 0.1, estimate: 0.2, bound: expect.closeTo(0.16, 1), units: 1_000, level: 0.025,
    }])
    expect(broken({ slow: 0.1 }, [shares(1_000, 20)])).toEqual([])
    expect(broken({ slow: 0.1 }, [shares(1_000, 110)])).toEqual([])
    expect(broken({ slow: 0.1 }, [shares(8, 4)])).toEqual([])
    expect(broken({ slow: 0.1 }, [shares(0, 0)])).toEqual([])
    expect([broken({ win: 0.4 }, [shares(1_000, 0, 300)]), broken({ win: 0.4 }, [shares(1_000, 0, 600)])]).toEqual([['win'], []])
    expect(broken({ slow: 0.1, win: 0.4 }, [shares(1_000, 200, 300)])).toEqual(['slow', 'win'])
  })

  it('is not about days before the version was champion, and takes more the longer it serves', () => {
    expect(broken({ slow: 0.1 }, [shares(1_000, 200, 500, today - 1)])).toEqual([])
    const late = judgeWatch({ limits: { slow: 0.1 } }, [shares(1_000, 200)], today - 364)
    expect(late).toMatchObject([{ level: 0.05 / (365 * 366) }])
    expect(broken({ slow: 0.1 }, [shares(1_000, 140)])).toEqual(['slow'])
    expect(broken({ slow: 0.1 }, [shares(1_000, 140)], today - 364)).toEqual([])
  })

  it('of a mean waits for enough units', () => {
    const day = (units: number): WatchedDay => ({ day: today, plans: [cost], metrics: [momentsOf(Array.from({ length: units }, (_, unit) => [unit % 5, 1] as const))] })
    expect([broken({ cost: 1 }, [day(20)]), broken({ cost: 1 }, [day(1_000)]), broken({ cost: 3 }, [day(1_000)])]).toEqual([[], ['cost'], []])
  })

  it('is hardly ever said to be broken by a champion exactly at it, watched at every 20 units for a month', () => {
    const random = seededRandom(7)
    let alarms = 0
    for (let run = 0; run < 100; run++) {
      let alarmed = false
      for (let since = 0; since < 30 && !alarmed; since++) {
        for (let units = 1, slows = 0; units <= 200 && !alarmed; units++) {
          if (random.uniform() < 0.1) slows += 1
          if (units % 20 === 0) alarmed = broken({ slow: 0.1 }, [shares(units, slows, 0)], today - since).length > 0
        }
      }
      if (alarmed) alarms += 1
    }
    expect(alarms).toBeLessThanOrEqual(5)
  })
})

describe('what a watch does', () => {
  const roads = { previous: '1', fallbacks: ['3', '2', '0'], champion: '3', locked: new Set(['2']), actedLately: false }

  it('tells, goes back, or falls back, and only once a day', () => {
    expect(watchAct({}, roads)).toEqual({ do: 'alert', to: null, why: null })
    expect(watchAct({ onHarm: 'rollback' }, roads)).toEqual({ do: 'rollback', to: '1', why: null })
    expect(watchAct({ onHarm: 'fallback' }, roads)).toEqual({ do: 'fallback', to: '0', why: null })
    expect(watchAct({ onHarm: 'fallback' }, { ...roads, fallbacks: [] })).toMatchObject({ to: '1' })
    expect(watchAct({ onHarm: 'rollback' }, { ...roads, previous: null })).toMatchObject({ do: 'alert', why: 'there is no version to go to' })
    expect(watchAct({ onHarm: 'rollback' }, { ...roads, actedLately: true })).toMatchObject({ do: 'alert', to: null })
  })
})

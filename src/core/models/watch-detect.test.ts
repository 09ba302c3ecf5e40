import { describe, expect, it } from 'vitest'
import { bucketOf, momentsOf, noMoments, perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { slow } from '../../../test/support/analysis.ts'
import { dayMs } from '../analyze/generations.ts'
import { MetricDefinition } from '../define/definitions.ts'
import { planOf } from '../analyze/metric-plan.ts'
import { driftPlans } from '../drift/drifts.ts'
import { type DetectedDay, daysFrom, detectOnDays, lastDayOver } from './watch-detect.ts'

const watch = { metrics: ['slow'], drift: [{ measure: 'score', kind: 'numeric', period: 'PT0S' } as const] }
const plans = [planOf(slow), ...driftPlans(watch.drift, [])]
const { normal } = seededRandom(9)
const reign = new Date(0).toISOString()

/** 1,000 units, so many of which were slow, and 300 of which told a score that is moved by so much. */
const dayOf = (day: number, slows: number, shift = 0): DetectedDay => {
  const counts = new Map<number, number>()
  for (let unit = 0; unit < 300; unit++) {
    const bucket = bucketOf(normal() + shift)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  const ordered = [...counts].toSorted(([one], [other]) => one - other)
  const sketch = { buckets: ordered.map(([bucket]) => bucket), counts: ordered.map(([, count]) => count) }
  return { day, arm: { metrics: [perUnitMoments(1_000, slows, slows), { ...noMoments, n: 300, sumY: 300, sumYY: 300 }], sketches: [null, sketch] } }
}

const week = [0, 1, 2, 3, 4, 5].map((day) => dayOf(day, 50))
const look = (days: readonly DetectedDay[], before: Parameters<typeof detectOnDays>[3] = null) => detectOnDays(watch, plans, 7, before, days, days.at(-1)?.day ?? -1, reign)

describe('detectors of a watch', () => {
  it('tell once of what has become worse than in the first days, until it is as it was', () => {
    const bad = [...week, dayOf(6, 150)]
    const { state, news } = look(bad)
    expect(news).toEqual([{
      kind: 'degradation', metric: 'slow', since: '1970-01-08T00:00:00.000Z',
      text: expect.stringMatching(/^the champion has become worse on slow: 15 % of 1,000 failed on 1970-01-07, at most \d\.\d+ % were expected from its first days$/) as string,
    }])
    const still = look([...bad, dayOf(7, 150)], state)
    expect(still).toMatchObject({ news: [], state: { alerts: [{ since: '1970-01-08T00:00:00.000Z' }] } })
    const good = Array.from({ length: 40 }, (_, index) => dayOf(8 + index, 40))
    const over = look([...bad, dayOf(7, 150), ...good], still.state)
    expect(over).toMatchObject({ news: [], state: { alerts: [{ since: '1970-01-08T00:00:00.000Z', over: expect.stringMatching(/^1970-0[12]-\d\dT/) as string }] } })
    expect(look([dayOf(48, 200)], over.state).news).toMatchObject([{ kind: 'degradation', since: '1970-02-19T00:00:00.000Z' }])
  })

  it('tell of values that have moved, by windows of several days', () => {
    const { news } = look([...week, dayOf(6, 50, 1), dayOf(7, 50, 1)])
    expect(news).toMatchObject([{ kind: 'drift', metric: 'score', text: expect.stringMatching(/^the values of score have moved: stability index \d\.\d\d of 600 values up to 1970-01-09/) as string }])
  })

  it('tell of a mean with bounds that has become worse, and of none without', () => {
    const { uniform } = seededRandom(3)
    const rating = MetricDefinition.parse({ key: 'rating', kind: 'mean', measure: 'rating', direction: 'increase', min: 1, max: 5, center: 4 })
    const latency = MetricDefinition.parse({ key: 'latency', kind: 'mean', measure: 'ms', direction: 'decrease' })
    const both = [rating, latency].map(planOf)
    const dayAround = (day: number, mean: number): DetectedDay => {
      // one to three answers of a unit, which are alike
      const units = Array.from({ length: 500 }, () => {
        const [level, answers] = [mean + uniform() - 0.5, 1 + Math.floor(3 * uniform())]
        return [level * answers, answers] as const
      })
      return { day, arm: { metrics: [momentsOf(units, 4), momentsOf(units.map(([x, y]) => [1_000 * (5 - x), y] as const))], sketches: [null, null] } }
    }
    const days = [...[0, 1, 2, 3, 4, 5].map((day) => dayAround(day, 4)), dayAround(6, 3), dayAround(7, 3)]
    const { state, news } = detectOnDays({ metrics: ['rating', 'latency'] }, both, 7, null, days, 7, reign)
    expect(news).toEqual([{
      kind: 'degradation', metric: 'rating', since: expect.stringMatching(/^1970-01-0[89]/) as string,
      text: expect.stringMatching(/^the champion has become worse on rating: \d\.\d\d on average of 500 on 1970-01-0[78], at least 3\.\d\d was expected from its first days$/) as string,
    }])
    expect(Object.keys(state.detectors)).toEqual(['rating'])
    expect(detectOnDays({ metrics: ['rating'] }, both, 7, null, days.slice(0, 6), 5, reign).state.alerts).toEqual([])
  })

  it('tell of what lasts from an earlier reign anew, and forget what was seen then', () => {
    const { state } = look([...week, dayOf(6, 150)])
    const seen = { ...state, alerts: state.alerts.map((alert) => ({ ...alert, acknowledged: { at: '', actor: 'ada', reason: 'known' } })) }
    expect(look([dayOf(7, 150)], seen).news).toEqual([])
    const again = detectOnDays(watch, plans, 7, seen, [dayOf(8, 150)], 8, '1970-01-08T12:00:00.000Z')
    expect(again).toMatchObject({ news: [{ metric: 'slow', since: '1970-01-10T00:00:00.000Z' }] })
    expect(again.state.alerts).toEqual(again.news)
  })

  it('tell nothing of 60 days that are alike', () => {
    expect(look([...week, ...Array.from({ length: 54 }, (_, index) => dayOf(6 + index, 50))]).state).toMatchObject({ alerts: [], drift: { score: { windows: 29, alarmedAt: null } } })
  })

  it('say the same at once and day by day, with what was kept as JSON in between', () => {
    const days = [...week, dayOf(6, 80), dayOf(7, 120, 1), dayOf(8, 120, 1), dayOf(9, 50)]
    let kept: Parameters<typeof detectOnDays>[3] = null
    const told: unknown[] = []
    for (const [index] of days.entries()) {
      const from = daysFrom(kept, 7)
      const { state, news } = look(days.slice(0, index + 1).filter(({ day }) => day >= from), kept)
      told.push(...news)
      kept = JSON.parse(JSON.stringify(state)) as typeof state
    }
    expect(kept).toEqual(look(days).state)
    expect(told).toHaveLength(2)
  })

  it('begin anew in another scope, and take a day when it is over and an hour has passed', () => {
    const { state } = look([...week, dayOf(6, 150)])
    expect(detectOnDays(watch, plans, 8, state, [], 6, reign).state).toEqual({ scope: 8, upTo: 6, alerts: [], detectors: {}, drift: {} })
    expect([daysFrom(state, 8), daysFrom(state, 7)]).toEqual([0, 6])
    expect([lastDayOver(10 * dayMs + 3_599_999), lastDayOver(10 * dayMs + 3_600_000)]).toEqual([8, 9])
  })
})

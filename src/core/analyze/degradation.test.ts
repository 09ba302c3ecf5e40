import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { perUnitMoments } from '../../../stats/index.ts'
import { seededRandom } from '../../../stats/random.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import { dayAt } from './generations.ts'

const first = dayAt(hours(0).getTime())
const quietStage = [{ arms: [{ units: 2_000, metrics: [800, 100] }, { units: 2_000, metrics: [800, 100] }] }]

/** A day of so many units an arm, with these shares that were slow. */
const dayOf = (after: number, units: number, shares: readonly number[]): GenerationDay => ({
  day: first + after, recent: false,
  epochs: [{
    epoch: 0, coverage: 1, weights: [], startedAt: hours(24 * after), endedAt: null, sealed: false, late: 0, crossed: 0, rebuilt: 0,
    arms: shares.map((share) => {
      const failures = Math.round(units * share)
      return { units, reporting: units, outcomes: units, metrics: [perUnitMoments(0, 0, 0), perUnitMoments(units, failures, failures)] }
    }),
  }],
})

const after = (days: GenerationDay[], age = days.length * 24 + 1): AnalysisInput =>
  ({ ...experimentAfter(age, [win, slow], quietStage), generations: days })

/** Days of 1,000 units at 5 %, and from day 6 on these shares. */
const turning = (count: number, shares: readonly number[]): GenerationDay[] =>
  Array.from({ length: count }, (_, index) => dayOf(index, 1_000, index < 6 ? [0.05, 0.05] : shares))

describe('degradation', () => {
  it('is told of a variant that fails more often than in its first days, and stops nobody', () => {
    const analysis = analyze(after(turning(8, [0.05, 0.15])))
    expect(analysis.degradations).toMatchObject([{ metric: 'slow', variant: 'qwen', day: '2026-03-08', latest: 0.15, units: 1_000 }])
    expect(analysis.holds).toMatchObject([{ reason: 'degradation', variant: 'qwen', metric: 'slow' }])
    expect(analysis.report.warnings).toContainEqual(
      expect.stringMatching(/qwen has become worse on slow: 15 % of 1,000 failed on 2026-03-08/))
    expect(decide(analysis).decisions.filter(({ action }) => action === 'kill' || action === 'rollback')).toEqual([])
  })

  it('is told of both where both fail, the control among them', () => {
    expect(analyze(after(turning(8, [0.15, 0.15]))).degradations.map(({ variant }) => variant)).toEqual(['gemma', 'qwen'])
  })

  it('is none of what was so from the beginning, or is within what is tolerated', () => {
    expect(analyze(after(turning(14, [0.055, 0.055]))).degradations).toEqual([])
    expect(analyze(after(Array.from({ length: 14 }, (_, index) => dayOf(index, 1_000, [0.15, 0.15])))).degradations).toEqual([])
  })

  it('needs 2,000 units of whole days before, and waits for a day to end', () => {
    expect(analyze(after(turning(8, [0.05, 0.9]).slice(5))).degradations).toEqual([])
    const days = turning(7, [0.05, 0.9])
    expect(analyze(after(days, 6 * 24 + 23)).degradations).toEqual([])
    expect(analyze(after(days)).degradations).toHaveLength(1)
    // begun at noon: the first day is no whole one
    const noon = after(days)
    noon.epochs[0]!.startedAt = hours(12)
    expect(analyze(noon).degradations).toHaveLength(1)
    const short = after([dayOf(0, 2_000, [0.05, 0.05]), dayOf(1, 1_000, [0.9, 0.9])])
    short.epochs[0]!.startedAt = hours(12)
    expect(analyze(short).degradations).toEqual([])
  })

  it('ends when days are good again', () => {
    const days = [...turning(7, [0.05, 0.15]), ...Array.from({ length: 14 }, (_, index) => dayOf(7 + index, 1_000, [0.05, 0.05]))]
    expect(analyze(after(days.slice(0, 7))).degradations).toHaveLength(1)
    expect(analyze(after(days)).degradations).toEqual([])
  })

  it('is the same after any restart: it follows from the days alone', () => {
    const days = turning(9, [0.05, 0.12])
    const [once, again] = [days, structuredClone(days)].map((given) => analyze(after(given)).degradations)
    expect(again).toEqual(once)
  })

  it('alarms rarely while nothing changes', () => {
    let alarms = 0
    for (let seed = 0; seed < 40; seed++) {
      const random = seededRandom(seed)
      const share = (): number => {
        let failures = 0
        for (let unit = 0; unit < 400; unit++) if (random.uniform() < 0.05) failures++
        return failures / 400
      }
      const days = Array.from({ length: 30 }, (_, index) => dayOf(index, 400, [share(), share()]))
      if (days.some((_, index) => analyze(after(days.slice(0, index + 1))).degradations.length > 0)) alarms++
    }
    // 30 days of 400 units are 12,000 of a million unit-days
    expect(alarms).toBeLessThanOrEqual(1)
  })
})

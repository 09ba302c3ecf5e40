import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { noWeighted, perUnitMoments, pushWeighted } from '../../../stats/index.ts'
import { seededRandom } from '../../../stats/random.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import { dayAt, dayName } from './generations.ts'

const first = dayAt(hours(0).getTime())
const stages = [{ allocation: 'bandit', algorithm: 'contextual', context: { categorical: [{ attribute: 'plan', values: ['pro'] }] } }]

/** What is frozen: the spread of both metrics, and what was known of the arms before. */
const frozen = { plannedUnits: [5_000, 5_000], promoteLevel: 0.05, killLevel: 0.005, variances: [0.24, 0.06] }
const means = [[{ x: 0.4, y: 1 }, { x: 0.4, y: 1 }], [{ x: 0.08, y: 1 }, { x: 0.08, y: 1 }]]

type Counted = { units: number; slow: number; weighted: typeof noWeighted }
const nobody = (): Counted[] => [{ units: 0, slow: 0, weighted: noWeighted }, { units: 0, slow: 0, weighted: noWeighted }]

/**
 * Users of a day: a third are pro, who are slow more often whoever answers, and whom the candidate gets four times in five; of the
 * others it gets one in five. So it looks far worse than it is where chances are forgotten.
 *
 * @param harm by which the candidate is slow more often
 */
const serve = (arms: Counted[], random: ReturnType<typeof seededRandom>, users: number, harm: number): void => {
  for (let user = 0; user < users; user++) {
    const pro = random.uniform() < 1 / 3
    const candidate = pro ? 0.8 : 0.2
    const arm = random.uniform() < candidate ? 1 : 0
    const isSlow = Number(random.uniform() < (pro ? 0.15 : 0.04) + (arm === 1 ? harm : 0))
    const own = arms[arm]!
    arms[arm] = { units: own.units + 1, slow: own.slow + isSlow, weighted: pushWeighted(own.weighted, arm === 1 ? candidate : 1 - candidate, isSlow) }
  }
}

const dayOf = (after: number, arms: Counted[]): GenerationDay => ({
  day: first + after, recent: true,
  epochs: [{
    epoch: 1, coverage: 1, weights: [0.6, 0.4], startedAt: hours(24 * after), endedAt: null, sealed: false, late: 0, crossed: 0, rebuilt: 0, frozen: { means },
    arms: arms.map(({ units, slow: failures, weighted }) => ({
      units, reporting: units, outcomes: units, metrics: [perUnitMoments(0, 0, 0), perUnitMoments(units, failures, failures)], weighted: [noWeighted, weighted],
    })),
  }],
})

const inputAt = (after: number, day: GenerationDay): AnalysisInput => {
  const quiet = [{ arms: [{ units: 2_000, metrics: [800, 160] }, { units: 2_000, metrics: [800, 160] }] }]
  const input = experimentAfter(after * 24 + 12, [win, slow], quiet, { stages: stages as never }, { frozen })
  return { ...input, generations: [day] }
}

describe('days of a stage in which each user has a chance of its own', () => {
  it('find a variant that turns bad for those who come back', () => {
    const random = seededRandom(1)
    const verdicts = Array.from({ length: 3 }, (_, after) => {
      const arms = nobody()
      serve(arms, random, 1_500, after === 2 ? 0.25 : 0)
      return analyze(inputAt(after, dayOf(after, arms)))
    })
    expect(verdicts.map(({ daily }) => daily.map(({ verdict }) => verdict === 'FAIL'))).toEqual([[false], [false], [true]])
    expect(decide(verdicts[2]!).decisions).toMatchObject([{
      action: 'rollback', variant: 'qwen', rule: 'guardrail-harm', evidence: { generation: { day: dayName(first + 2), metric: 'slow' } },
    }])
  })

  it('alarm rarely of one that is as bad as is allowed, whomever it gets, and looked at again and again', () => {
    let [alarms, naive] = [0, 0]
    const runs = 40
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let failed = false
      for (let after = 0; after < 14 && !failed; after++) {
        const arms = nobody()
        for (let look = 0; look < 8 && !failed; look++) {
          serve(arms, random, 150, 0.02)
          failed = analyze(inputAt(after, dayOf(after, arms))).daily.some(({ verdict }) => verdict === 'FAIL')
        }
        const [control, candidate] = arms.map(({ units, slow: failures }) => failures / units) as [number, number]
        if (candidate - control > 0.02) naive++
      }
      if (failed) alarms++
    }
    // promised: at most .015 of all runs
    expect(alarms).toBeLessThanOrEqual(2)
    expect(naive).toBeGreaterThan(0.9 * runs * 14)
  })
})

import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { perUnitMoments } from '../../../stats/index.ts'
import { seededRandom } from '../../../stats/random.ts'
import type { AnalysisInput, GenerationDay } from './analysis-input.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import { dueAt } from '../decide/due.ts'
import { dayAt, dayMs, dayOfEpoch, drawsEach, generationEpoch, generationMetrics, generationUnit, plannedDays, strataOf, stratumOf, unitsReturn } from './generations.ts'
import { accountsOf, levelsOf, limitLevel } from './levels.ts'
import { digestOfInput } from './maturity.ts'

const first = dayAt(hours(0).getTime())

/** So many units an arm on this day after the start, of whom so many were slow; `recent` ones are judged. */
const dayOf = (after: number, arms: [units: number, slow: number][], recent = true): GenerationDay => ({
  day: first + after, recent,
  epochs: [{
    epoch: 0, coverage: 1, weights: arms.map(() => 1 / arms.length), startedAt: hours(24 * after), endedAt: null, sealed: false,
    late: 0, crossed: 0, rebuilt: 0,
    arms: arms.map(([units, failures]) => ({
      units, reporting: units, outcomes: units, metrics: [perUnitMoments(0, 0, 0), perUnitMoments(units, failures, failures)],
    })),
  }],
})

const quietStage = [{ arms: [{ units: 2_000, metrics: [800, 100] }, { units: 2_000, metrics: [800, 100] }] }]

const inputAt = (age: number, days: GenerationDay[], draft = {}): AnalysisInput =>
  ({ ...experimentAfter(age, [win, slow], quietStage, draft), generations: days })

describe('the unit of a day', () => {
  it('is another one each day, and each day the same', () => {
    const unit = '0123456789abcdef0123456789abcdef'
    const days = [20_000, 20_001, 20_002].map((day) => generationUnit(unit, day))
    expect(new Set([unit, ...days]).size).toBe(4)
    for (const one of days) expect(one).toMatch(/^[0-9a-f]{32}$/)
    expect(generationUnit(unit, 20_001)).toBe(days[1])
    expect(generationUnit(`${'f'.repeat(24)}00000001`, 1)).toBe(`${'f'.repeat(24)}00000000`)
  })

  it('has an epoch that tells day and stratum', () => {
    const epoch = generationEpoch(20_500, 337)
    expect([dayOfEpoch(epoch), stratumOf(epoch)]).toEqual([20_500, 337])
    expect(generationEpoch(32_767, 65_535)).toBeLessThan(2 ** 31)
  })
})

describe('what is counted day by day', () => {
  const { definition } = experimentAfter(1, [win, slow], quietStage).experiment
  it('is guardrails of units that return, without what is known of them besides', () => {
    expect(unitsReturn(definition)).toBe(true)
    expect(unitsReturn({ ...definition, unit: 'request' })).toBe(false)
    expect(unitsReturn({ ...definition, stickiness: 'none' })).toBe(false)
    const { metrics } = experimentAfter(1, [win, slow], quietStage)
    const adjusted = metrics.map((plan) => ({ ...plan, covariate: { history: true as const }, segmented: true as const, weighed: true as const, reward: true as const }))
    expect(generationMetrics(definition, adjusted, false)).toEqual([metrics[1]])
    expect(generationMetrics(definition, adjusted, true)).toEqual([{ ...metrics[1], weighed: true }])
  })

  it('is by the weights of an epoch only where they move', () => {
    expect(strataOf(definition, 0)).toBeNull()
    const bandit = experimentAfter(1, [win, slow], quietStage, { stages: [{ allocation: 'bandit' }] }).experiment.definition
    expect(strataOf(bandit, 0)).toBe('exposed')
    expect(strataOf({ ...bandit, stickiness: 'hash' }, 0)).toBe('served')
  })

  it('is weighed in a stage whose units have a chance each of their own', () => {
    const context = { numeric: [{ attribute: 'age', center: 40, scale: 10 }], categorical: [] }
    const stages = [{ allocation: 'fixed' }, { allocation: 'bandit' }, { allocation: 'bandit', algorithm: 'contextual', context }]
    const { definition: mixed } = experimentAfter(1, [win, slow], quietStage, { stages }).experiment
    expect(stages.map((_, stage) => drawsEach(mixed, stage))).toEqual([false, false, true])
  })

  it('spends its own part of the harm budget', () => {
    expect(plannedDays(definition)).toBe(15)
    expect(accountsOf(definition).failDaily).toBeCloseTo(0.015, 15)
    const input = inputAt(24, [])
    const levels = Array.from({ length: 15 }, (_, after) => levelsOf(input, definition.metrics[1]!, 1, first + after).harm.alpha)
    for (const level of levels) expect(level).toBeCloseTo((0.9 * 0.015) / 15, 15)
  })

  it('spends no more than that, however long a bake or a person who waits goes on', () => {
    const guardrail = definition.metrics[1]!
    for (const policy of [{ mode: 'recommend' as const }, { bake: { units: 20_000, keep: 0.05 } }]) {
      const input = inputAt(24, [], { policy })
      const levelOf = (after: number): number => levelsOf(input, guardrail, 1, first + after).harm.alpha
      const share = accountsOf(input.experiment.definition).failDaily
      const spent = Array.from({ length: 2_000 }, (_, after) => levelOf(after)).reduce((sum, level) => sum + level, 0)
      expect(spent).toBeLessThanOrEqual(share)
      expect(spent).toBeGreaterThan(0.999 * share)
      expect(levelOf(15)).toBeGreaterThan(levelOf(16))
    }
  })
})

describe('a stage that begins anew', () => {
  const guardrail = inputAt(24, []).experiment.definition.metrics[1]!
  const anew = (reopened: number, after = 2) => {
    const input = inputAt(after * 24 + 12, [dayOf(after, [[500, 25], [500, 150]])])
    return { ...input, experiment: { ...input.experiment, reopened } }
  }

  it('has less to err with in each scope, draws its ranges by that, and leaves each day as it was', () => {
    const scopes = [0, 1, 2, 3].map((reopened) => levelsOf(anew(reopened), guardrail, 1))
    expect(scopes[0]).toEqual(levelsOf(inputAt(60, []), guardrail, 1))
    for (const [index, { gain, harm }] of scopes.slice(1).entries()) {
      expect(gain.alpha).toBeLessThan(scopes[index]!.gain.alpha)
      expect(harm.alpha).toBeLessThan(scopes[index]!.harm.alpha)
    }
    expect(levelsOf(anew(3), guardrail, 1, first + 5).harm.alpha).toBe(levelsOf(anew(0), guardrail, 1, first + 5).harm.alpha)
    const drawn = (reopened: number) => analyze(anew(reopened)).report.guardrails[0]!.harm
    expect(drawn(1).lower).toBeLessThan(drawn(0).lower!)
    expect(drawn(1).estimate).toBe(drawn(0).estimate)
  })

  it('judges no day twice: that of its beginning was the scope before’s', () => {
    const begun = (reopened: number) => {
      const input = anew(reopened, 0)
      return analyze({ ...input, generations: [dayOf(0, [[500, 25], [500, 150]])] }).daily.length
    }
    expect([begun(0), begun(1)]).toEqual([1, 0])
  })
})

describe('a day on which a variant does harm', () => {
  const broken = dayOf(4, [[500, 25], [500, 150]])

  it('is named where the stage shows nothing, and rolls it back', () => {
    const analysis = analyze(inputAt(4 * 24 + 12, [dayOf(3, [[500, 25], [500, 25]]), broken]))
    const [row] = analysis.report.guardrails
    expect(row).toMatchObject({ verdict: 'INCONCLUSIVE', generation: { day: '2026-03-05', verdict: 'FAIL' } })
    expect(row?.generation?.harm.lower).toBeGreaterThan(0.02)
    expect(analysis.report.summary.headline).toMatch(/^qwen does harm: slow rose by .* on 2026-03-05; you allow/)
    expect(analysis.conditions.some(({ kind, met, current }) => kind === 'guardrail' && !met && current === 'harm on 2026-03-05')).toBe(true)
    const [decision] = decide(analysis).decisions
    expect(decision).toMatchObject({
      action: 'rollback', rule: 'guardrail-harm', status: 'applied', evidence: { generation: { day: '2026-03-05', metric: 'slow' } },
    })
  })

  it('is found as well where there is only an absolute limit, at a level of its own', () => {
    const draft = { metrics: [{ metric: 'win', role: 'decision' as const }, { metric: 'slow', role: 'guardrail' as const, limit: 0.15 }] }
    const analysis = analyze(inputAt(4 * 24 + 12, [dayOf(3, [[500, 25], [500, 25]]), broken], draft))
    expect(analysis.report.guardrails).toMatchObject([{ verdict: 'PASS', generation: { day: '2026-03-05', verdict: 'FAIL' } }])
    expect(decide(analysis).decisions).toMatchObject([{
      action: 'rollback', rule: 'guardrail-harm', reason: 'qwen was beyond the limit for slow, 15 per 100, on 2026-03-05.',
      evidence: { generation: { day: '2026-03-05', metric: 'slow' } },
    }])
    const both = analyze(inputAt(4 * 24 + 12, [dayOf(4, [[500, 150], [500, 150]])], draft))
    expect(both.daily).toMatchObject([{ verdict: 'INCONCLUSIVE', shared: true }])
    expect(both.holds).toMatchObject([{ reason: 'shared_harm' }])
    const levels = Array.from({ length: 2_000 }, (_, after) => limitLevel(analysis.input, first + after).alpha)
    expect(levels.reduce((sum, level) => sum + level, 0)).toBeLessThanOrEqual(accountsOf(analysis.input.experiment.definition).limit / 4)
  })

  it('waits for its end where outcomes have a deadline', () => {
    const draft = { window: 'PT6H' }
    expect(analyze(inputAt(4 * 24 + 12, [broken], draft)).report.guardrails[0]).not.toHaveProperty('generation')
    const later = inputAt(5 * 24 + 1, [broken], draft)
    expect(analyze(later).report.guardrails[0]).toMatchObject({ generation: { verdict: 'FAIL' } })
    expect(dueAt(inputAt(4 * 24 + 12, [broken], draft))).toBeLessThanOrEqual((first + 5) * dayMs + 60_000)
  })

  it('is no news once it is long over', () => {
    expect(analyze(inputAt(9 * 24, [{ ...broken, recent: false }])).report.guardrails[0]).not.toHaveProperty('generation')
  })

  it('is not told from a day on which one of the two was out for a while', () => {
    const input = inputAt(4 * 24 + 12, [dayOf(3, [[500, 25], [500, 150]]), broken])
    const [epoch] = input.epochs
    // the control was quarantined in the morning of the fourth day: fewer of its users were analysed
    const out = { ...epoch!, epoch: 2, weights: [0, 1], startedAt: hours(3 * 24 + 6), endedAt: hours(3 * 24 + 9) }
    const epochs = [{ ...epoch!, endedAt: out.startedAt }, out, { ...epoch!, epoch: 3, startedAt: out.endedAt }]
    expect(analyze({ ...input, epochs }).daily.map(({ day }) => day)).toEqual(['2026-03-05'])
    expect(analyze(input).daily.map(({ day }) => day)).toEqual(['2026-03-04', '2026-03-05'])
  })

  it('changes the digest', () => {
    const digests = [[], [broken], [dayOf(4, [[500, 25], [500, 151]])]].map((days) => digestOfInput(inputAt(100, days)))
    expect(new Set(digests).size).toBe(3)
  })
})

describe('days of a variant that does no harm', () => {
  it('alarm rarely, at the margin itself and looked at every 50 units', () => {
    let alarms = 0
    const runs = 30
    for (let seed = 0; seed < runs; seed++) {
      const random = seededRandom(seed)
      let failed = false
      for (let after = 0; after < 14 && !failed; after++) {
        const arms: [number, number][] = [[0, 0], [0, 0]]
        // as bad as is allowed, on a day that is better or worse for both
        const base = 0.05 + 0.1 * random.uniform()
        for (let look = 0; look < 10 && !failed; look++) {
          for (const [arm, rate] of [base, base + 0.02].entries()) {
            for (let unit = 0; unit < 25; unit++) {
              arms[arm]![0]++
              if (random.uniform() < rate) arms[arm]![1]++
            }
          }
          const input = inputAt(after * 24 + 12, [dayOf(after, arms)])
          failed = analyze(input).daily.some(({ verdict }) => verdict === 'FAIL')
        }
      }
      if (failed) alarms++
    }
    // promised: at most .015 of all runs
    expect(alarms).toBeLessThanOrEqual(2)
  })
})

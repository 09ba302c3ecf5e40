import { describe, expect, it } from 'vitest'
import { type ArmDraft, type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'

type Arm = [units: number, wins: number, slows: number, outcomes?: number]
const arms = (...each: Arm[]): ArmDraft[] =>
  each.map(([units, wins, slows, outcomes = units]) => ({ units, metrics: [wins, slows], reporting: Math.min(units, outcomes), outcomes }))

const verdictsOf = (epoch: EpochDraft, draft = {}, age = 48) =>
  analyze(experimentAfter(age, [win, slow], [epoch], draft)).report.comparisons.map(({ verdict }) => verdict)

describe('verdicts, of the decision and of the guardrail', () => {
  it.each<[string, Arm[], string[]]>([
    ['better and harmless', [[6_000, 2_400, 600], [6_000, 2_900, 500]], ['PASS', 'PASS']],
    ['worse and harmful', [[6_000, 2_400, 600], [6_000, 1_900, 1_200]], ['FAIL', 'FAIL']],
    ['the same, more or less', [[600, 240, 60], [600, 242, 62]], ['INCONCLUSIVE', 'INCONCLUSIVE']],
    ['the first few', [[5, 2, 0], [4, 2, 1]], ['INSUFFICIENT', 'INCONCLUSIVE']],
    ['only one of the two so far', [[5, 2, 0], [0, 0, 0]], ['INSUFFICIENT', 'INSUFFICIENT']],
    ['nobody at all', [[0, 0, 0], [0, 0, 0]], ['NO_TRAFFIC', 'NO_TRAFFIC']],
    ['nobody reports', [[3_000, 0, 0, 0], [3_000, 0, 0, 0]], ['NO_OUTCOME', 'NO_OUTCOME']],
    ['a silent variant, which neither loses nor passes by its silence', [[3_000, 1_200, 300], [3_000, 0, 0, 0]], ['NO_OUTCOME', 'NO_OUTCOME']],
    ['a silent control, than which nobody is better', [[3_000, 0, 0, 0], [3_000, 1_200, 0]], ['NO_OUTCOME', 'NO_OUTCOME']],
    ['a silent control, and harm that the variant itself reports', [[3_000, 0, 0, 0], [3_000, 1_200, 900]], ['NO_OUTCOME', 'FAIL']],
  ])('%s', (_, each, expected) => expect(verdictsOf({ arms: arms(...each) })).toEqual(expected))

  it('are ERROR where the data cannot be trusted, but harm stays harm', () => {
    const wrong = { rebuilt: 100 }
    expect(verdictsOf({ arms: arms([6_000, 2_400, 600], [6_000, 2_900, 500]), ...wrong })).toEqual(['ERROR', 'ERROR'])
    expect(verdictsOf({ arms: arms([6_000, 2_400, 600], [6_000, 2_900, 1_200]), ...wrong })).toEqual(['ERROR', 'FAIL'])
    const { report } = analyze(experimentAfter(48, [win, slow], [{ arms: arms([6_000, 2_400, 600], [6_000, 2_900, 500]), ...wrong }]))
    expect(report.comparisons.some(({ significant }) => significant)).toBe(false)
  })

  it('wait for the outcome window', () => {
    const epoch = { arms: arms([6_000, 2_400, 600], [6_000, 2_900, 500]), endedAt: hours(47) }
    expect(verdictsOf(epoch, { window: 'PT2H' })).toEqual(['INSUFFICIENT', 'INSUFFICIENT'])
    expect(verdictsOf(epoch, { window: 'PT1H' })).toEqual(['PASS', 'PASS'])
  })

  it('harm only by FAIL', () => {
    const act = (...each: Arm[]) => decide(analyze(experimentAfter(48, [win, slow], [{ arms: arms(...each) }]))).decisions
    for (const each of [
      [[3_000, 1_200, 300], [3_000, 0, 0, 0]], [[3_000, 0, 0, 0], [3_000, 0, 0, 0]], [[5, 2, 0], [4, 0, 4]],
    ] as [Arm, Arm][]) {
      expect(act(...each).filter(({ action }) => action !== 'hold')).toEqual([])
    }
  })
})

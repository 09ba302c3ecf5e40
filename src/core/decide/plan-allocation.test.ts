import { describe, expect, it } from 'vitest'
import { type ArmDraft, type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { type AllocationInputs, allocateWeights } from '../adaptive/allocation.ts'
import { analyze } from '../analyze/analyze.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { decideAll } from './decide-all.ts'
import { dueAt } from './due.ts'
import { planAllocation } from './plan-allocation.ts'
import { clockTurn } from './turn-epoch.ts'

const policy = { maxDuration: 'P2D', autoKill: false, autoPromote: false }
const arm = (units: number, ...happened: number[]): ArmDraft => ({ units, metrics: happened })
const rates = [0.3, 0.32, 0.4]
const epochOf = (units: number[], level = 0): EpochDraft => ({
  arms: units.map((count, at) => arm(count, Math.round(count * ((rates[at] ?? 0) + level)), Math.round(count * 0.1))),
})
const bandit = (epochs: EpochDraft[], age = epochs.length, stage: object = {}, facts: Partial<AnalysisInput['experiment']> = {}): AnalysisInput => {
  const input = experimentAfter(age, [win, slow], epochs, { stages: [{ allocation: 'bandit', ...stage }], policy }, facts)
  input.epochs.forEach((epoch, index) => {
    if (index < input.epochs.length - 1) epoch.endedAt = hours(index + 1)
  })
  return input
}
const planOf = (input: AnalysisInput) => {
  const analysis = analyze(input)
  return planAllocation(analysis, analysis.belief)
}
const weightsOf = (input: AnalysisInput): number[] => {
  const plan = planOf(input)
  if (plan?.act !== 'move') throw new Error(`the weights stay: ${plan?.why}`)
  return plan.allocated.weights
}
const equal = epochOf([400, 400, 400])

describe('planAllocation', () => {
  it('moves toward the arm that is likely best, by no more than a step, and tells why', () => {
    const plan = planOf(bandit([equal]))
    if (plan?.act !== 'move') throw new Error('the weights stay')
    expect(plan.allocated.weights[2]).toBeCloseTo(1 / 3 + 0.1, 9)
    expect(plan.allocated.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
    expect(plan.rule).toBe('bandit-thompson')
    expect(plan.reason).toMatch(/^gemma from 33\.33 % to .*: the chances to be best on win are llama 9\d\.\d+ %, qwen/)
    expect(plan.evidence).toMatchObject({ propensities: { llama: plan.allocated.weights[2] }, error: 0 })
    const inputs = JSON.parse(JSON.stringify(plan.inputs)) as AllocationInputs
    expect(allocateWeights(inputs)).toEqual(plan.allocated)
  })

  it('follows effects beside a level of each epoch, so that a falling baseline misleads nobody', () => {
    // the best arm got most of its units when everything was worse
    const fallen = { ...epochOf([150, 150, 900], -0.2), weights: [0.125, 0.125, 0.75] }
    const input = bandit([equal, fallen])
    const { report } = analyze(input)
    expect(report.variants[2]?.probabilityBest).toBeGreaterThan(0.95)
    expect(weightsOf(input)[2]).toBeGreaterThan(0.75)
  })

  it.each([
    ['has too few outcomes', bandit([epochOf([400, 400, 90])]), '90 of 100 outcomes of llama have matured'],
    ['moved a moment ago', bandit([equal, { ...equal, weights: [0.3, 0.3, 0.4] }], 1.05), 'less than 5.7 min ago'],
    ['has no new data', bandit([equal], 1, {}, { looks: { reallocate: { count: 1, digest: analyze(bandit([equal])).digest } } }), 'no data has matured'],
    ['gets its units otherwise than drawn', bandit([epochOf([900, 300, 300])]), 'planned shares'],
    ['is as it should be', bandit([{ ...epochOf([400, 400, 4_000]), weights: [0.02, 0.02, 0.96] }], 1, { minOutcomes: 1 }), ''],
    ['has units that are all alike', bandit([{ arms: [arm(200, 0, 20), arm(200, 0, 20), arm(200, 0, 20)] }], 1, { minOutcomes: 1 }), 'the same value'],
  ])('keeps the weights where the bandit %s', (_, input, why) => {
    const plan = planOf(input)
    expect(plan?.act).toBe('keep')
    expect(plan?.act === 'keep' ? plan.why : '').toContain(why)
  })

  it('rests while paused, and where there is no bandit', () => {
    expect(planOf(bandit([equal], 1, {}, { state: 'paused' }))).toBeNull()
    expect(planOf(experimentAfter(1, [win, slow], [equal]))).toBeNull()
  })

  it('gives an arm nothing whose guardrail fails, and one that is unproven its floor where the stage wants that', () => {
    const harmful: EpochDraft = { arms: [arm(2_000, 600, 200), arm(2_000, 640, 200), arm(2_000, 800, 900)] }
    const weights = weightsOf(bandit([harmful]))
    expect(weights[2]).toBe(0)
    expect(weights[1]).toBeGreaterThan(0.02)
    expect(weightsOf(bandit([equal], 1, { unproven: 'floor', floor: 0.05 })).slice(1)).toEqual([0.05, 0.05])
  })

  it('with uniform weights changes nothing, top-two keeps a challenger', () => {
    expect(planOf(bandit([equal], 1, { algorithm: 'uniform' }))).toMatchObject({ act: 'keep', why: 'the weights would hardly change' })
    const sure = [equal, equal, equal].map((one) => ({ ...one }))
    const thompson = weightsOf(bandit(sure, 3, { maxStep: 1 }))
    const challenged = weightsOf(bandit(sure, 3, { algorithm: 'top-two', maxStep: 1 }))
    expect(thompson[2]).toBeGreaterThan(0.9)
    expect(challenged[2]).toBeLessThan(0.6)
    expect(challenged[1]).toBeGreaterThan(0.2)
  })

  it('forgets with the half-life', () => {
    const turned = { arms: [arm(400, 160, 40), arm(400, 128, 40), arm(400, 90, 40)] }
    const chances = (halfLife: string | null) => analyze(bandit([equal, equal, equal, turned], 4, { halfLife })).report.variants[0]?.probabilityBest ?? 0
    expect(chances('PT10M')).toBeGreaterThan(0.9)
    expect(chances(null)).toBeLessThan(0.5)
  })
})

describe('decideAll', () => {
  it('reallocates before it promotes, and remembers from which data', () => {
    const close = { arms: [arm(8_000, 2_400, 800), arm(8_000, 3_120, 800), arm(8_000, 3_200, 800)] }
    const input = bandit([close], 26, { maxStep: 0.2 }, { looks: { 'promote:llama': { count: 1, digest: 'before' } } })
    input.experiment.definition.policy.autoPromote = true
    input.experiment.frozen!.variances = [0.22, 0.09]
    const { decisions, looks } = decideAll(analyze(input))
    expect(decisions.map(({ action, status }) => [action, status])).toEqual([['reallocate', 'applied'], ['promote', 'applied']])
    expect(looks['reallocate']?.digest).toBe(analyze(input).digest)
    expect(decisions[0]?.traffic?.next).toMatchObject({ scope: 'same', cause: 'action', frozen: { means: [[{ y: 1 }, { y: 1 }, { y: 1 }], expect.any(Array)] } })
  })

  it('promotes nobody before the spread is known at which the sequence is tuned', () => {
    const input = bandit([epochOf([3_000, 3_000, 3_000])], 26)
    expect(analyze(input).report.comparisons.filter(({ metric }) => metric === 'win').map(({ verdict }) => verdict)).toEqual(['INSUFFICIENT', 'INSUFFICIENT'])
    const { decisions } = decideAll(analyze(input))
    expect(decisions[0]?.traffic?.frozen?.variances?.[0]).toBeCloseTo((0.3 * 0.7 + 0.32 * 0.68 + 0.4 * 0.6) / 3, 3)
  })
})

describe('the clock of a bandit', () => {
  it('turns after its length, not before, and says when', () => {
    const input = bandit([equal], 0.5)
    input.experiment.frozen!.variances = [0.2, 0.1]
    expect(clockTurn(input)).toBeNull()
    expect(dueAt(input)).toBe(hours(1).getTime())
    expect(clockTurn({ ...input, now: hours(1) })?.next).toMatchObject({ cause: 'clock', scope: 'same', weights: [1 / 3, 1 / 3, 1 / 3] })
    expect(clockTurn({ ...bandit([epochOf([0, 0, 0])], 2) })).toBeNull()
    expect(clockTurn(experimentAfter(2, [win, slow], [equal]))).toBeNull()
  })
})

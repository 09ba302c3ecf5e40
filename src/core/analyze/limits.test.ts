import { describe, expect, it } from 'vitest'
import { type Moments, momentsOf, noMoments, perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { type ArmDraft, type EpochDraft, experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import type { EpochData } from './analysis-input.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { accountsOf, limitLevel, limitLevelOfWindow } from './levels.ts'
import { limitWindows } from './limits.ts'

const limit = 0.1
type Counts = [units: number, slow: number]
/** An hour of traffic: the control's counts, then the variant's. */
const hour = (control: Counts, variant: Counts): EpochDraft => ({ arms: [control, variant].map(([units, slows]): ArmDraft => ({ units, metrics: [units / 2, slows] })) })
const good = hour([200, 10], [200, 10])
const bad = hour([200, 10], [200, 50])
const metrics = [{ metric: 'win', role: 'decision' as const }, { metric: 'slow', role: 'guardrail' as const, limit }]
const ended = (epochs: EpochDraft[]): EpochDraft[] =>
  epochs.map((epoch, index) => ({ ...epoch, endedAt: index + 1 < epochs.length ? hours(index + 1) : null }))
const after = (epochs: EpochDraft[], draft = {}, facts = {}) =>
  analyze(experimentAfter(epochs.length, [win, slow], ended(epochs), { metrics, ...draft }, facts))
const times = <T>(count: number, of: T): T[] => Array.from({ length: count }, () => of)

describe('an absolute limit in the last windows of a variant', () => {
  it('rolls back who breaks it in three of five, though over the whole scope it is kept', () => {
    const analysis = after([...times(60, good), bad, good, bad, bad])
    const [row] = analysis.report.guardrails
    expect(row).toMatchObject({ metric: 'slow', verdict: 'PASS', windows: { verdict: 'FAIL' } })
    expect(row?.windows?.last.map(({ broken }) => broken)).toEqual([false, true, false, true, true])
    expect(row?.windows?.last.at(-1)).toMatchObject({ from: hours(63).toISOString(), to: null, units: 200 })
    expect(row?.windows?.last.at(-1)?.excess.lower).toBeGreaterThan(0)
    expect(decide(analysis).decisions).toMatchObject([{
      action: 'rollback', variant: 'qwen', rule: 'limit-windows', status: 'applied',
      reason: 'qwen was beyond the limit for slow, 10 per 100, in 3 of the last 5 windows of its traffic.',
      evidence: { windows: { metric: 'slow', limit, last: [{}, {}, {}, {}, {}] } },
    }])
    expect(analysis.report.summary.headline).toMatch(/^qwen does harm: slow was 15.* per 100 beyond its limit/)
    expect(analysis.conditions.find(({ text }) => text.includes('windows'))).toMatchObject({ met: false, current: 'beyond it in 3 of 5' })
  })

  it('does nothing for two of five, nor for three that lie further apart', () => {
    for (const last of [[bad, good, good, good, bad], [bad, bad, good, good, good, bad], [bad, bad]]) {
      const analysis = after([...times(60, good), ...last])
      expect(analysis.windowed).toMatchObject([{ verdict: 'INCONCLUSIVE' }])
      expect(decide(analysis).decisions.filter(({ action }) => action !== 'hold' && action !== 'promote')).toEqual([])
    }
    expect(after([good, good]).report.guardrails[0]).not.toHaveProperty('windows')
  })

  it('kills in a race of several, goes back from a bake, and only proposes where a person decides', () => {
    const three = ([control, variant]: ArmDraft[]): EpochDraft => ({ arms: [control!, control!, variant!] })
    const race = [...times(60, good), bad, bad, bad].map(({ arms }) => three(arms))
    expect(decide(analyze(experimentAfter(63, [win, slow], ended(race), { metrics }))).decisions)
      .toMatchObject([{ action: 'kill', variant: 'llama', rule: 'limit-windows' }])
    const baked = after([...times(60, good), bad, bad, bad], { policy: { bake: { units: 90_000, keep: 0.5 } } }, { state: 'baking', scopeKind: 'bake', winner: 'qwen' })
    expect(decide(baked).decisions).toMatchObject([{ action: 'rollback', variant: 'qwen', rule: 'bake-harm', evidence: { windows: { metric: 'slow' } } }])
    const asked = after([...times(60, good), bad, bad, bad], { policy: { mode: 'recommend' } })
    expect(decide(asked).decisions).toMatchObject([{ action: 'rollback', rule: 'limit-windows', status: 'held' }])
  })

  it('blames nobody while the control is beyond it as well, and holds', () => {
    const both = hour([200, 50], [200, 50])
    const analysis = after([...times(60, good), both, both, both, both, both])
    expect(analysis.windowed).toMatchObject([{ verdict: 'INCONCLUSIVE', shared: true }])
    expect(analysis.holds).toMatchObject([{ reason: 'shared_harm', variant: 'qwen', metric: 'slow' }])
  })

  it('is made of quiet hours as of busy ones: fifty units in a row', () => {
    const quiet = hour([10, 0], [10, 10])
    const analysis = after([...times(60, good), ...times(15, quiet)])
    expect(analysis.windowed[0]?.windows.map(({ units, broken }) => [units, broken])).toEqual([[200, false], [200, false], [50, true], [50, true], [50, true]])
    expect(analysis.windowed[0]?.verdict).toBe('FAIL')
    expect(after([...times(60, good), ...times(14, quiet)]).windowed[0]?.verdict).toBe('INCONCLUSIVE')
  })

  it('holds beside a margin, too, each with a row of its own', () => {
    const draft = { metrics: [metrics[0]!, { ...metrics[1]!, margin: 0.5 }] }
    const late = after([...times(60, good), bad, bad, bad], draft)
    expect(late.report.guardrails.map(({ margin, verdict, windows }) => [margin, verdict, windows?.verdict])).toEqual([[0.5, 'PASS', undefined], [0, 'PASS', 'FAIL']])
    expect(decide(late).decisions).toMatchObject([{ action: 'rollback', rule: 'limit-windows' }])
    const whole = after(times(10, bad), draft)
    expect(whole.report.guardrails.map(({ verdict }) => verdict)).toEqual(['PASS', 'FAIL'])
    expect(whole.report.comparisons.map(({ metric, verdict }) => [metric, verdict])).toContainEqual(['slow', 'PASS'])
  })

  it('is judged of means as of shares, from a hundred units on', () => {
    const ms: MetricDefinition = { key: 'ms', kind: 'mean', measure: 'ms', direction: 'decrease', min: 0, max: 2_000 }
    const random = seededRandom(5)
    const unitsAt = (mean: number): Moments => momentsOf(Array.from({ length: 120 }, () => [mean + 50 * random.normal(), 1]))
    const at = (mean: number): EpochDraft => ({ arms: [{ units: 120, metrics: [unitsAt(400)] }, { units: 120, metrics: [unitsAt(mean)] }] })
    const epochs = ended([...times(30, 400), 460, 460, 460].map(at))
    const analysis = analyze(experimentAfter(33, [ms], epochs, { metrics: [{ metric: 'ms', role: 'guardrail', limit: 430 }] }))
    expect(analysis.guardrails[0]?.verdict).toBe('PASS')
    expect(analysis.windowed[0]).toMatchObject({ verdict: 'FAIL', windows: [{ broken: false }, { broken: false }, { broken: true }, { broken: true }, { broken: true }] })
  })

  it('spends its own part of the share of the limit', () => {
    const { input } = after([good])
    const share = accountsOf(input.experiment.definition, input.experiment.frozen).limit
    expect(limitLevel(input).alpha).toBeCloseTo(share / 2, 15)
    expect(6 * Array.from({ length: 10_000 }, (_, index) => limitLevelOfWindow(input, index + 1).alpha ** 3).reduce((sum, one) => sum + one, 0))
      .toBeLessThanOrEqual(share / 4)
  })

  // at most α = .0025/8 of all runs each: one of 100 has a chance of .03
  it('is not broken by a variant that lies exactly at it, looked at every 50 units', () => {
    const random = seededRandom(17)
    const { input, contrasts } = after([good])
    const contrast = contrasts.find(({ measured: { metric } }) => metric.limit !== undefined)!
    const [epoch] = input.epochs
    const [control] = epoch!.arms
    const at = (counts: readonly Counts[]): EpochData[] => counts.map(([units, slows]) =>
      ({ ...epoch!, arms: [control!, { ...control!, units, metrics: [noMoments, perUnitMoments(units, slows, slows)] }] }))
    let [alarms, naive] = [0, 0]
    for (let run = 0; run < 100; run++) {
      const counts: Counts[] = []
      const beyond: boolean[] = []
      let [alarm, fooled] = [false, false]
      for (let window = 0; window < 15; window++) {
        const open: Counts = [0, 0]
        counts.push(open)
        beyond.push(false)
        for (let look = 0; look < 4; look++) {
          for (let unit = 0; unit < 50; unit++) open[1] += random.uniform() < limit ? 1 : 0
          open[0] += 50
          alarm ||= limitWindows(input, contrast, at(counts))?.verdict === 'FAIL'
          if (open[1] - limit * open[0] > 1.645 * Math.sqrt(limit * (1 - limit) * open[0])) beyond[window] = true
        }
        fooled ||= beyond.slice(-5).filter(Boolean).length >= 3
      }
      if (alarm) alarms += 1
      if (fooled) naive += 1
    }
    expect(alarms).toBe(0)
    // what an interval of 5 % at each look would have stopped
    expect(naive).toBeGreaterThan(5)
  })
})

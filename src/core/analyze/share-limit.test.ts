import { describe, expect, it } from 'vitest'
import { betaBinomialFor, betaBinomialLogMixture, perUnitMoments, seededRandom } from '../../../stats/index.ts'
import { experimentAfter, slow } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import type { MetricDefinition } from '../define/definitions.ts'
import { limitLevel } from './levels.ts'

const limit = 0.1
const limited = (metric: MetricDefinition, control: [number, number], variant: [number, number], limit: number) =>
  experimentAfter(48, [metric], [{ arms: [control, variant].map(([units, events]) => ({ units, metrics: [events] })) }], {
    unguarded: true, metrics: [{ metric: metric.key, role: 'guardrail', limit }],
  })
const judged = (control: [number, number], variant: [number, number], of = limit, metric = slow) => {
  const guardrail = analyze(limited(metric, control, variant, of)).guardrails[0]
  if (!guardrail) throw new Error('there is no guardrail')
  return guardrail
}

describe('a share with an absolute limit', () => {
  it('is judged by the ends that are drawn, and they by the mixture at the limit itself', () => {
    const input = limited(slow, [1_000, 50], [1_000, 50], limit)
    const { alpha } = limitLevel(input)
    const mixture = betaBinomialFor(limit, 1_000, alpha, 1)
    let failed = 0
    for (let events = 60; events <= 200; events += 2) {
      const { harm, verdict } = judged([1_000, 50], [1_000, events])
      const evidence = betaBinomialLogMixture(mixture, events - 1_000 * limit, 1_000 * limit * (1 - limit))
      expect(verdict === 'FAIL').toBe((harm.lower ?? 0) > 0)
      expect(verdict === 'PASS').toBe((harm.upper ?? 0) < 0)
      expect(verdict === 'FAIL').toBe(events > 100 && evidence >= -Math.log(alpha))
      expect(harm.estimate).toBeCloseTo(events / 1_000 - limit, 12)
      if (verdict === 'FAIL') failed += 1
    }
    expect(failed).toBeGreaterThan(20)
  })

  it('passes without a single event, once there are enough units', () => {
    expect(judged([40, 0], [20, 0]).verdict).toBe('INCONCLUSIVE')
    const { verdict, harm } = judged([400, 0], [300, 0])
    expect(verdict).toBe('PASS')
    expect(harm).toMatchObject({ estimate: -limit, lower: -limit })
    expect(harm.upper).toBeLessThan(0)
    expect(judged([0, 0], [0, 0]).verdict).toBe('NO_TRAFFIC')
  })

  it('fails at once where everything breaks, and blames nobody when the control breaks it, too', () => {
    expect(judged([40, 2], [40, 40]).verdict).toBe('FAIL')
    expect(judged([1_000, 300], [1_000, 300]).verdict).toBe('INCONCLUSIVE')
  })

  it('takes the least that is allowed where more is better', () => {
    const fine: MetricDefinition = { key: 'fine', kind: 'conversion', measure: 'fine', direction: 'increase' }
    expect(judged([1_000, 950], [1_000, 800], 0.9, fine).verdict).toBe('FAIL')
    expect(judged([1_000, 950], [1_000, 950], 0.9, fine).verdict).toBe('PASS')
    const [low, high] = [judged([1_000, 50], [1_000, 130]).harm, judged([1_000, 950], [1_000, 870], 0.9, fine).harm]
    for (const end of ['estimate', 'lower', 'upper'] as const) expect(low[end]).toBeCloseTo(high[end] ?? Number.NaN, 12)
  })

  it('counts a thresholded mean while each unit reports once', () => {
    const share: MetricDefinition = { key: 'share', kind: 'mean', measure: 'ms', direction: 'decrease', threshold: { above: 800 } }
    const arms = (events: number) => experimentAfter(48, [share], [{ arms: [
      { units: 400, metrics: [perUnitMoments(400, 10, 10)] }, { units: 400, metrics: [perUnitMoments(400, events, events)] },
    ] }], { unguarded: true, metrics: [{ metric: 'share', role: 'guardrail', limit }] })
    expect(analyze(arms(0)).guardrails[0]?.verdict).toBe('PASS')
    expect(analyze(arms(90)).guardrails[0]?.verdict).toBe('FAIL')
  })

  // 400 runs of at most α = .000625 each: three failures have a chance of .002
  it('stops a variant that lies exactly at its limit no more often than its level says, at any look', () => {
    const random = seededRandom(11)
    const [runs, looks, batch] = [400, 40, 50]
    const alpha = limitLevel(limited(slow, [1, 0], [1, 0], limit)).alpha
    expect(alpha).toBeCloseTo(0.0025 / 2 / 2, 12)
    let wrong = 0
    for (let run = 0; run < runs; run++) {
      const mixture = betaBinomialFor(limit, 1_000, alpha, 1)
      let [n, events] = [0, 0]
      let broken = false
      for (let look = 0; look < looks && !broken; look++) {
        for (let unit = 0; unit < batch; unit++) events += random.uniform() < limit ? 1 : 0
        n += batch
        broken = betaBinomialLogMixture(mixture, events - n * limit, n * limit * (1 - limit)) >= -Math.log(alpha)
        if (broken) expect(judged([n, 0], [n, events]).verdict).toBe('FAIL')
      }
      if (broken) wrong += 1
    }
    expect(wrong).toBeLessThan(3)
  })
})

import { describe, expect, it } from 'vitest'
import { experimentAfter, win } from '../../../test/support/analysis.ts'
import { analyze } from './analyze.ts'
import { decide } from '../decide/decide.ts'
import type { Looks } from '../define/definitions.ts'
import { dueAt } from '../decide/due.ts'
import type { PlannedLooks } from '../methods/method.ts'
import { plannedKey, plannedOnly } from './planned-looks.ts'
import { plan } from '../decide/transition.ts'

const open = { estimate: null, lower: null, upper: null }
const planned: PlannedLooks = {
  gain: [],
  harm: [],
  units: [5_000],
  said: {
    difference: open,
    relative: open,
    pValue: 0.3,
    wins: false,
    loses: false,
    evidence: { value: 0.5, needed: 1.6 },
  },
}
const here = plannedKey(1, 'win', 'gemma', 'qwen')
const there = plannedKey(7, 'win', 'gemma', 'qwen')
const looks: Looks = {
  'promote:qwen': { count: 1, digest: 'd' },
  'held:promote:qwen:units': { count: 1, digest: 'd' },
  [here]: { count: 1, digest: 'd', planned },
  [there]: { count: 1, digest: 'd', planned },
}

describe('looks of a plan', () => {
  it('outlast what people do, while what rules had seen begins anew', () => {
    const { experiment } = experimentAfter(48, [win], [], {}, { looks })
    const wish = { action: 'pause' as const, reason: 'lunch', actor: 'somebody' }
    const change = plan(experiment, wish, { champion: '1', beforePromotion: null, metrics: new Map() })
    expect(change).toMatchObject({ looks: { [here]: { planned }, [there]: { planned } } })
    expect(Object.keys('refused' in change ? {} : (change.looks ?? {}))).toEqual([here, there])
  })

  it('of other scopes are forgotten at the next look', () => {
    expect(plannedOnly(looks, 1)).toEqual({ [here]: looks[here] })
    const arms = [
      { units: 100, metrics: [20] },
      { units: 100, metrics: [20] },
    ]
    const draft = { metrics: [{ metric: 'win', role: 'decision' as const }], policy: { method: 'fixed' as const } }
    const input = experimentAfter(48, [win], [{ arms }], draft, { looks })
    const analysis = analyze(input)
    expect(analysis.report.comparisons[0]).toMatchObject({ verdict: 'INCONCLUSIVE', pValue: 0.3 })
    const kept = decide(analysis).looks
    expect(kept[here]).toEqual(looks[here])
    expect(kept[there]).toBeUndefined()
  })

  it('that are planned by time are due at that time', () => {
    const policy = { method: 'fixed' as const, plannedDuration: 'P3D', maxDuration: 'P7D' }
    const input = experimentAfter(48, [win], [], { policy })
    expect(dueAt(input)).toBe((input.experiment.startedAt?.getTime() ?? 0) + 3 * 86_400_000)
  })
})

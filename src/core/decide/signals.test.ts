import { describe, expect, it } from 'vitest'
import { experimentAfter, hours, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import { dueAt } from './due.ts'
import { CreateSignal, type SignalFact, signalAlarms } from './signals.ts'

const now = hours(48)
const gpu: SignalFact = { name: 'gpu', variant: null, status: 'ok', value: null, at: hours(47), expiresAt: null, source: null }

const input = (signals: SignalFact[], declared: object[] = []) => ({
  ...experimentAfter(48, [win, slow], [{ arms: [{ units: 6_000, metrics: [2_400, 600] }, { units: 6_000, metrics: [2_900, 600] }] }], { signals: declared as never }), signals,
})
const told = (signals: SignalFact[], declared: object[] = []) => signalAlarms(input(signals, declared)).map(({ metric, variant, text }) => [metric, variant, text])

describe('a signal of another system', () => {
  it('holds while it raises an alarm, declared or not, and no more once it has expired', () => {
    const alarm = { ...gpu, status: 'alarm', variant: 'qwen', value: 0.97, source: 'prometheus', expiresAt: hours(49) } as const
    expect(told([gpu])).toEqual([])
    expect(told([alarm])).toEqual([['signal:gpu', 'qwen', 'the signal gpu of qwen raises an alarm (0.97, from prometheus)']])
    expect(told([{ ...alarm, expiresAt: now }])).toEqual([])
    expect(dueAt(input([alarm]))).toBe(hours(49).getTime())
  })

  it('holds where it is counted on and has not come, or not lately, or has expired', () => {
    const declared = [{ name: 'gpu', staleAfter: 'PT90M' }, { name: 'queue', variant: 'qwen' }]
    expect(told([gpu], declared)).toEqual([['signal:queue', 'qwen', 'the signal queue of qwen has not come; fresh data is needed']])
    const queue = { ...gpu, name: 'queue', variant: 'qwen', at: hours(1) }
    expect(told([gpu, queue], declared)).toEqual([])
    expect(dueAt(input([gpu, queue], declared))).toBe(hours(48.5).getTime())
    expect(told([{ ...gpu, at: hours(46) }, queue], declared)).toEqual([['signal:gpu', null, 'the signal gpu has not come for 2 h; fresh data is needed']])
    expect(told([{ ...gpu, expiresAt: now }, queue], declared)).toHaveLength(1)
    // one of the model does not stand for one of a variant
    expect(told([gpu, { ...queue, variant: null }], declared)).toHaveLength(1)
  })

  it('raises an alarm beyond its limit, whatever it says itself', () => {
    const declared = [{ name: 'gpu', limit: { above: 0.9 } }, { name: 'free', limit: { below: 10 } }]
    const at = (used: number, free: number) => told([{ ...gpu, value: used }, { ...gpu, name: 'free', value: free }], declared).map(([, , text]) => text)
    expect(at(0.9, 10)).toEqual([])
    expect(at(0.91, 9)).toEqual(['the signal gpu is above 0.9 (0.91)', 'the signal free is below 10 (9)'])
  })

  it('holds for an alarm that was over before anybody looked, unless it sounds again', () => {
    const passed = { ...gpu, status: 'alarm', value: 0.97, source: 'prometheus', over: true } as const
    const limited = [{ name: 'gpu', limit: { above: 0.9 } }]
    const was = 'the signal gpu raised an alarm at 2026-03-02 23:00 UTC (0.97, from prometheus), which is over'
    expect(told([gpu, passed])).toEqual([['signal:gpu', null, was]])
    expect(told([gpu, { ...passed, status: 'ok' }])).toEqual([])
    expect(told([gpu, { ...passed, status: 'ok' }], limited)).toEqual([['signal:gpu', null, 'the signal gpu was above 0.9 at 2026-03-02 23:00 UTC (0.97, from prometheus), which is over']])
    expect(told([{ ...gpu, status: 'alarm' }, passed])).toEqual([['signal:gpu', null, 'the signal gpu raises an alarm']])
    // it does not stand for one that is counted on
    expect(told([{ ...gpu, expiresAt: now }, { ...passed, status: 'ok', value: null }], [{ name: 'gpu' }])).toMatchObject([['signal:gpu', null, expect.stringContaining('has not come')]])
  })

  it('keeps a winner from being promoted, and harms nobody', () => {
    const clear = analyze(input([gpu]))
    const held = analyze(input([{ ...gpu, status: 'alarm' }]))
    expect([clear.holds, held.holds]).toMatchObject([[], [{ reason: 'signal', metric: 'signal:gpu', variant: null }]])
    expect(held.report.guardrails).toEqual(clear.report.guardrails)
    expect(held.report.warnings).toContain('Nothing is promoted or moved: the signal gpu raises an alarm.')
  })

  it('is about an experiment or a model, and says something', () => {
    const wrong = (signal: object) => CreateSignal.safeParse(signal).error?.issues.map(({ path }) => path.join('.'))
    expect(wrong({ experiment: 'x', name: 'gpu', value: 1 })).toBeUndefined()
    expect(wrong({ experiment: 'x', model: 'm', name: 'gpu', value: 1 })).toEqual(['experiment'])
    expect(wrong({ model: 'm', variant: 'b', name: 'gpu' })).toEqual(['variant', 'status'])
  })
})

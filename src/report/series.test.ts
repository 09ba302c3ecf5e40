import { describe, expect, it } from 'vitest'
import type { Comparison } from '../core/analyze/report.ts'
import type { EpochView, SeriesPoint } from '../core/tell/views.ts'
import { relativeScale, shareScale } from '../core/describe/wording.ts'
import { effectInput, type EffectSource, looksOf, markersOf, trafficInput } from './series.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-01T00:00:00Z')
const iso = (hours: number): string => new Date(start + hours * hour).toISOString()

const comparison = (variant: string, more: Partial<Comparison> = {}): Comparison => ({
  metric: 'win', role: 'decision', variant, control: 'gemma', difference: { estimate: 0.04, lower: 0.01, upper: 0.07 },
  relative: { estimate: 0.08, lower: 0.02, upper: 0.14 }, pValue: 0.01, significant: true, verdict: 'PASS', evidence: { value: 37, needed: 20, decides: true }, ...more,
})
const look = (analysis: number, hours: number, comparisons: Comparison[], probabilityBest: Record<string, number | null> = {}): SeriesPoint =>
  ({ analysis, at: iso(hours), epoch: analysis, units: 100, weights: {}, comparisons, probabilityBest })
const epoch = (number: number, more: Partial<EpochView> = {}): EpochView => ({
  epoch: number, scope: 1, cause: 'clock', coverage: 1, weights: { gemma: 0.5, qwen: 0.5, phi: 0 }, startedAt: iso(number - 1), endedAt: iso(number), sealedAt: null, ...more,
})
const variants = [{ key: 'qwen', control: false }, { key: 'gemma', control: true }, { key: 'phi', control: false }]

describe('looksOf', () => {
  it('gives the control its own colour and candidates theirs in order', () => {
    expect(looksOf(variants)).toEqual({ gemma: { colour: 'control', dashes: null }, qwen: { colour: 'variant-1', dashes: null }, phi: { colour: 'variant-2', dashes: null } })
  })
})

describe('markersOf', () => {
  const entry = (id: number, hours: number, action: string, more = {}) => ({ id, at: iso(hours), action, variant: null, status: 'applied' as const, epochBefore: 1, epochAfter: 2, ...more })

  it('numbers decisions in the order of time, in words, without what a bandit does all the time', () => {
    const epochs = [epoch(1, { coverage: 0.1 }), epoch(2, { coverage: 0.5 })]
    const entries = [
      entry(9, 5, 'kill', { variant: 'phi', epochBefore: 2 }), entry(3, 1, 'start', { epochBefore: 0, epochAfter: 1 }), entry(4, 2, 'reallocate'),
      entry(5, 3, 'ramp'), entry(7, 4, 'promote', { variant: 'qwen', status: 'held', epochBefore: 2 }), entry(8, 4, 'promote', { status: 'failed' }),
    ]
    expect(markersOf(entries, epochs).map(({ number, decision, label }) => [number, decision, label])).toEqual([
      [1, 3, 'started'], [2, 5, 'ramped 10→50 %'], [3, 7, 'held promote qwen'], [4, 9, 'stopped phi'],
    ])
  })
})

describe('effectInput', () => {
  const source = (more: Partial<EffectSource> = {}): EffectSource => ({
    id: 'win', metric: 'win', control: 'gemma', variants, shown: ['qwen', 'phi'], method: 'sequential', alpha: 0.05, scale: shareScale, margin: null, windowMs: 0,
    asOf: start + 10 * hour, series: [look(1, 1, [comparison('qwen'), comparison('qwen', { metric: 'slow' })]), look(2, 2, [comparison('qwen'), comparison('phi')])],
    epochs: [epoch(1), epoch(2, { scope: 2 })], markers: [], ...more,
  })

  it('takes the band that decides, line by line, each with its scope', () => {
    const input = effectInput(source())
    expect(input?.rule).toEqual({ decides: 'band' })
    expect(input?.lines.map(({ variant, colour, points }) => [variant, colour, points.length])).toEqual([['qwen', 'variant-1', 2], ['phi', 'variant-2', 1]])
    expect(input?.lines[0]?.points[1]).toEqual({ at: start + 2 * hour, estimate: 0.04, lower: 0.01, upper: 0.07, matured: true, scope: 2 })
  })

  it('knows that evidence decides with the method exact, and nothing on a diagnostic metric', () => {
    expect(effectInput(source({ method: 'exact' }))?.rule).toEqual({ decides: 'evidence', value: 37, needed: 20 })
    const idle = [look(1, 1, [comparison('qwen', { evidence: { value: null, needed: 20, decides: false } })])]
    expect(effectInput(source({ series: idle }))?.rule).toEqual({ decides: 'nothing' })
  })

  it('knows what each method decides by, and that guardrails are judged by their bands', () => {
    const at = (taken: number, nextAt: number | null) => ({ look: { taken, planned: 4, information: 0.5, boundary: 2.9, nextAt } })
    const planned = [look(1, 1, [comparison('qwen', at(3, 3_000)), comparison('phi', at(2, 2_000))])]
    expect(effectInput(source({ method: 'group-sequential', series: planned }))?.rule).toEqual({ decides: 'looks', taken: 2, planned: 4, nextAt: 2_000 })
    const once = [look(1, 1, [comparison('qwen', { look: { taken: 1, planned: 1, information: 1, boundary: 1.6, nextAt: null } })])]
    expect(effectInput(source({ method: 'fixed', series: once }))?.rule).toEqual({ decides: 'looks', taken: 1, planned: 1, nextAt: null })
    const chances = [look(1, 1, [comparison('qwen', { evidence: { value: 0.7, needed: 0.95, decides: true } }), comparison('phi', { evidence: { value: 0.2, needed: 0.95, decides: true } })])]
    expect(effectInput(source({ method: 'bayesian', series: chances }))?.rule).toEqual({ decides: 'chance', value: 0.7, needed: 0.95 })
    for (const method of ['sequential', 'fixed', 'group-sequential', 'exact', 'bayesian']) {
      expect(effectInput(source({ method, series: [look(1, 1, [comparison('qwen', { role: 'guardrail' })])] }))?.rule).toEqual({ decides: 'band' })
    }
  })

  it('signs the tolerated harm by the direction, and draws relative ones relatively', () => {
    expect(effectInput(source({ margin: { amount: 0.02, direction: 'decrease', relative: false } }))?.margin).toBe(0.02)
    const relative = effectInput(source({ margin: { amount: 0.05, direction: 'increase', relative: true } }))
    expect(relative).toMatchObject({ margin: -0.05, scale: relativeScale })
    expect(relative?.lines[0]?.points[0]).toMatchObject({ lower: 0.02, upper: 0.14 })
  })

  it('marks what is still inside the outcome window', () => {
    const input = effectInput(source({ windowMs: 9 * hour, epochs: [epoch(1), epoch(2, { endedAt: null })] }))
    expect(input?.lines[0]?.points.map(({ matured }) => matured)).toEqual([true, false])
  })

  it('shows nothing later than its moment, and is null without a comparison', () => {
    expect(effectInput(source({ asOf: start + hour }))?.lines[0]?.points).toHaveLength(1)
    expect(effectInput(source({ metric: 'other' }))).toBeNull()
  })
})

describe('trafficInput', () => {
  const source = { id: 'traffic', variants, markers: [], until: start + 10 * hour, bandit: true, epochs: [epoch(1), epoch(2)], series: [] as SeriesPoint[] }

  it('has the control at the bottom, and a step for each epoch', () => {
    const input = trafficInput(source)
    expect(input?.bands.map(({ name }) => name)).toEqual(['gemma', 'qwen', 'phi'])
    expect(input?.traffic).toEqual([{ at: start, shares: [0.5, 0.5, 0] }, { at: start + hour, shares: [0.5, 0.5, 0] }])
    expect(input?.best).toBeNull()
  })

  it('shows who is outside while not everybody is enrolled', () => {
    const input = trafficInput({ ...source, epochs: [epoch(1, { coverage: 0.2 }), epoch(2)] })
    expect(input?.bands.at(-1)?.name).toBe('outside of the experiment')
    expect(input?.traffic.map(({ shares }) => shares)).toEqual([[0.1, 0.1, 0, 0.8], [0.5, 0.5, 0, 0]])
  })

  it('takes chances where they are known, killed arms having none', () => {
    const series = [look(1, 1, [], { gemma: null, qwen: null, phi: null }), look(2, 2, [], { gemma: 0.3, qwen: 0.7, phi: null })]
    expect(trafficInput({ ...source, series })?.best?.map(({ shares }) => shares)).toEqual([null, [0.3, 0.7, 0]])
  })

  it('is null before the start', () => expect(trafficInput({ ...source, epochs: [] })).toBeNull())
})

import { describe, expect, it } from 'vitest'
import { shareScale } from '../../core/describe/wording.ts'
import { effectChart, stretchesOf } from './effect.ts'
import { effectCaption } from './effect-caption.ts'
import { effectRange } from './effect-range.ts'
import { wordsOf } from './figure.ts'
import type { EffectInput, EffectPoint } from './types.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-01T00:00:00Z')

/** A band that narrows around 5 points, as the root of time: it leaves zero out from the 66th hour on. */
const points = (length: number, more: (index: number) => Partial<EffectPoint> = () => ({})): EffectPoint[] =>
  Array.from({ length }, (_, index) => {
    const radius = 0.4 / Math.sqrt(index + 1)
    return { at: start + index * hour, estimate: 0.05, lower: 0.05 - radius, upper: 0.05 + radius, matured: true, scope: 1, ...more(index) }
  })

const input = (more: Partial<EffectInput> = {}): EffectInput => ({
  id: 'effect', metric: 'answer preferred', control: 'gemma', scale: shareScale, coverage: 0.95, rule: { decides: 'band' }, margin: null,
  lines: [{ variant: 'qwen', colour: 'variant-1', dashes: null, points: points(168) }],
  markers: [{ at: start + 72 * hour, number: 2, decision: 41, label: 'ramped 10→50 %' }], ...more,
})
const lineOf = (given: EffectPoint[]): EffectInput['lines'] => [{ variant: 'qwen', colour: 'variant-1', dashes: null, points: given }]
const captionOf = (given: EffectInput): string => wordsOf(effectCaption(given, effectRange(given), { shown: 1, all: 1 }))

describe('effectRange', () => {
  it('cuts early spikes, and keeps zero, the margin and the last interval', () => {
    const { lower, upper } = effectRange(input())
    expect(upper).toBeLessThan(0.2)
    expect(lower).toBeGreaterThan(-0.15)
    expect(lower).toBeLessThan(0)
    expect(effectRange(input({ margin: 0.3 })).upper).toBeGreaterThan(0.3)
    expect(effectRange(input({ lines: lineOf(points(3)) })).upper).toBeGreaterThan(0.4)
  })

  it('spans something even where nothing is known', () => {
    const { lower, upper } = effectRange(input({ lines: lineOf([{ at: start, estimate: null, lower: null, upper: null, matured: true }]) }))
    expect(upper).toBeGreaterThan(lower)
  })
})

describe('effectCaption', () => {
  it('says that the band decides, when it left zero out first, and where it is cut', () => {
    expect(captionOf(input())).toBe(
      'This band decides, and may be read at any moment. It excluded zero for the first time on 3 Nov 16:00 UTC. ' +
      'Before 1 Nov 15:00 UTC it was wider than the chart, and is cut at its edges; the table has the numbers.')
  })

  it('shows evidence where that decides, and says so where nothing does', () => {
    expect(captionOf(input({ rule: { decides: 'evidence', value: 37.2, needed: 20 } }))).toMatch(/^The rule uses evidence: 37× of 20× needed\./)
    expect(captionOf(input({ rule: { decides: 'nothing' } }))).toContain('no rule uses this metric')
  })

  it.each([
    [{ taken: 0, planned: 1, nextAt: 5_000 }, 'The rule looks once at 5,000 units of the pair. Before that nothing that is drawn decides.'],
    [{ taken: 0, planned: 1, nextAt: null }, 'The rule looks once, at its planned time. Before that nothing that is drawn decides.'],
    [{ taken: 1, planned: 1, nextAt: null }, 'The rule has looked once, as planned. This band is what it saw, and decides; nothing that came later counts.'],
    [{ taken: 0, planned: 4, nextAt: 1_000 }, 'The rule looks 4 times, as planned; 0 of them are past, the next one is at 1,000 units of the pair. Between looks nothing that is drawn decides.'],
    [{ taken: 2, planned: 4, nextAt: 3_000 }, '2 of them are past, the next one is at 3,000 units of the pair. Between looks this band is that of the last look, which alone decides.'],
    [{ taken: 4, planned: 4, nextAt: null }, '4 of them are past. Between looks this band is that of the last look, which alone decides.'],
  ])('says when a rule looks that plans its looks: %o', (looks, words) => {
    const caption = captionOf(input({ rule: { decides: 'looks', ...looks } }))
    expect(caption).toContain(words)
    expect(caption).not.toContain('at any moment')
  })

  it('says what a chance is, and is not', () => {
    const caption = captionOf(input({ rule: { decides: 'chance', value: 0.7402, needed: 0.95 } }))
    expect(caption).toMatch(/^The rule uses the chance to be better: 74.02 %, 95 % needed\./)
    expect(caption).toContain('not an error rate')
    expect(caption).not.toMatch(/at any moment|This band decides/)
    expect(captionOf(input({ rule: { decides: 'chance', value: null, needed: 0.95 } }))).toContain('not known yet')
  })

  it('tells when zero came back, and when it was never left out', () => {
    const back = points(168, (index) => (index > 160 ? { lower: -0.01 } : {}))
    expect(captionOf(input({ lines: lineOf(back) }))).toContain('3 Nov 16:00 UTC, and has held it again since 7 Nov 17:00 UTC.')
    expect(captionOf(input({ lines: lineOf(points(20)) }))).toContain('It has not excluded zero so far.')
  })

  it('names the units that are not counted yet', () => {
    expect(captionOf(input({ lines: lineOf(points(168, (index) => ({ matured: index < 144 }))) })))
      .toContain('Paler since 7 Nov 00:00 UTC: units that joined then are still inside their outcome window')
  })
})

describe('stretchesOf', () => {
  it('breaks at a new scope, and joins pale to full', () => {
    const given = points(6, (index) => ({ scope: index < 2 ? 1 : 2, matured: index < 4 }))
    expect(stretchesOf(given).map((stretch) => stretch.map(({ at }) => (at - start) / hour))).toEqual([[0, 1], [2, 3], [3, 4, 5]])
  })
})

describe('effectChart', () => {
  it('is the same bytes again, and nothing that a strict policy refuses', async () => {
    const [once, again] = [await effectChart(input()), await effectChart(input())]
    expect(again).toEqual(once)
    for (const svg of [once.svg.wide, once.svg.narrow]) {
      expect(svg).not.toMatch(/style|class="zr|ecmeta|NaN|undefined|Infinity|onclick|<script/)
      expect(svg).toContain('aria-label="Effect over time: answer preferred"')
      expect(svg).not.toMatch(/="[^"]*\d\.\d\d[^"]*"/)
    }
    expect(once.svg.wide).toContain('viewBox="0 0 960 ')
    expect(once.svg.narrow).toContain('viewBox="0 0 360 ')
  })

  it('has no id twice on one page', async () => {
    const { svg } = await effectChart(input())
    const ids = [...(svg.wide + svg.narrow).matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => id?.startsWith('effect-'))).toBe(true)
  })

  it('links its markers to the ledger, in words', async () => {
    expect((await effectChart(input())).svg.wide).toContain('href="#decision-41" aria-label="2: ramped 10→50 %, 4 Nov 00:00 UTC"')
  })

  it('has a table with a row for each point of the crosshair', async () => {
    const { table, svg } = await effectChart(input({ lines: [...lineOf(points(168)), { variant: 'llama', colour: 'variant-2', dashes: null, points: points(100).slice(20) }] }))
    expect(table.rows).toHaveLength(168)
    expect(/data-x="([^"]+)"/.exec(svg.wide)?.[1]?.split(' ')).toHaveLength(168)
    expect(table.head).toEqual(['Time', 'qwen, difference from gemma', 'qwen, range', 'llama, difference from gemma', 'llama, range'])
    expect(table.rows[99]?.slice(1)).toEqual(['+5.0 pp', '+1.0 to +9.0 pp', '+5.0 pp', '+1.0 to +9.0 pp'])
    expect(table.rows[0]?.slice(3)).toEqual(['', ''])
  })

  it('draws long series from 400 points at most, and says so', async () => {
    const { table, caption } = await effectChart(input({ lines: lineOf(points(2_000)) }))
    expect(table.rows.length).toBeLessThanOrEqual(400)
    expect(wordsOf(caption)).toContain('of 2,000 looks')
    expect(wordsOf(caption)).toContain('3 Nov 16:00 UTC')
  })

  it('draws unbounded ends and unknown estimates', async () => {
    const { svg } = await effectChart(input({ lines: lineOf(points(30, (index) => (index < 9 ? { estimate: null, lower: null, upper: null } : index < 15 ? { upper: null } : {}))) }))
    expect(svg.wide).not.toMatch(/NaN|null|Infinity/)
  })

  it('refuses to draw nothing', async () => {
    await expect(effectChart(input({ lines: [] }))).rejects.toThrow(RangeError)
  })
})

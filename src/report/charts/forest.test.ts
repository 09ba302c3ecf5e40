import { describe, expect, it } from 'vitest'
import { plainScale, shareScale } from '../../core/describe/wording.ts'
import { forestAxis, forestMark, type ForestMark } from './forest.ts'
import { forestRange } from './forest-range.ts'

const row = (lower: number | null, upper: number | null, margin: number | null = null) =>
  ({ estimate: lower !== null && upper !== null ? (lower + upper) / 2 : null, lower, upper, margin })

describe('forestRange', () => {
  it('holds zero, margins and ordinary intervals, with air around them', () => {
    const { lower, upper } = forestRange([row(0.01, 0.07), row(-0.022, 0.041), row(null, null, 0.02)])
    expect(lower).toBeLessThan(-0.022)
    expect(upper).toBeGreaterThan(0.07)
    expect(upper - lower).toBeLessThan(0.15)
  })

  it.each([0, 1, 2])('is not pressed flat by one huge interval, wherever it stands', (place) => {
    const rows = [row(0.01, 0.07), row(-0.02, 0.04)].toSpliced(place, 0, row(-3, 5))
    const { lower, upper } = forestRange(rows)
    expect(upper - lower).toBeLessThan(0.2)
  })

  it('takes a lone interval as it is, however wide', () => {
    expect(forestRange([row(-3, 5)]).upper).toBeGreaterThan(5)
  })

  it('exists without anything known', () => expect(forestRange([row(null, null)])).toEqual({ lower: -1, upper: 1 }))
})

const mark = (more: Partial<ForestMark>): string => forestMark({
  interval: { estimate: 0.041, lower: 0.012, upper: 0.07 }, verdict: 'PASS', axis: { lower: -0.05, upper: 0.1 }, margin: null, scale: shareScale,
  name: 'Answer preferred, qwen against gemma', word: 'Better', ...more,
})

describe('forestMark', () => {
  it('says its numbers in words', () => {
    expect(mark({})).toContain('role="img"><title>Answer preferred, qwen against gemma: +4.1 pp, plausibly +1.2 to +7.0 pp. Better.</title>')
    expect(mark({ margin: 0.02, word: null })).toContain('tolerated harm +2.0 pp.</title>')
    expect(mark({ interval: { estimate: null, lower: null, upper: null } })).toContain('nothing is known yet')
  })

  it('tells verdicts apart by shape', () => {
    expect(mark({})).toMatch(/<path d="M[^"]*Z" fill="var\(--better\)"/)
    expect(mark({ verdict: 'FAIL' })).toMatch(/<rect [^>]*fill="var\(--worse\)"/)
    expect(mark({ verdict: 'INCONCLUSIVE' })).toMatch(/<circle [^>]*fill="var\(--paper\)"/)
  })

  it('lets ends that are off the scale, or open, leave by an arrow', () => {
    const arrows = (svg: string): number => svg.split('stroke-width="3"').length - 1
    expect(arrows(mark({}))).toBe(0)
    expect(arrows(mark({ interval: { estimate: 0.3, lower: 0.02, upper: 0.9 } }))).toBe(1)
    expect(arrows(mark({ interval: { estimate: 0.02, lower: null, upper: null } }))).toBe(2)
  })

  it('shows no estimate that lies beyond the axis', () => {
    expect(mark({ interval: { estimate: 0.3, lower: 0.02, upper: 0.9 } })).not.toContain('Z"')
  })

  it('dashes the harm that is tolerated', () => expect(mark({ margin: 0.02 })).toContain('stroke-dasharray'))

  it('escapes names and uses neither styles nor numbers that are none', () => {
    const svg = mark({ name: '<b>"x"', interval: { estimate: 0.01, lower: null, upper: 0.02 } })
    expect(svg).not.toMatch(/<b>|style=|NaN|Infinity/)
  })
})

describe('forestAxis', () => {
  it('says which way is good', () => {
    expect(forestAxis({ lower: -0.02, upper: 0.04 }, shareScale, 'increase')).toContain('worse ← → better')
    expect(forestAxis({ lower: -20, upper: 40 }, plainScale, 'decrease')).toContain('better ← → worse')
  })
})

import { describe, expect, it } from 'vitest'
import { experimentAfter, slow, win } from '../../../test/support/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import { timesNeeded } from './waits.ts'

const summaryOf = (arms: [number, number, number][], age = 48, draft: object = {}, names = [win, slow]) =>
  analyze(experimentAfter(age, names, [{ arms: arms.map(([units, wins, slows]) => ({ units, metrics: [wins, slows] })) }], draft)).report.summary

describe('rough waits', () => {
  it('grow with the square of what a range must narrow', () => {
    expect(timesNeeded(1, 2)).toBe(4)
    expect(timesNeeded(2, 1)).toBe(1)
    expect(timesNeeded(-1, 2)).toBeNull()
    expect(timesNeeded(null, 2)).toBeNull()
  })

  it('are told of units, duration and ranges at the present pace, and of nothing that cannot be foreseen', () => {
    const { conditions } = summaryOf([[700, 280, 70], [640, 250, 64]], 6)
    const waitOf = (text: RegExp) => conditions.find((one) => text.test(one.text))?.wait
    expect(waitOf(/in each of the two/)).toBe('about 4 h, at this pace')
    expect(waitOf(/long enough/)).toBe('about 18 h, at this pace')
    expect(waitOf(/better than/)).toBeUndefined()
    expect(waitOf(/seen repeatedly/)).toBeUndefined()
  })

  it('are said to be longer than an experiment may run where they are', () => {
    const { conditions } = summaryOf([[3_000, 1_200, 300], [3_000, 1_215, 300]])
    expect(conditions[0]?.wait).toBe('longer than it may run, at this pace')
  })
})

describe('reversals', () => {
  it('say what would take the verdict back', () => {
    const named = [{ ...win, name: 'answers preferred' }, { ...slow, name: 'slow replies' }]
    const { headline, reversals } = summaryOf([[6_000, 2_400, 600], [6_000, 2_900, 600]], 48, {}, named)
    expect(headline).toBe('qwen is better than gemma: 48 of 100 answers preferred instead of 40.')
    expect(reversals?.[0]).toMatch(/^qwen is no longer better on answers preferred if the lower end falls to 0 or below \(now \+\d\.\d pp\)\.$/)
    expect(reversals?.[1]).toMatch(/^qwen is stopped once harm of more than 2\.0 per 100 in slow replies is shown; at worst it is \+1\.\d pp now\.$/)
  })

  it('are silent while data cannot be trusted', () => {
    const summary = summaryOf([[7_000, 2_800, 700], [6_000, 2_900, 600]])
    expect(summary.reversals).toEqual([])
    expect(summary.sub).not.toMatch(/plausibly/)
  })
})

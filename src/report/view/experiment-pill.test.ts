import { describe, expect, it } from 'vitest'
import type { ListedExperiment } from '../../core/tell/overview.ts'
import type { Verdict } from '../../core/analyze/report.ts'
import { experimentPill } from './experiment-pill.ts'

type Judged = [variant: string, role: 'decision' | 'guardrail', verdict: Verdict]

const word = (judged: Judged[], more: Partial<ListedExperiment> & { split?: Verdict; check?: Verdict; killed?: string[] } = {}): string | undefined =>
  experimentPill({
    state: 'running', winner: null,
    variants: ['old', 'a', 'b'].map((key, place) => ({ key, version: key, control: place === 0, status: more.killed?.includes(key) ? 'killed' : 'live' })),
    analysis: {
      id: 1, at: '2026-11-21T14:00:00Z', state: 'running', headline: '', units: 1, sampleRatio: more.split ?? 'PASS', checks: [{ check: 'late', verdict: more.check ?? 'PASS' }],
      comparisons: judged.map(([variant, role, verdict]) => ({ metric: 'win', role, variant, verdict })),
    },
    ...more,
  })?.word

describe('the pill of an experiment', () => {
  it('says that data cannot be trusted before anything else', () => {
    expect(word([['a', 'decision', 'PASS']], { split: 'FAIL' })).toBe('On hold')
    expect(word([['a', 'guardrail', 'FAIL']], { check: 'ERROR' })).toBe('On hold')
  })

  it('says harm before gain, though who did harm is out of the race', () => {
    expect(word([['a', 'guardrail', 'FAIL'], ['b', 'decision', 'PASS']], { killed: ['a'] })).toBe('Harmful')
  })

  it('is better as soon as one candidate passes all that decides, worse when none is left', () => {
    expect(word([['a', 'decision', 'FAIL'], ['b', 'decision', 'PASS']])).toBe('Better')
    expect(word([['b', 'decision', 'PASS'], ['b', 'decision', 'INCONCLUSIVE']])).toBe('Not decided')
    expect(word([['a', 'decision', 'FAIL'], ['b', 'decision', 'INSUFFICIENT']])).toBe('Too early')
    expect(word([['a', 'decision', 'FAIL'], ['b', 'decision', 'FAIL']])).toBe('Worse')
  })

  it('speaks of the winner once there is one, and of guardrails where nothing else decides', () => {
    expect(word([['a', 'guardrail', 'FAIL'], ['b', 'decision', 'PASS']], { state: 'promoted', winner: 'b', killed: ['a'] })).toBe('Better')
    expect(word([['b', 'guardrail', 'FAIL'], ['b', 'decision', 'PASS']], { state: 'promoted', winner: 'b' })).toBe('Harmful')
    expect(word([['a', 'decision', 'INCONCLUSIVE'], ['b', 'decision', 'PASS']], { state: 'promoted', winner: 'a' })).toBe('Not decided')
    expect(word([['a', 'guardrail', 'PASS'], ['b', 'guardrail', 'INCONCLUSIVE']])).toBe('Safe')
    expect(word([['a', 'decision', 'NO_TRAFFIC']])).toBe('No traffic')
  })

  it('is none before anything was analysed', () => {
    expect(word([], { analysis: null })).toBeUndefined()
    expect(word([['a', 'decision', 'PASS']], { state: 'draft' })).toBeUndefined()
  })
})

import type { Verdict } from '../core/analyze/report.ts'

/** A verdict as readers see it: shape and word, and the tone that a colour may add to them. */
export type Pill = { mark: string; word: string; tone: 'better' | 'worse' | 'open' | 'trouble' }

const undecided: Record<Exclude<Verdict, 'PASS' | 'FAIL'>, Pill> = {
  INCONCLUSIVE: { mark: '○', word: 'Not decided', tone: 'open' },
  INSUFFICIENT: { mark: '…', word: 'Too early', tone: 'open' },
  NO_TRAFFIC: { mark: '∅', word: 'No traffic', tone: 'open' },
  NO_OUTCOME: { mark: '∅', word: 'No outcomes', tone: 'open' },
  ERROR: { mark: '!', word: 'Not computed', tone: 'trouble' },
}

/** What stands in the place of every pill while the data cannot be trusted. */
export const onHold: Pill = { mark: '!', word: 'On hold', tone: 'trouble' }

/** The pill of a comparison: a guardrail is safe or harmful, everything else better or worse. */
export const pillOf = (verdict: Verdict, role: string): Pill => {
  if (verdict !== 'PASS' && verdict !== 'FAIL') return undecided[verdict]
  if (role === 'guardrail') {
    return verdict === 'PASS' ? { mark: '✓', word: 'Safe', tone: 'better' } : { mark: '■', word: 'Harmful', tone: 'worse' }
  }
  return verdict === 'PASS' ? { mark: '▲', word: 'Better', tone: 'better' } : { mark: '▼', word: 'Worse', tone: 'worse' }
}

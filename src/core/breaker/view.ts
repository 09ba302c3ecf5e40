import type { VariantState } from '../define/definitions.ts'
import type { Report } from '../analyze/report.ts'
import { percent, plural } from '../describe/wording.ts'

/** A breaker as people see it. Times are ISO 8601; `until` is when an open one is tried. */
export type BreakerView = { state: 'closed' | 'open' | 'half-open'; since: string; until: string | null; openings: number; probes: number }

/** Null for a variant whose breaker never opened. */
export const breakerView = ({ status, breaker }: VariantState): BreakerView | null => {
  if (!breaker) return null
  const quarantined = status === 'quarantined'
  return {
    state: quarantined ? breaker.state : 'closed',
    since: breaker.since,
    until: quarantined && breaker.state === 'open' ? (breaker.until ?? null) : null,
    openings: breaker.opened.length,
    probes: quarantined ? (breaker.probes ?? 0) : 0,
  }
}

/** What stands in for a control that fails, and since when; null while the control serves. */
export const fallbackView = (variants: readonly VariantState[]): { version: string; since: string } | null => {
  const standIn = variants.find(({ control, status }) => control && status === 'quarantined')?.breaker?.standIn
  return standIn ? { version: standIn.version, since: standIn.since } : null
}

const wordsOf = ({ key, breaker }: VariantState, instead: string, unit: string): string => {
  const { state, until, probes = 0 } = breaker ?? {}
  const who = `${key} is quarantined: ${instead} serves its ${plural(unit, 2)}`
  return state === 'half-open' ? `${who}, but for ${percent(probes)} of them, who try it.` : `${who} until ${until}.`
}

/** The check of breakers in a report; nothing where none is declared. While one is open nothing is promoted. */
export const breakerHealth = (variants: readonly VariantState[], declared: boolean, unit: string): Report['health'] => {
  if (!declared) return []
  const out = variants.filter(({ status }) => status === 'quarantined')
  const instead = fallbackView(variants)?.version ?? variants.find(({ control }) => control)?.key ?? ''
  const text = out.length === 0 ? 'Every variant answers its calls.' : out.map((variant) => wordsOf(variant, instead, unit)).join(' ')
  return [{ check: 'breaker', verdict: out.length === 0 ? 'PASS' : 'FAIL', text }]
}

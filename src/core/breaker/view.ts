import type { VariantState } from '../define/definitions.ts'
import type { Report } from '../analyze/report.ts'
import { percent, plural, upperFirst } from '../describe/wording.ts'
import { standInOf } from './stand-in.ts'

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

/** What stands in for the control: since when, and whether by a person's word. */
export type FallbackView = { version: string; since: string; manual: boolean }

/** Null while the control serves. */
export const fallbackView = (variants: readonly VariantState[]): FallbackView | null => {
  const standIn = standInOf(variants)
  return standIn && { version: standIn.version, since: standIn.since, manual: standIn.manual === true }
}

/** Of a control that a person took out, as a phrase. */
export const takenOutWords = (key: string, version: string): string =>
  `a person took ${key} out, and version ${version} serves instead until somebody lets ${key} back in`

const wordsOf = ({ key, breaker }: VariantState, instead: string, unit: string): string => {
  const { state, until, probes = 0 } = breaker ?? {}
  const who = `${key} is quarantined: ${instead} serves its ${plural(unit, 2)}`
  return state === 'half-open' ? `${who}, but for ${percent(probes)} of them, who try it.` : `${who} until ${until}.`
}

/**
 * The check of breakers in a report; nothing where none is declared. Beside it, while it is so, that a person took the control out. While either
 * fails nothing is promoted.
 */
export const breakerHealth = (variants: readonly VariantState[], declared: boolean, unit: string): Report['health'] => {
  const control = variants.find((one) => one.control)?.key ?? ''
  const fallback = fallbackView(variants)
  const taken: Report['health'] = fallback?.manual
    ? [{ check: 'fallback', verdict: 'FAIL', text: `${upperFirst(takenOutWords(control, fallback.version))}.` }] : []
  if (!declared) return taken
  const out = variants.filter(({ status, breaker }) => status === 'quarantined' && !breaker?.standIn?.manual)
  const instead = fallback?.version ?? control
  const text = out.length === 0 ? `Every variant${taken.length > 0 ? ' that is in service' : ''} answers its calls.` : out.map((variant) => wordsOf(variant, instead, unit)).join(' ')
  return [{ check: 'breaker', verdict: out.length === 0 ? 'PASS' : 'FAIL', text }, ...taken]
}

import type { ListedExperiment } from '../../core/tell/overview.ts'
import type { Verdict } from '../../core/analyze/report.ts'
import { onHold, type Pill, pillOf } from '../pills.ts'

/** Of verdicts that decide nothing, the one that says most. */
const open = ['INCONCLUSIVE', 'INSUFFICIENT', 'NO_OUTCOME', 'NO_TRAFFIC', 'ERROR'] as const

const mostSaying = (verdicts: readonly Verdict[]): Verdict | null => open.find((verdict) => verdicts.includes(verdict)) ?? null

/**
 * One pill for a whole experiment, in the order of its headline: data that cannot be trusted, harm, then what decides. Of
 * one that has a winner it speaks of the winner alone.
 * Null before anything was analysed.
 */
export const experimentPill = ({ analysis, state, variants, winner }: Pick<ListedExperiment, 'analysis' | 'state' | 'variants' | 'winner'>): Pill | null => {
  if (analysis === null || state === 'draft') return null
  if (analysis.sampleRatio === 'FAIL' || analysis.checks.some(({ verdict }) => verdict === 'ERROR')) return onHold
  const of = (role: string, keys: readonly string[]): Verdict[] =>
    analysis.comparisons.filter((one) => one.role === role && keys.includes(one.variant)).map(({ verdict }) => verdict)
  const candidates = variants.filter(({ control }) => !control)
  const all = candidates.map(({ key }) => key)
  if (of('guardrail', winner === null ? all : [winner]).includes('FAIL')) return pillOf('FAIL', 'guardrail')

  const racing = winner === null ? candidates.filter(({ status }) => status !== 'killed').map(({ key }) => key) : [winner]
  const kept = racing.length === 0 ? all : racing
  const role = of('decision', kept).length > 0 ? 'decision' : 'guardrail'
  const each = kept.map((key) => of(role, [key])).filter((verdicts) => verdicts.length > 0)
  if (each.length === 0) return null
  if (each.some((verdicts) => verdicts.every((verdict) => verdict === 'PASS'))) return pillOf('PASS', role)
  if (each.every((verdicts) => verdicts.includes('FAIL'))) return pillOf('FAIL', role)
  return pillOf(mostSaying(each.flat()) ?? 'INCONCLUSIVE', role)
}

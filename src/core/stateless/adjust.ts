import { benjaminiHochberg, calibrateMixture, holm } from '../../../stats/index.ts'
import type { AnalysisRequest } from './request.ts'
import type { Comparison } from '../analyze/report.ts'

export type AnalysedComparison = Omit<Comparison, 'role' | 'immature'> & {
  /** Over all comparisons, as `adjust` asks for; null without it. */
  adjustedPValue: number | null
  /** What the covariate did; null without one. */
  covariate: { theta: number; reduction: number | null } | null
}

/** A comparison with what a reader must know about it. */
export type Pair = { comparison: AnalysedComparison; warnings: string[] }

/** Evidence of all comparisons together. Ends stay at alpha over their number, which needs no order among them. */
export const adjust = ({ adjust: by, alpha, method, sides }: AnalysisRequest, pairs: readonly Pair[]): Pair[] => {
  if (by === 'none') return [...pairs]
  const told = pairs.filter(({ comparison }) => comparison.pValue !== null && comparison.verdict !== 'NO_TRAFFIC')
  // the inverse of evidence is what e-BH ranks; a p-value that is valid at any look is evidence once it is calibrated
  const single = told.map(({ comparison: { pValue, evidence } }) => {
    const p = pValue ?? 1
    if (by === 'holm') return p
    return Math.min(
      1,
      method === 'exact' && sides === 1 ? 1 / (evidence.value ?? 1) : Math.exp(-calibrateMixture(Math.log(p))),
    )
  })
  // comparisons of which nothing is known count among those that were asked
  const all = [...single, ...Array.from({ length: pairs.length - told.length }, () => 1)]
  const adjusted = by === 'holm' ? holm(all) : benjaminiHochberg(all)
  return pairs.map((pair) => {
    const at = told.indexOf(pair)
    if (at < 0) return pair
    const adjustedPValue = adjusted[at] ?? 1
    const { verdict } = pair.comparison
    const wins = adjustedPValue <= alpha && verdict !== 'INSUFFICIENT' && verdict !== 'FAIL'
    return {
      ...pair,
      comparison: {
        ...pair.comparison,
        adjustedPValue,
        significant: wins || (verdict === 'FAIL' && pair.comparison.significant),
        verdict: wins ? 'PASS' : verdict === 'PASS' ? 'INCONCLUSIVE' : verdict,
      },
    }
  })
}

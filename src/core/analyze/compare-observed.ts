import {
  addCovariateMoments, compareAdjusted, type Compared, compareRegimes, type CompareOptions, type CovariateRegime,
  noCovariateMoments, quantileOf, sketchBuckets, sketchFromRows, stratifiedContrast, stratify,
} from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import type { MetricPlan } from './metric-plan.ts'
import { quantilesOf, tuningOf } from './quantile-arms.ts'
import { epochsOf, pairMoments, regimesOf } from './regimes.ts'
import type { Comparison } from './report.ts'

export type ComparedObserved = Compared & {
  adjusted?: NonNullable<Comparison['adjusted']>
  /** Two-sided, of quantiles that have no standard error; else null. */
  twoSidedP: number | null
  /** What a reader must know, as sentences about this pair. */
  notes: string[]
}

type Of = { input: AnalysisInput; plan: MetricPlan; ordinal: number; a: number; b: number; epochs: readonly EpochData[] }

const covariateRegimes = ({ epochs, a, b, ordinal }: Of): CovariateRegime[] | null => {
  const regimes = regimesOf(epochs, a, b).map(epochsOf)
  if (regimes.some((own) => own.some(({ arms }) => !arms[a]?.covariates?.[ordinal] || !arms[b]?.covariates?.[ordinal]))) return null
  const sum = (list: readonly EpochData[], arm: number) =>
    list.reduce((total, { arms }) => addCovariateMoments(total, arms[arm]?.covariates?.[ordinal] ?? noCovariateMoments), noCovariateMoments)
  return regimes.map((regime) => ({ a: sum(regime, a), b: sum(regime, b) }))
}

/**
 * Compare a pair by what is kept of its metric: quantiles by their sketches, means by moments, adjusted where a covariate
 * is declared. Minimums are asked of the units that reported, as without a covariate.
 */
export const compareObserved = (of: Of, options: CompareOptions, tested: boolean): ComparedObserved => {
  const { input, plan, ordinal, a, b, epochs } = of
  if (plan.kind === 'quantile') {
    const { method, alpha } = input.experiment.definition.policy
    const half = { alpha: alpha / 2, rho: options.promote.rho }
    const needsError = tested && method !== 'sequential'
    const levels = tested ? {} : { promote: half, harm: half }
    return quantilesOf(epochs, plan, ordinal, a, b, { ...options, ...levels }, { tuning: tuningOf(input, ordinal, options.promote.alpha), needsError })
  }
  const plain = compareRegimes(pairMoments(epochs, a, b, ordinal), options)
  const regimes = plan.covariate === undefined ? null : covariateRegimes(of)
  if (plan.covariate === undefined || regimes === null) return { ...plain, twoSidedP: null, notes: [] }
  const { theta, reduction, covariateNote, ...compared } = compareAdjusted(regimes, options)
  return {
    ...compared,
    missing: plain.missing,
    adjusted: { theta, reduction: compared.difference.se === null ? null : reduction, covariate: nameOf(plan.covariate) },
    twoSidedP: null,
    notes: covariateNote === null || compared.difference.se === null ? [] : [covariateNote],
  }
}

/** The attribute, or `history`. */
export const nameOf = (covariate: NonNullable<MetricPlan['covariate']>): string => ('attribute' in covariate ? covariate.attribute : 'history')

/** What the units say that have not had their whole window: b − a, not adjusted. */
export const plainContrast = ({ plan, ordinal, a, b, epochs }: Omit<Of, 'input'>): number | null => {
  if (plan.kind !== 'quantile') return stratifiedContrast(stratify(pairMoments(epochs, a, b, ordinal), plan.center))?.estimate ?? null
  const quantile = (arm: number): number | null => {
    const rows = epochs.flatMap(({ arms }) => {
      const sketch = arms[arm]?.sketches?.[ordinal]
      return sketch ? sketch.buckets.map((bucket, index) => ({ bucket, count: sketch.counts[index] ?? 0 })) : []
    })
    return quantileOf(sketchBuckets(sketchFromRows(rows)), plan.quantile ?? 0.5)
  }
  const [control, variant] = [quantile(a), quantile(b)]
  return control === null || variant === null ? null : variant - control
}

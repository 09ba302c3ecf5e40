import {
  type Compared,
  compareRegimes,
  type Missing,
  type Regime,
  stratifiedContrast,
  stratify,
  twoSided,
  twoSidedP,
} from '../../stats/index.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import type { ExperimentMetric } from './definitions.ts'
import { finite, gainOf, interval } from './intervals.ts'
import { levelsOf, plainLevel } from './levels.ts'
import { evidenceOf } from './metric-nature.ts'
import type { MetricPlan } from './metric-plan.ts'
import { armUnits, pairMoments } from './regimes.ts'
import type { Comparison, Verdict } from './report.ts'

/** One metric of an experiment: what it is there for, how it is measured, its ordinal in the scope. */
export type Measured = { metric: ExperimentMetric; plan: MetricPlan; ordinal: number }

/** A comparison with what reports do not carry but rules and texts need. */
export type Contrast = {
  comparison: Comparison
  /** Ordinals of the variant and of the arm it is compared with. */
  variant: number
  against: number
  measured: Measured
  missing: Missing[]
  warnings: string[]
}

/** Compare variant `b` with arm `a` on one metric over matured epochs; what is drawn is what decides. */
export const compare = (
  input: AnalysisInput,
  measured: Measured,
  a: number,
  b: number,
  epochs: { matured: EpochData[]; immature: EpochData[] },
): Contrast => {
  const { metric, plan, ordinal } = measured
  const { definition } = input.experiment
  const regimes = pairMoments(epochs.matured, a, b, ordinal)
  const { gain, harm } = levelsOf(input, metric, ordinal)
  const tolerated = toleranceOf(input, metric)
  const compared = compareRegimes(regimes, {
    ...evidenceOf(plan),
    direction: plan.direction,
    promote: gain,
    harm,
    margin: tolerated,
    hypotheses: definition.variants.length - 1,
  })
  const silence = silenceOf(epochs.matured, a, b)
  const sides =
    metric.role === 'decision' || metric.role === 'guardrail'
      ? oneSided(compared, definition.policy.alpha)
      : bothSides(input, measured, regimes, compared)
  const verdict = silence ?? verdictOf(measured, compared, sides, tolerated)
  const comparison: Comparison = {
    metric: metric.metric,
    role: metric.role,
    variant: keyOf(input, b),
    control: keyOf(input, a),
    ...sides,
    significant: sides.significant && verdict !== 'INSUFFICIENT',
    verdict,
    evidence: {
      value: sides.pValue === null ? null : 1 / Math.max(sides.pValue, 1e-300),
      needed: 1 / definition.policy.alpha,
      decides: metric.role === 'decision' || metric.role === 'guardrail',
    },
  }
  if (definition.window !== 'PT0S') {
    comparison.immature = {
      units: armUnits(epochs.immature, a) + armUnits(epochs.immature, b),
      estimate: finite(
        stratifiedContrast(stratify(pairMoments(epochs.immature, a, b, ordinal), plan.center))?.estimate,
      ),
    }
  }
  const warnings = wordsOf(compared, comparison)
  return { comparison, variant: b, against: a, measured, missing: compared.missing, warnings }
}

type Sides = Pick<Comparison, 'difference' | 'relative' | 'pValue' | 'significant'>

/** Decisions and guardrails: each end at the level of the test that uses it. */
const oneSided = (compared: Compared, alpha: number): Sides => {
  const known = compared.difference.se !== null
  return {
    difference: interval(compared.difference),
    relative: interval(compared.relative),
    pValue: known ? compared.pValue : null,
    significant: known && compared.pValue <= alpha,
  }
}

/** Signals and diagnostics: two-sided at α, not corrected for how many there are. */
const bothSides = (input: AnalysisInput, measured: Measured, regimes: Regime[], compared: Compared): Sides => {
  const level = plainLevel(input, measured.ordinal)
  const around = (of: Compared['difference']) =>
    interval(
      of.se === null || of.estimate === null
        ? of
        : twoSided({ estimate: of.estimate, se: of.se, n: compared.n }, level),
    )
  const { estimate, se } = compared.difference
  const pValue = estimate === null || se === null ? null : twoSidedP({ estimate, se, n: compared.n }, level.rho)
  return {
    difference: around(compared.difference),
    relative: regimes.length > 0 ? around(compared.relative) : interval(compared.relative),
    pValue,
    significant: pValue !== null && pValue <= level.alpha,
  }
}

/** How much worse a variant may be and still win: 0, unless the goal is to be not worse; a guardrail's own margin. */
const toleranceOf = (input: AnalysisInput, metric: ExperimentMetric): number =>
  metric.role === 'guardrail' ||
  (metric.role === 'decision' && input.experiment.definition.policy.goal === 'non-inferior')
    ? (metric.margin ?? 0)
    : 0

const verdictOf = ({ metric, plan }: Measured, compared: Compared, sides: Sides, tolerated: number): Verdict => {
  if (compared.missing.length > 0) return 'INSUFFICIENT'
  const gain = gainOf(sides.difference, plan.direction)
  if (metric.role === 'decision' || metric.role === 'guardrail') {
    if (sides.significant) return 'PASS'
    const margin = metric.role === 'guardrail' ? tolerated : (metric.margin ?? 0)
    return gain.upper !== null && gain.upper < -margin ? 'FAIL' : 'INCONCLUSIVE'
  }
  if (!sides.significant || gain.estimate === null) return 'INCONCLUSIVE'
  return gain.estimate > 0 ? 'PASS' : 'FAIL'
}

/** A pair of which nobody came, or nobody reported anything. */
export const silenceOf = (epochs: readonly EpochData[], a: number, b: number): Verdict | null => {
  const [unitsA, unitsB] = [armUnits(epochs, a), armUnits(epochs, b)]
  if (unitsA + unitsB === 0) return 'NO_TRAFFIC'
  const outcomes = epochs.reduce((sum, { arms }) => sum + (arms[a]?.outcomes ?? 0) + (arms[b]?.outcomes ?? 0), 0)
  return outcomes === 0 ? 'NO_OUTCOME' : null
}

export const keyOf = (input: AnalysisInput, ordinal: number): string =>
  input.experiment.variants[ordinal]?.key ?? input.experiment.definition.variants[ordinal]?.key ?? String(ordinal)

const wordsOf = (compared: Compared, { metric, variant, control }: Comparison): string[] =>
  compared.warnings.flatMap((warning) => {
    const pair = `${metric}, ${variant} against ${control}`
    if (warning.code === 'regime_dropped') {
      const count =
        warning.regimes.length === 1
          ? 'one stretch of traffic is'
          : `${warning.regimes.length} stretches of traffic are`
      return [`${pair}: ${count} left out, because one of the two got no units there.`]
    }
    if (warning.code === 'control_near_zero') {
      return [`${pair}: the relative difference has no interval, because ${control} is too close to 0 to divide by.`]
    }
    if (warning.code === 'few_units') return []
    const arm = warning.arm === 'a' ? control : variant
    return warning.code === 'precision_lost'
      ? [`${metric}, ${arm}: the values lie too far from 0 for their spread; declare a center near their mean.`]
      : [`${metric}, ${arm}: all units have the same value so far, so there is no interval yet.`]
  })

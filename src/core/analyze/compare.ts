import {
  type Compared,
  type CompareOptions,
  type Missing,
  type Regime,
  twoSided,
  twoSidedP,
} from '../../../stats/index.ts'
import { type Adaptive, adaptively, type ComparedAdaptive, estimateAdaptive } from '../adaptive/compare.ts'
import { isAdjustable } from '../adaptive/covariates.ts'
import type { AnalysisInput } from './analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { blocksOf } from './binary.ts'
import { compareObserved, type ComparedObserved, nameOf, plainContrast } from './compare-observed.ts'
import { contextualOf } from '../contextual/stage.ts'
import type { ExperimentMetric } from '../define/definitions.ts'
import { finite, interval } from './intervals.ts'
import { levelsOf, plainLevel } from './levels.ts'
import type { splitByMaturity } from './maturity.ts'
import { evidenceOf } from '../define/metric-nature.ts'
import { type MetricPlan, nameOf as metricName } from './metric-plan.ts'
import { methods } from '../methods/index.ts'
import { byMarginBet } from '../methods/margin-bet.ts'
import type { Answer, PlannedLooks, Question } from '../methods/method.ts'
import { sequential } from '../methods/sequential.ts'
import { lookPlanOf, plannedKey, rememberedScope, takenBefore } from './planned-looks.ts'
import { poolsOf } from './pools.ts'
import { armTotal, armUnits, pairMoments } from './regimes.ts'
import type { Comparison, Verdict } from './report.ts'

/**
 * One metric of an experiment: what it is there for, how it is measured, its ordinal in the scope. `day` (since 1970-01-01):
 * on the units of that day alone, a test of its own. `part`: of the harm level, where that is shared out among values of a segment.
 */
export type Measured = { metric: ExperimentMetric; plan: MetricPlan; ordinal: number; day?: number; part?: number }

/** A comparison with what reports do not carry but rules and texts need. */
export type Contrast = {
  comparison: Comparison
  /** Ordinals of the variant and of the arm it is compared with. */
  variant: number
  against: number
  measured: Measured
  missing: Missing[]
  /** Why nothing is decided now, as a phrase, where the method waits for something. */
  waiting: string | null
  /** A planned look that this analysis takes, by its memory key: to be kept, so that nothing takes it again. */
  taken: { key: string; planned: PlannedLooks } | null
  warnings: string[]
}

const notWeighed = 'while each unit has a chance of its own, nothing is adjusted by a covariate.'
const notAdjusted = 'while a bandit moves the weights, only conversions and totals are adjusted by a covariate.'

/** Compare variant `b` with arm `a` on one metric over matured epochs; what is drawn is what decides. */
export const compare = (
  input: AnalysisInput,
  measured: Measured,
  a: number,
  b: number,
  epochs: ReturnType<typeof splitByMaturity>,
): Contrast => {
  const { metric, plan, ordinal } = measured
  const { definition } = input.experiment
  const adaptive = banditOf(input.experiment) && plan.kind !== 'quantile' ? adaptively(input, epochs.matured, ordinal) : null
  const regimes = adaptive ? [] : pairMoments(epochs.matured, a, b, ordinal)
  const levels = clocked(levelsOf(input, metric, ordinal, measured.day, measured.part), adaptive)
  const tolerated = toleranceOf(input, metric)
  const hypotheses = Math.max(1, definition.policy.alpha / levels.gain.alpha)
  const options: CompareOptions = {
    ...evidenceOf(plan),
    direction: plan.direction,
    promote: levels.gain,
    harm: levels.harm,
    margin: tolerated,
    hypotheses,
  }
  const compared: Compared & Partial<ComparedObserved> = adaptive
    ? observedAs(plan, adaptive.compare(a, b, options))
    : compareObserved({ input, plan, ordinal, a, b, epochs: epochs.matured }, options, isTested(metric))
  const key = plannedKey(rememberedScope(input.experiment), metric.metric, keyOf(input, a), keyOf(input, b))
  const tested = isTested(metric)
  // bets on counts know one propensity an epoch, not one a unit
  const bets = contextualOf(input.experiment) === null
  const answer = tested
    ? judge(input, measured, () => bets ? blocksOf(poolsOf(epochs.matured), plan, ordinal, a, b) : null, {
        compared,
        direction: plan.direction,
        levels,
        margin: tolerated,
        harmMargin: metric.margin ?? 0,
        hypotheses,
        blocks: () => bets ? blocksOf(epochs.matured, plan, ordinal, a, b) : null,
        plan: lookPlanOf(input, ordinal),
        before: takenBefore(input, key),
      })
    : bothSides(input, measured, regimes, compared, adaptive)
  const verdict = informed(verdictOf(answer), epochs, a, b)
  const comparison: Comparison = {
    metric: metric.metric,
    role: metric.role,
    variant: keyOf(input, b),
    control: keyOf(input, a),
    difference: answer.difference,
    relative: answer.relative,
    pValue: answer.pValue,
    significant: (tested ? answer.wins : answer.wins || answer.loses) && (verdict === 'PASS' || verdict === 'FAIL' || verdict === 'INCONCLUSIVE'),
    verdict,
    evidence: { ...answer.evidence, decides: tested },
    ...(compared.adjusted && { adjusted: compared.adjusted }),
    ...(answer.look && { look: answer.look }),
  }
  if (definition.window !== 'PT0S') {
    comparison.immature = {
      units: armUnits(epochs.immature, a) + armUnits(epochs.immature, b),
      estimate: adaptive
        ? estimateAdaptive(epochs.immature, a, b, ordinal, plan.center)
        : finite(plainContrast({ plan, ordinal, a, b, epochs: epochs.immature })),
    }
  }
  return {
    comparison,
    variant: b,
    against: a,
    measured,
    missing: answer.missing,
    waiting: answer.waiting,
    taken: answer.taken ? { key, planned: answer.taken } : null,
    warnings: wordsOf(compared, { ...comparison, metric: metricName(plan) }, { ...answer, notes: [...answer.notes, ...(compared.notes ?? []), ...turned(comparison)] }),
  }
}

const observedAs = (plan: MetricPlan, { adjusted, ...compared }: ComparedAdaptive): Compared & Partial<ComparedObserved> => ({
  ...compared,
  ...(adjusted && plan.covariate && { adjusted: { ...adjusted, covariate: nameOf(plan.covariate) } }),
  notes: plan.covariate === undefined || isAdjustable(plan) ? [] : [plan.weighed ? notWeighed : notAdjusted],
})

/** Where weights move, sequences are tuned on another clock. */
const clocked = (levels: Question['levels'], adaptive: Adaptive | null): Question['levels'] =>
  adaptive ? { gain: adaptive.clock(levels.gain), harm: adaptive.clock(levels.harm) } : levels

const isTested = ({ role }: ExperimentMetric): boolean => role === 'decision' || role === 'guardrail'

/**
 * Decisions by the method of the policy; guardrails of 0/1 outcomes always by the margin bet, others by the sequence
 * (so are relative margins and absolute limits, which `guardrailOf` judges).
 */
const judge = (input: AnalysisInput, { metric }: Measured, pooled: Question['blocks'], question: Question): Answer => {
  if (metric.role === 'decision') return methods[input.experiment.definition.policy.method](question)
  const blocks = metric.margin === undefined ? null : pooled()
  return blocks === null ? sequential(question) : byMarginBet(question, blocks)
}

/** Signals and diagnostics: two-sided at α, not corrected for how many there are. */
const bothSides = (
  input: AnalysisInput,
  measured: Measured,
  regimes: Regime[],
  compared: Compared & { twoSidedP?: number | null },
  adaptive: Adaptive | null,
): Answer => {
  const plain = plainLevel(input, measured.ordinal)
  const level = adaptive?.clock(plain) ?? plain
  const around = (of: Compared['difference']) =>
    interval(
      of.se === null || of.estimate === null
        ? of
        : twoSided({ estimate: of.estimate, se: of.se, n: compared.n }, level),
    )
  const { estimate, se } = compared.difference
  const pValue = estimate === null || se === null ? (compared.twoSidedP ?? null) : twoSidedP({ estimate, se, n: compared.n }, level.rho)
  const significant = pValue !== null && pValue <= level.alpha
  const gain = measured.plan.direction === 'increase' ? (estimate ?? 0) : -(estimate ?? 0)
  return {
    difference: around(compared.difference),
    relative: regimes.length > 0 || adaptive ? around(compared.relative) : interval(compared.relative),
    pValue,
    wins: significant && gain > 0,
    loses: significant && gain < 0,
    evidence: { value: pValue === null ? null : 1 / Math.max(pValue, 1e-300), needed: 1 / level.alpha },
    missing: compared.missing,
    waiting: null,
    insufficient: false,
    notes: [],
  }
}

/** How much worse a variant may be and still win: 0, unless the goal is to be not worse; a guardrail's own margin. */
const toleranceOf = (input: AnalysisInput, metric: ExperimentMetric): number =>
  metric.role === 'guardrail' ||
  (metric.role === 'decision' && input.experiment.definition.policy.goal === 'non-inferior')
    ? (metric.margin ?? 0)
    : 0

const verdictOf = ({ missing, insufficient, waiting, pValue, evidence, wins, loses }: Answer): Verdict => {
  const unknown = pValue === null && evidence.value === null && waiting === null
  if (missing.length > 0 || insufficient || unknown) return 'INSUFFICIENT'
  if (wins) return 'PASS'
  return loses ? 'FAIL' : 'INCONCLUSIVE'
}

/** What everybody reads wrongly at first. */
export const turned = ({ difference, relative }: Pick<Comparison, 'difference' | 'relative'>): string[] =>
  Math.sign(difference.estimate ?? 0) * Math.sign(relative.estimate ?? 0) < 0
    ? ['the control is negative, so that the relative difference has the opposite sign.']
    : []

/**
 * What is not known is no verdict: a pair that got nobody, or of which an arm reported nothing. Harm that a variant reported
 * itself stays harm, whatever the control is silent about.
 */
const informed = (verdict: Verdict, { matured, immature }: ReturnType<typeof splitByMaturity>, a: number, b: number): Verdict => {
  const came = (arm: number): number => armUnits(matured, arm) + armUnits(immature, arm)
  if (came(a) + came(b) === 0) return 'NO_TRAFFIC'
  if (armUnits(matured, a) === 0 || armUnits(matured, b) === 0) return 'INSUFFICIENT'
  const silent = (arm: number): boolean => armTotal(matured, arm, 'outcomes') === 0
  return silent(b) || (silent(a) && verdict !== 'FAIL') ? 'NO_OUTCOME' : verdict
}

export const keyOf = (input: AnalysisInput, ordinal: number): string =>
  input.experiment.variants[ordinal]?.key ?? input.experiment.definition.variants[ordinal]?.key ?? String(ordinal)

/** What a reader must know about one comparison, as sentences. @param comparison its metric by the name that people call it */
export const wordsOf = (
  compared: Pick<Compared, 'warnings'>,
  { metric, variant, control, difference }: Pick<Comparison, 'metric' | 'variant' | 'control' | 'difference'>,
  { waiting, notes }: Pick<Answer, 'waiting' | 'notes'>,
): string[] => {
  const pair = `${metric}, ${variant} against ${control}`
  const told = [...notes, ...(waiting === null ? [] : [`${waiting}.`])].map((note) => `${pair}: ${note}`)
  const bounded = difference.lower !== null || difference.upper !== null
  return [
    ...told,
    ...compared.warnings.flatMap((warning) => {
      if (warning.code === 'regime_dropped') {
        const count =
          warning.regimes.length === 1
            ? 'one stretch of traffic is'
            : `${warning.regimes.length} stretches of traffic are`
        return [`${pair}: ${count} left out, because one of the two has nothing to compare there.`]
      }
      if (warning.code === 'control_near_zero') {
        return [`${pair}: the relative difference has no interval, because ${control} is too close to 0 to divide by.`]
      }
      if (warning.code === 'zero_variance' && bounded) return []
      const arm = warning.arm === 'a' ? control : variant
      if (warning.code === 'few_units') return [`${metric}, ${arm}: one unit has no variance, so there is no interval yet.`]
      return warning.code === 'precision_lost'
        ? [`${metric}, ${arm}: the values lie too far from 0 for their spread; declare a center near their mean.`]
        : [`${metric}, ${arm}: all units have the same value so far, so there is no interval yet.`]
    }),
  ]
}

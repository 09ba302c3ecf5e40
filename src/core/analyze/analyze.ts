import type { Analysis } from './analysis.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { beliefOf, chancesByArm, mayBeWorse } from '../adaptive/belief.ts'
import { bakeOf, equalEpochs, wholeEpochs } from './bake.ts'
import { bakeReportOf } from './bake-report.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { blocksOf } from './binary.ts'
import { breakerHealth } from '../breaker/view.ts'
import { compare, type Contrast, type Measured } from './compare.ts'
import { completenessDays, completenessGuardrails } from './completeness.ts'
import { conditionsAhead } from '../decide/conditions-ahead.ts'
import { contextualBelief, contextualChances } from '../contextual/belief.ts'
import { contextualRatio } from '../contextual/sample-ratio.ts'
import { contextualOf } from '../contextual/stage.ts'
import { deadlineAlarms } from '../decide/stage-deadline.ts'
import { degradationDetectors } from './degradation.ts'
import { driftings, driftNow } from '../drift/drifts.ts'
import { lastAlarmAt } from '../drift/unrest.ts'
import { driftHealth } from '../drift/words.ts'
import { drillHealth } from '../drills/standing.ts'
import { describe } from '../describe/describe.ts'
import { requireDurationMs } from '../define/duration.ts'
import { type DailyGuardrail, dailyGuardrails, worstDay } from './generation-tests.ts'
import { armOf, type Guardrail, guardrailOf, limitOf } from './guardrails.ts'
import { healthOf } from './health.ts'
import { harmWords } from '../decide/kills.ts'
import { activeHolds, alarmsOf } from '../decide/holds.ts'
import { withinShare, withinShares } from './intervals.ts'
import { limitWindows, type WindowedGuardrail } from './limits.ts'
import { digestOf, splitByMaturity } from './maturity.ts'
import { isShare } from '../define/metric-nature.ts'
import { rememberedScope } from './planned-looks.ts'
import { inShadow, plannedBake, stageReportOf } from '../decide/position.ts'
import { chancesToBeBest } from './probability-best.ts'
import { armTotal, armUnits } from './regimes.ts'
import type { Comparison, GuardrailReport, Interval, Report, SegmentHarm, VariantReport, Verdict } from './report.ts'
import { sampleRatioOf } from './sample-ratio.ts'
import { segmentsOf } from './segments.ts'
import { compareShadow, pairedEpochs } from './shadow.ts'
import { isDrawn } from './weights.ts'
import { withWorstSegment } from './worst-segment.ts'

/**
 * Metrics of the experiment with their plans; one without a plan (a draft's) cannot be analysed. In a bake nobody wins or
 * loses any more, and in the shadow of the control nobody does yet, so that decision metrics are only shown.
 */
const measuredOf = ({ experiment, metrics }: AnalysisInput): Measured[] =>
  experiment.definition.metrics.flatMap((metric) => {
    const ordinal = metrics.findIndex((plan) => plan.key === metric.metric)
    const plan = metrics[ordinal]
    const role = (experiment.scopeKind === 'bake' || inShadow(experiment)) && metric.role === 'decision' ? 'diagnostic' : metric.role
    return plan ? [{ metric: { ...metric, role }, plan, ordinal }] : []
  })

/**
 * Bets on shares hold at any split, and a limit knows one variant alone; everything else is compared between arms of one
 * size, where a bake has both.
 */
const betsOn = ({ metric, plan, ordinal }: Measured, epochs: readonly EpochData[], a: number, b: number): boolean => {
  if (metric.role !== 'guardrail' || metric.relativeMargin !== undefined) return false
  return metric.margin === undefined ? plan.kind !== 'quantile' : blocksOf(epochs, plan, ordinal, a, b) !== null
}

/** A quarantined variant is in the race still. */
const isLive = ({ experiment: { variants } }: AnalysisInput, arm: number): boolean => variants[arm] !== undefined && isDrawn(variants[arm])

/**
 * Everything that can be said of an experiment at one moment: pure, the same input gives the same report. Never NaN or
 * infinite; an interval's end that is unbounded is null.
 */
export const analyze = (given: AnalysisInput): Analysis => {
  const { experiment, now } = given
  const bake = bakeOf(experiment)
  const input = bake ? { ...given, epochs: wholeEpochs(given.epochs, bake) } : given
  const { definition } = experiment
  const kept = plannedBake(definition) ?? { keep: 0 }
  const windowMs = requireDurationMs(definition.window)
  const epochs = splitByMaturity(input.epochs, windowMs, now)
  const equal = bake ? splitByMaturity(equalEpochs(given.epochs, bake, kept), windowMs, now) : epochs
  const measured = measuredOf(input)
  const arms = definition.variants.map((_, arm) => arm)
  const control = Math.max(
    0,
    definition.variants.findIndex((variant) => variant.control),
  )
  const tested = bake ? [bake.winner] : arms.filter((arm) => arm !== control && takesPart(input, arm))

  const bandit = banditOf(experiment) !== null
  const inContext = contextualOf(experiment) !== null
  const drift = driftNow(input)
  const drifting = driftings(experiment, drift)
  const detectors = degradationDetectors(input, measured)
  const alarmedAt = lastAlarmAt(drifting, detectors)
  const belief = bandit && !inContext ? beliefOf(input, epochs.matured, alarmedAt) : null
  const contextual = inContext ? contextualBelief(input, epochs.matured, alarmedAt) : null

  const shadow = inShadow(experiment)
  const contrasts = measured.flatMap((one) => tested.map((arm) => shadow ? compareShadow(input, one, control, arm, epochs.matured) : compare(input, one, control, arm, betsOn(one, epochs.matured, control, arm) ? epochs : equal)))
  const rivals = measured
    .filter(({ metric }) => metric.role === 'decision')
    .flatMap((one) =>
      tested
        .filter((arm) => isLive(input, arm))
        .flatMap((arm) =>
          tested
            .filter((other) => other !== arm && isLive(input, other) && (!bandit || mayBeWorse(belief, arm, other)))
            .map((other) => compare(input, one, other, arm, epochs)),
        ),
    )
  const sampleRatio = inContext ? contextualRatio(input.epochs, arms.length) : sampleRatioOf(input.epochs, arms.length)
  const keys = definition.variants.map((variant) => variant.key)
  const health = [
    ...healthOf(input.epochs, sampleRatio, keys, definition.unit),
    ...breakerHealth(experiment.variants, input.metrics.some(({ breaker }) => breaker), definition.unit),
    ...drillHealth(input),
    ...driftHealth(drifting),
  ]
  // a shadow is judged by what it answers beside the control alone
  const served = shadow ? [] : tested
  // pairs know the value of each unit, and so no quantile
  const guarded = contrasts.filter(({ measured: { metric, plan } }) => metric.role === 'guardrail' && !(shadow && plan.kind === 'quantile' && metric.margin === undefined))
  // an absolute limit knows one variant alone
  const own = ({ measured: { plan }, variant }: Contrast) =>
    shadow ? pairedEpochs(input, control, variant, epochs.matured) : (plan.kind === 'quantile' ? equal : epochs).matured
  const limited = ({ measured: { plan, metric } }: Contrast): boolean => metric.limit !== undefined && !(shadow && plan.kind === 'quantile')
  const guardrails = [
    ...guarded.flatMap((contrast) => {
      const bets = betsOn(contrast.measured, epochs.matured, control, contrast.variant)
      const judged = shadow ? own(contrast) : bets ? epochs.matured : equal.matured
      const whole = guardrailOf(input, contrast, judged)
      // in a bake segments are kept of the units alone that are compared
      const margin = shadow ? whole : withWorstSegment(input, whole, bake ? equal.matured : judged)
      if (margin.by === 'limit' || !limited(contrast)) return [margin]
      return [margin, limitOf(input, { ...contrast, comparison: { ...contrast.comparison } }, own(contrast))]
    }),
    // reports are not counted by propensity: an arm that serves quieter people would look as if it crashed
    ...(inContext ? [] : completenessGuardrails(input, control, served)),
  ]
  for (const { contrast, verdict } of guardrails) {
    contrast.comparison.verdict = verdict
    contrast.comparison.significant = verdict === 'PASS'
  }
  if (health.some(({ verdict }) => verdict === 'ERROR')) {
    for (const one of guardrails) one.verdict = untrusted(one.verdict)
    for (const { comparison } of [...contrasts, ...rivals]) {
      comparison.verdict = untrusted(comparison.verdict)
      comparison.significant &&= comparison.verdict !== 'ERROR'
    }
  }

  const daily = [...dailyGuardrails(given, measured, control, served), ...(inContext ? [] : completenessDays(input, control, served))]
  const windowed = guarded.filter(limited).flatMap((contrast) => limitWindows(input, contrast, own(contrast)) ?? [])
  const degradations = detectors.flatMap(({ alarm }) => alarm ?? [])
  const units = arms.map((arm) => armUnits(input.epochs, arm))
  const decisive = measured.find(({ metric }) => metric.role === 'decision')
  const chances = inContext ? contextualChances(input, contextual)
    : bandit ? chancesByArm(belief, arms.length) : chancesToBeBest(input, decisive, epochs.matured)
  const matured = arms.map((arm) => armUnits(epochs.matured, arm))
  const baked = bakeReportOf(input, measured, epochs.matured, control, bake ? matured.reduce((sum, one) => sum + one, 0) : 0)
  const stage = stageReportOf(experiment)
  const report: Report = {
    experiment: experiment.key,
    state: experiment.state,
    epoch: experiment.epoch,
    asOf: now.toISOString(),
    analysis: null,
    units: units.reduce((sum, one) => sum + one, 0),
    method: definition.policy.method,
    alpha: definition.policy.alpha,
    summary: { headline: '', sub: '', next: '', conditions: [] },
    variants: arms.map((arm) => variantOf(input, measured, arm, chances[arm] ?? null)),
    comparisons: contrasts.map(toldOf),
    sampleRatio,
    guardrails: guardrails.map((guardrail) => guardrailReport(guardrail, worstDay(daily, guardrail), windowed.find((one) => isSame(one, guardrail)))),
    health,
    segments: segmentsOf(bake ? { ...input, epochs: equalEpochs(given.epochs, bake, kept) } : input, measured, { control, tested: served, matured: equal.matured }),
    ...(stage && { stage }),
    ...(baked && { bake: baked }),
    warnings: [...new Set(contrasts.flatMap(({ warnings }) => warnings))],
    latestDecision: input.latestDecision,
  }
  const seen = {
    report,
    input,
    contrasts,
    rivals,
    guardrails,
    daily,
    windowed,
    degradations,
    drifting,
    drift,
    alarmedAt,
    belief,
    contextual,
    matured,
    digest: digestOf(rememberedScope(experiment), epochs.matured),
    conditions: [],
  }
  const [before, alarms] = [experiment.holds ?? [], alarmsOf(seen)]
  const late = deadlineAlarms({ ...seen, holds: activeHolds(before, alarms, now) })
  const analysis: Analysis = { ...seen, holds: activeHolds(before, [...alarms, ...late], now) }
  if (inContext && experiment.frozen?.completeness) report.warnings.push(silenceInContext)
  report.warnings.push(...guardrails.filter(({ worst }) => worst?.verdict === 'FAIL').map(harmWords))
  report.warnings.push(...analysis.holds.map(({ text }) => `Nothing is promoted or moved: ${text}.`))
  analysis.conditions = conditionsAhead(analysis)
  report.summary = describe(analysis)
  return analysis
}

/** Why a contextual stage has no guardrail on silence, and what has one. */
const silenceInContext =
  'Silence is not compared between variants here: each unit has a chance of its own, and a variant that serves quieter ones would look as if it crashed. ' +
  'A conversion that every answered request reports, with a margin, is compared as all metrics are; silence of all variants still holds.'

/** Numbers that cannot be trusted say nothing; but what protects needs less, so that harm stays harm. */
const untrusted = (verdict: Verdict): Verdict => (verdict === 'FAIL' ? verdict : 'ERROR')

const isSame = (one: Guardrail, other: Guardrail): boolean => one.metric === other.metric && one.ordinal === other.ordinal && one.by === other.by

/** A comparison as it is told: of shares no further than shares reach. */
const toldOf = ({ comparison, measured: { plan } }: Contrast): Comparison =>
  isShare(plan) ? { ...comparison, difference: withinShares(comparison.difference) } : comparison

/** The same of harm, unless it is relative to the control. */
const toldHarm = ({ harm, by, contrast: { measured: { plan } } }: Guardrail): Interval =>
  by !== 'relativeMargin' && isShare(plan) ? withinShares(harm) : harm

const guardrailReport = (guardrail: Guardrail, day: DailyGuardrail | null, windowed: WindowedGuardrail | undefined): GuardrailReport => {
  const { metric, variant, verdict, margin, worst, values } = guardrail
  const told = (one: SegmentHarm): SegmentHarm => ({ ...one, harm: toldHarm({ ...guardrail, harm: one.harm }) })
  return {
    metric, variant, verdict, harm: toldHarm(guardrail), margin,
    ...(windowed && { windows: { verdict: windowed.verdict, last: windowed.windows } }),
    ...(worst && { worst: told(worst) }),
    ...(values && { values: values.map(told) }),
    ...(day && { generation: { day: day.day, verdict: day.verdict, harm: toldHarm(day) } }),
  }
}

/** Killed variants of an earlier scope are shown, but compared only where they had traffic. */
const takesPart = (input: AnalysisInput, arm: number): boolean =>
  isLive(input, arm) || input.epochs.length === 0 || input.epochs.some((epoch) => (epoch.weights[arm] ?? 0) > 0)

type Chance = { probability: number; loss: number } | null

const variantOf = (input: AnalysisInput, measured: Measured[], arm: number, chance: Chance): VariantReport => {
  const total = (of: 'units' | 'reporting' | 'outcomes'): number => armTotal(input.epochs, arm, of)
  const { key = '', version = '' } = input.experiment.variants[arm] ?? {}
  const units = total('units')
  return {
    key,
    version,
    weight: input.epochs.at(-1)?.weights[arm] ?? 0,
    units,
    outcomes: total('outcomes'),
    reportRate: units > 0 ? total('reporting') / units : null,
    probabilityBest: chance?.probability ?? null,
    expectedLoss: chance?.loss ?? null,
    metrics: Object.fromEntries(
      measured.map((one) => {
        const { n, ...own } = armOf(input, one, arm)
        return [one.plan.key, { ...(isShare(one.plan) ? withinShare(own) : own), n }]
      }),
    ),
  }
}

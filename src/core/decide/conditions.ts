import type { Analysis, Condition } from '../analyze/analysis.ts'
import type { LockedVersion } from '../models/champion.ts'
import type { Contrast } from '../analyze/compare.ts'
import type { Policy } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { drillConditions } from '../drills/standing.ts'
import { freezeConditions, holdConditions } from './hold-conditions.ts'
import { gainOf, harmOf } from '../analyze/intervals.ts'
import { isShare } from '../define/metric-nature.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { completenessKey } from '../define/reporting.ts'
import { checkConditions, enteredBy } from './stage-checks.ts'
import { stageConditions } from './step-conditions.ts'
import { nextPosition, positionOf } from './position.ts'
import { timesNeeded } from './waits.ts'
import { isDrawn } from '../analyze/weights.ts'
import { count, decimal, digitsOf, endPoints, plainScale, plural, points, relativeScale, type Scale, shareScale, span } from '../describe/wording.ts'

/** Looks with newly matured data at which everything else must hold before a variant is promoted. */
export const looksNeeded = 2

/** The memory key of a promotion's looks. */
export const promoteLooks = (variant: string): string => `promote:${variant}`

export const controlOf = ({ input }: Analysis): number =>
  Math.max(
    0,
    input.experiment.definition.variants.findIndex((variant) => variant.control),
  )

/** Ordinals of the variants that may still win. */
export const candidatesOf = (analysis: Analysis): number[] => {
  const control = controlOf(analysis)
  return analysis.input.experiment.variants.flatMap((variant, arm) => (arm !== control && isDrawn(variant) ? [arm] : []))
}

/** How far above 0 the first decision metric is known to lie, better being larger; −Infinity when nothing is known. */
export const leadOf = ({ contrasts }: Analysis, arm: number): number => {
  const first = contrasts.find(({ variant, measured }) => variant === arm && measured.metric.role === 'decision')
  if (!first) return 0
  return gainOf(first.comparison.difference, first.measured.plan.direction).lower ?? -Infinity
}

/** The live candidate closest to winning; null once the experiment has ended, or before it has started. */
export const leaderOf = (analysis: Analysis): number | null => {
  const { state } = analysis.input.experiment
  if (state !== 'running' && state !== 'paused') return null
  return candidatesOf(analysis).reduce<number | null>(
    (best, arm) => (best === null || leadOf(analysis, arm) > leadOf(analysis, best) ? arm : best),
    null,
  )
}

export const scaleOf = ({ measured: { plan } }: Contrast): Scale => (isShare(plan) ? shareScale : plainScale)

/** All conditions of promoting variant `arm`, in the order in which people check them. */
export const conditionsOf = (analysis: Analysis, arm: number): Condition[] => {
  const { input } = analysis
  const { definition, startedAt, looks, variants } = input.experiment
  const { policy, unit } = definition
  const key = variants[arm]?.key ?? ''
  const own = analysis.contrasts.filter(({ variant }) => variant === arm)
  const units = Math.min(analysis.matured[arm] ?? 0, analysis.matured[controlOf(analysis)] ?? 0)
  const ageMs = startedAt === null ? 0 : input.now.getTime() - startedAt.getTime()
  const minMs = requireDurationMs(policy.minDuration)
  const seen = looks[promoteLooks(key)]?.count ?? 0
  return [
    ...lockConditionsOf(analysis, arm),
    ...stageConditions(analysis),
    ...promotionChecks(analysis, arm),
    ...holdConditions(analysis),
    ...freezeConditions(analysis),
    ...drillConditions(input),
    ...own
      .filter(({ measured }) => measured.metric.role === 'decision')
      .map((one) => evidenceCondition(one, policy)),
    ...analysis.guardrails.filter(({ ordinal }) => ordinal === arm).map(guardrailCondition),
    ...analysis.daily.filter(({ ordinal, verdict }) => ordinal === arm && verdict === 'FAIL').map(dayCondition),
    ...analysis.windowed.filter(({ ordinal, verdict }) => ordinal === arm && verdict === 'FAIL').map(windowCondition),
    ...own.filter(({ measured }) => measured.metric.role === 'signal').map(signalCondition),
    splitCondition(analysis),
    healthCondition(analysis),
    {
      kind: 'units',
      text: `${plural(unit, 2)} in each of the two`,
      met: units >= policy.minUnits,
      current: count(units),
      needed: count(policy.minUnits),
    },
    {
      kind: 'duration',
      text: 'running for long enough',
      met: ageMs >= minMs,
      current: span(Math.max(0, ageMs)),
      needed: span(minMs),
    },
    {
      kind: 'looks',
      text: 'all of this seen repeatedly, with new data',
      met: seen >= looksNeeded,
      current: `${seen} ${plural('look', seen)}`,
      needed: `${looksNeeded} looks`,
    },
  ]
}

/** Something must speak for a variant: a decision metric, or at least a guardrail. */
export const provable = ({ contrasts }: Pick<Analysis, 'contrasts'>, arm: number): boolean =>
  contrasts.some(({ variant, measured: { metric } }) => variant === arm && (metric.role === 'decision' || metric.role === 'guardrail'))

/** Candidates that nothing stands against any more, the surest first. */
export const readyOf = (analysis: Analysis): number[] =>
  candidatesOf(analysis)
    .filter((arm) => provable(analysis, arm) && conditionsOf(analysis, arm).every(({ met }) => met))
    .sort((a, b) => leadOf(analysis, b) - leadOf(analysis, a))

/** What the stages that a promotion would begin require of the version of the variant; told once no other step is left. */
export const promotionChecks = ({ input }: Pick<Analysis, 'input'>, arm: number): Condition[] => {
  const { definition, variants } = input.experiment
  const last = nextPosition(definition, positionOf(input.experiment)) === null
  return last ? checkConditions(input, enteredBy(input.experiment, variants[arm]?.key ?? '')) : []
}

export const splitCondition = ({ report: { sampleRatio: { verdict } }, input }: Analysis): Condition => ({
  kind: 'split', text: `${plural(input.experiment.definition.unit, 2)} arrive in the planned shares`, met: verdict === 'PASS',
  current: verdict === 'PASS' ? 'yes' : verdict === 'FAIL' ? 'no' : 'none yet', needed: 'yes',
})

export const healthCondition = ({ report: { health } }: Analysis): Condition => {
  const broken = health.filter(({ verdict }) => verdict === 'ERROR')
  return {
    kind: 'health', text: 'the data is in order', met: broken.length === 0,
    current: broken.length === 0 ? 'yes' : broken.map(({ text }) => text).join(' '), needed: 'yes',
  }
}

/** Told only of a variant whose version is locked. */
export const lockConditionsOf = ({ input: { locks = [], experiment: { variants } } }: Analysis, arm: number): Condition[] =>
  locks.filter(({ version }) => version === variants[arm]?.version).map(lockCondition)

const lockCondition = ({ version, experiment }: LockedVersion): Condition => ({
  kind: 'lock',
  text: `version ${version} may become champion`,
  met: false,
  current: `locked since ${experiment} took it out of service`,
  needed: `the action acknowledge on ${experiment}`,
})

const evidenceCondition = (contrast: Contrast, { goal, method }: Policy): Condition => {
  const { comparison, measured } = contrast
  const { metric, plan } = measured
  const scale = scaleOf(contrast)
  const gain = gainOf(comparison.difference, plan.direction)
  const { lower } = gain
  const end = plan.direction === 'increase' ? lower : comparison.difference.upper
  const digits = digitsOf(comparison.difference, scale)
  const tolerated = goal === 'non-inferior' ? (metric.margin ?? 0) : 0
  const boundary = plan.direction === 'increase' ? -tolerated : tolerated
  const side = plan.direction === 'increase' ? 'above' : 'below'
  const wins = tolerated > 0 ? 'is not worse' : 'is better'
  const bounded = endPoints(end, scale, digits)
  const text = `${comparison.variant} ${wins} than ${comparison.control} on ${nameOf(plan)}`
  const met = comparison.verdict === 'PASS'
  if (method === 'exact' && comparison.evidence.value !== null && contrast.waiting === null) {
    // the range is an illustration there
    const { value, needed } = comparison.evidence
    return { kind: 'evidence', text, met, current: `evidence of ${decimal(value, 1)}`, needed: count(needed) }
  }
  return {
    kind: 'evidence',
    text,
    met,
    current:
      comparison.verdict === 'INSUFFICIENT' ? missingWords(contrast)
        : comparison.verdict === 'NO_OUTCOME' ? 'no outcomes of one of the two yet'
        : end === null
          ? (contrast.waiting ?? 'nothing known yet')
          : `range ${side === 'above' ? 'from' : 'up to'} ${bounded}`,
    needed: `${side} ${points(boundary, scale, Math.min(digits, tolerated > 0 ? 8 : 0))}`,
    times: comparison.verdict === 'INSUFFICIENT' || comparison.verdict === 'NO_OUTCOME' || gain.estimate === null || lower === null
      ? null : timesNeeded(gain.estimate + tolerated, gain.estimate - lower),
  }
}

const guardrailCondition = (guardrail: Analysis['guardrails'][number]): Condition => {
  const { metric, verdict, margin, by, contrast, worst } = guardrail
  // what holds it up is told of: a value, where one has not passed that the whole has
  const value = worst && verdict !== 'PASS' && worst.verdict !== 'PASS' ? worst : null
  const harm = value?.verdict === 'FAIL' || value?.verdict === 'INCONCLUSIVE' ? value.harm : guardrail.harm
  const scale = by === 'relativeMargin' ? relativeScale : scaleOf(contrast)
  const digits = digitsOf(harm, scale)
  const name = nameOf(contrast.measured.plan)
  return {
    kind: 'guardrail',
    text: metric === completenessKey ? `as many report as with ${contrast.comparison.control}` : by === 'limit' ? `${name} stays within its limit` : `${name} is no worse than allowed${worst ? ` for any ${worst.segment}` : ''}`,
    met: verdict === 'PASS',
    current:
      verdict === 'INSUFFICIENT'
        ? missingWords(contrast)
        : verdict === 'NO_OUTCOME' ? 'no outcomes yet'
        : harm.upper === null
          ? 'nothing known yet'
          : `at worst ${endPoints(harm.upper, scale, digits)}${value && harm === value.harm ? ` for ${value.value}` : ''}`,
    needed: `below ${points(margin, scale, digitsOf({ estimate: margin, lower: null, upper: null }, scale))}`,
    times: verdict === 'INSUFFICIENT' || verdict === 'NO_OUTCOME' || harm.estimate === null || harm.upper === null
      ? null : timesNeeded(margin - harm.estimate, harm.upper - harm.estimate),
  }
}

/** Told only of a day that fails. */
const dayCondition = ({ contrast, day }: Analysis['daily'][number]): Condition => ({
  kind: 'guardrail', text: `${nameOf(contrast.measured.plan)} does no harm on any day`, met: false, current: `harm on ${day}`, needed: 'none',
})

/** Told only of a limit that the last windows break. */
const windowCondition = ({ contrast, windows }: Analysis['windowed'][number]): Condition => ({
  kind: 'guardrail', text: `${nameOf(contrast.measured.plan)} stays within its limit in most windows`, met: false,
  current: `beyond it in ${windows.filter(({ broken }) => broken).length} of ${windows.length}`, needed: 'fewer than 3',
})

const signalCondition = ({ comparison, measured: { plan } }: Contrast): Condition => {
  const worse = comparison.verdict === 'FAIL'
  const { estimate } = harmOf(comparison.difference, plan.direction)
  return {
    kind: 'signal',
    text: `${nameOf(plan)} raises no alarm`,
    met: !worse,
    current: worse ? 'worse' : estimate === null ? 'nothing known yet' : 'no alarm',
    needed: 'no alarm',
  }
}

/** What a comparison still misses, as one phrase: "12 of 20 events". */
export const missingWords = ({ missing, waiting }: Pick<Contrast, 'missing' | 'waiting'>): string => {
  const first = missing[0]
  if (!first) return waiting === null ? 'too early' : `too early: ${waiting}`
  if (first.what === 'share') return 'too few units in one of the two'
  return `too early: ${count(Math.floor(first.current))} of ${count(first.needed)} ${first.what}`
}

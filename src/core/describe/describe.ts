import { ratioEstimate } from '../../../stats/index.ts'
import type { Analysis } from '../analyze/analysis.ts'
import { bakeHeadline, detectableWords } from './bake.ts'
import { badData, muted, worstHarm } from './doubts.ts'
import type { Contrast } from '../analyze/compare.ts'
import { candidatesOf, controlOf, leaderOf, missingWords, scaleOf } from '../decide/conditions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { gainOf } from '../analyze/intervals.ts'
import { splitByMaturity } from '../analyze/maturity.ts'
import { harmsOf } from '../decide/kills.ts'
import { isShare } from '../define/metric-nature.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { atSwitch } from '../decide/position.ts'
import { armMoments } from '../analyze/regimes.ts'
import type { Report } from '../analyze/report.ts'
import { completenessKey } from '../define/reporting.ts'
import { nextOf } from './next.ts'
import { reversalsOf } from './reversals.ts'
import { waitOf } from '../decide/waits.ts'
import { bound, decimal, digitsOf, lowerFirst, plural, relativeScale } from './wording.ts'

/**
 * What a report says in words: verdict, why, what happens next, what would change it. Page, terminal, webhook and
 * print all say this. Shares are "of 100"; nothing is called certain, or the same unless declared so.
 */
export const describe = (analysis: Analysis): Report['summary'] => ({
  headline: headlineOf(analysis),
  sub: subOf(analysis),
  next: nextOf(analysis),
  conditions: analysis.conditions.map((condition) => {
    const { text, met, current, needed } = condition
    const wait = waitOf(analysis, condition)
    return { text, met, current, needed, ...(wait !== null && { wait }) }
  }),
  reversals: reversalsOf(analysis),
})

const headlineOf = (analysis: Analysis): string => {
  const { state } = analysis.input.experiment
  if (state === 'draft') return 'Not started yet.'
  const ended = state !== 'running' && state !== 'paused'
  return (
    badData(analysis) ??
    archived(analysis) ??
    stopped(analysis) ??
    harm(analysis) ??
    muted(analysis) ??
    bakeHeadline(analysis) ??
    promoted(analysis) ??
    switchHeadline(analysis) ??
    (ended ? 'Ended without a clear winner.' : (winner(analysis) ?? undecided(analysis)))
  )
}

/** At a switch everybody gets the control still; null elsewhere. */
const switchHeadline = (analysis: Analysis): string | null => {
  const { experiment } = analysis.input
  const leader = leaderOf(analysis)
  if (leader === null || !atSwitch(experiment)) return null
  const [control, name] = [experiment.variants[controlOf(analysis)]?.key, experiment.variants[leader]?.key]
  return `Everybody gets ${control} until the switch to ${candidatesOf(analysis).length > 1 ? 'a candidate' : name}.`
}

const stopped = (analysis: Analysis): string | null => {
  const { state } = analysis.input.experiment
  if (state !== 'killed' && state !== 'rolled_back') return null
  const blamed = harmful(analysis) ?? worse(analysis)
  if (blamed) return `${blamed.who} was stopped: ${blamed.why}.`
  const { latestDecision } = analysis.input
  return latestDecision && latestDecision.action !== 'acknowledge' ? `Stopped: ${lowerFirst(latestDecision.reason).replace(/\.?$/, '.')}` : 'Stopped.'
}

/** What an archived experiment came to, as far as it came to something; null elsewhere. */
const archived = (analysis: Analysis): string | null => {
  const { experiment, champion } = analysis.input
  if (experiment.state !== 'archived') return null
  const won = experiment.variants.find(({ key }) => key === experiment.winner)
  if (won) return champion === undefined || champion === won.version ? promoted(analysis) : `${won.key} was promoted, and does not serve any more.`
  const blamed = harmful(analysis)
  return blamed ? `${blamed.who} did harm: ${blamed.why}.` : null
}

/** Somebody who serves and does harm comes first, then who was stopped for it, until there is a winner to tell of. */
const harm = (analysis: Analysis): string | null => {
  const { variants, state } = analysis.input.experiment
  const stopped = (ordinal: number): boolean => variants[ordinal]?.status === 'killed'
  const serving = harmful(analysis, (ordinal) => !stopped(ordinal))
  if (serving) return `${serving.who} does harm: ${serving.why}.`
  const past = state === 'promoted' || winner(analysis) !== null ? null : harmful(analysis, stopped)
  return past ? `${past.who} was stopped: ${past.why}.` : null
}

const harmful = (analysis: Analysis, of: (ordinal: number) => boolean = () => true): { who: string; why: string } | null => {
  const failed = harmsOf(analysis).find(({ ordinal }) => of(ordinal))
  if (!failed) return null
  const { variant, metric, margin, by, contrast, day, windows } = failed
  const { unit } = analysis.input.experiment.definition
  const scale = by === 'relativeMargin' ? relativeScale : scaleOf(contrast)
  const amount = failed.harm.estimate ?? failed.harm.lower ?? 0
  const digits = digitsOf(failed.harm, scale)
  const by100 = (value: number): string => decimal(value * scale.factor, digits)
  if (metric === completenessKey) {
    return { who: variant, why: `${by100(amount)} more of 100 ${plural(unit, 2)} reported nothing than with ${contrast.comparison.control}${day ? ` on ${day}` : ''}; no more than ${by100(margin)} are tolerated` }
  }
  const name = nameOf(contrast.measured.plan)
  if (by === 'limit') return { who: variant, why: `${name} ${windows || day ? 'was' : 'is'} ${by100(amount)}${scale.words} beyond its limit${day ? ` on ${day}` : windows ? ' in one of its last windows of traffic, and beyond it in most of them' : ''}` }
  const verb = contrast.measured.plan.direction === 'decrease' ? 'rose' : 'fell'
  return { who: variant, why: `${name} ${verb} by ${by100(amount)}${scale.words}${day ? ` on ${day}` : ''}; you allow ${by100(margin)}` }
}

/** The first variant that some other is better than beyond doubt, among all that were compared. */
const worse = (analysis: Analysis): { who: string; why: string } | null => {
  const failed = [...analysis.contrasts, ...analysis.rivals].find(
    ({ comparison, measured }) => measured.metric.role === 'decision' && comparison.verdict === 'FAIL',
  )
  return failed ? { who: failed.comparison.variant, why: insteadOf(analysis, failed) } : null
}

const promoted = (analysis: Analysis): string | null => {
  const { state, winner: key } = analysis.input.experiment
  if ((state !== 'promoted' && state !== 'archived') || key === null) return null
  const won = analysis.contrasts.find(
    ({ comparison, measured }) => comparison.variant === key && measured.metric.role === 'decision',
  )
  return won ? `${key} was promoted: ${insteadOf(analysis, won)}.` : `${key} was promoted.`
}

const winner = (analysis: Analysis): string | null => {
  const leader = leaderOf(analysis)
  const own = decisionsOf(analysis, leader)
  if (own.length === 0) {
    const guards = analysis.guardrails.filter(({ ordinal }) => ordinal === leader)
    const safe = guards.length > 0 && guards.every(({ verdict }) => verdict === 'PASS')
    return safe ? `${guards[0]?.variant ?? ''} is as safe as you asked: every guardrail passes.` : null
  }
  const first = own[0]
  if (!first || !own.every(({ comparison }) => comparison.verdict === 'PASS')) return null
  const { variant, control } = first.comparison
  const better =
    analysis.input.experiment.definition.policy.goal === 'superior' ? 'is better than' : 'is not worse than'
  return `${variant} ${better} ${control}: ${insteadOf(analysis, first)}.`
}

const undecided = (analysis: Analysis): string => {
  const leader = leaderOf(analysis)
  const first = decisionsOf(analysis, leader)[0] ?? analysis.contrasts.find(({ variant }) => variant === leader)
  if (analysis.report.units === 0) return 'No traffic yet.'
  if (analysis.report.variants.every(({ outcomes }) => outcomes === 0)) return 'No outcomes yet.'
  if (!first) return 'Not decided yet.'
  const { comparison } = first
  if (comparison.verdict === 'INSUFFICIENT')
    return tooEarly(first, analysis.input.experiment.definition.unit)
  if (comparison.verdict === 'NO_OUTCOME') return silence(analysis, first)
  if (comparison.verdict === 'FAIL')
    return `${comparison.variant} is worse than ${comparison.control}: ${insteadOf(analysis, first)}.`
  if (practicallySame(first))
    return `${comparison.variant} and ${comparison.control} are practically the same on ${nameOf(first.measured.plan)}.`
  return candidatesOf(analysis).length > 1
    ? `No clear difference yet between ${comparison.control} and the others.`
    : `No clear difference yet between ${comparison.variant} and ${comparison.control}.`
}

const tooEarly = (contrast: Contrast, unit: string): string => {
  const words = missingWords(contrast).replace(/\bunits$/, plural(unit, 2))
  return words === 'too early' ? 'Too early to say.' : `Too early to say: ${words.replace('too early: ', '')}${contrast.waiting === null ? ' so far' : ''}.`
}

/** One of the two reports nothing, so that nothing is compared. */
const silence = ({ report }: Analysis, { comparison: { variant, control } }: Contrast): string => {
  const silent = report.variants.filter(({ key, outcomes }) => outcomes === 0 && (key === variant || key === control))
  return silent.length === 0 ? 'Too early to say.' : `No outcomes of ${silent.map(({ key }) => key).join(' or ')} yet.`
}

const practicallySame = ({
  comparison: {
    difference: { lower, upper },
  },
  measured: { metric },
}: Contrast): boolean =>
  metric.smallestEffect !== undefined &&
  lower !== null &&
  upper !== null &&
  lower > -metric.smallestEffect &&
  upper < metric.smallestEffect

/** "55 of 100 answers preferred instead of 51", from the same data as the comparison. */
const insteadOf = (analysis: Analysis, contrast: Contrast): string => {
  const { input } = analysis
  const { plan, ordinal } = contrast.measured
  const { matured } = splitByMaturity(input.epochs, requireDurationMs(input.experiment.definition.window), input.now)
  const value = (arm: number): number | null =>
    ratioEstimate(armMoments(matured, arm, ordinal), plan.center)?.estimate ?? null
  const [own, other] = [value(contrast.variant), value(contrast.against)]
  const name = nameOf(plan)
  if (own === null || other === null) return `${name} not known`
  const scale = scaleOf(contrast)
  const least = digitsOf(contrast.comparison.difference, scale)
  const gap = Math.abs(own - other) * scale.factor
  const digits = gap >= 2 ? Math.max(0, least - 1) : least
  const text = (number: number): string => decimal(number * scale.factor, digits)
  if (isShare(plan) && plan.name !== undefined) return `${text(own)} of 100 ${name} instead of ${text(other)}`
  return `${name} is ${text(own)}${isShare(plan) ? ' of 100' : ''} instead of ${text(other)}`
}

const decisionsOf = ({ contrasts }: Analysis, arm: number | null): Contrast[] =>
  contrasts.filter(({ variant, measured }) => variant === arm && measured.metric.role === 'decision')

const subOf = (analysis: Analysis): string => {
  const { experiment } = analysis.input
  if (experiment.state === 'baking') return detectableWords(analysis)
  if (experiment.state === 'draft') return experiment.definition.startAt === undefined ? 'Start it to give it traffic.' : 'Nobody gets anything of it before it is started.'
  const doubtful = 'Whatever the numbers say, they may come from the data and not from the variants.'
  if (badData(analysis)) return doubtful
  const harmed = stopped(analysis) === null && harm(analysis) === null ? null : worstHarm(analysis)
  if (harmed !== null) return harmed
  if (muted(analysis)) return doubtful
  const won =
    experiment.winner === null ? -1 : experiment.definition.variants.findIndex(({ key }) => key === experiment.winner)
  const arm =
    leaderOf(analysis) ?? (won >= 0 ? won : (candidatesOf(analysis)[0] ?? analysis.contrasts[0]?.variant ?? null))
  const first = decisionsOf(analysis, arm)[0] ?? analysis.contrasts.find(({ variant }) => variant === arm)
  if (!first) return ''
  const { direction } = first.measured.plan
  const { lower, upper } = gainOf(first.comparison.difference, direction)
  if (lower === null || upper === null) return 'There is not enough data for a range yet.'
  if (first.comparison.verdict === 'INSUFFICIENT') return `With so few ${plural(experiment.definition.unit, 2)} nearly everything is still possible.`
  const scale = scaleOf(first)
  const digits = digitsOf(first.comparison.difference, scale)
  const size = (value: number): string => bound(Math.abs(value) * scale.factor, digits)
  const fewer = isShare(first.measured.plan) ? 'fewer' : 'less'
  const [more, less] = direction === 'increase' ? ['more', fewer] : [fewer, 'more']
  const name = `${first.comparison.variant} against ${first.comparison.control}, ${nameOf(first.measured.plan)}`
  if (lower >= 0) return `The true gain is plausibly ${size(lower)} to ${size(upper)} ${more}${scale.words} (${name}).`
  if (upper <= 0) return `The true loss is plausibly ${size(upper)} to ${size(lower)} ${less}${scale.words} (${name}).`
  const between = `between ${size(lower)} ${less} and ${size(upper)} ${more}`
  return `The true difference plausibly lies ${between}${scale.words} (${name}).`
}

import type { Analysis } from '../analyze/analysis.ts'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { isUnderWay } from '../define/definitions.ts'
import { takenOutWords } from '../breaker/view.ts'
import { driftAlarms } from '../drift/words.ts'
import { degradationAlarms } from '../analyze/degradation.ts'
import { nameOf } from '../analyze/metric-plan.ts'
import { signalAlarms } from './signals.ts'
import { checkAlarms } from './stage-checks.ts'
import { silenceAlarms } from '../analyze/silence.ts'
import { lowerFirst, plural, span } from '../describe/wording.ts'

/** Why an experiment may be held. A registry's drift is found elsewhere and handed in (`AnalysisInput.alarms`); a stage's deadline is looked at last, when everything else that holds is known. */
export const holdReasons = [
  'sample_ratio', 'error', 'signal', 'no_traffic', 'no_outcome', 'outcome_lag', 'stale', 'shared_harm',
  'breaker', 'drift', 'degradation', 'registry_drift', 'stage_deadline', 'check',
] as const
export type HoldReason = (typeof holdReasons)[number]

/** Something that speaks against every gain now; `text` is a phrase. Two with the same reason, variant and metric are one. */
export type Alarm = { reason: HoldReason; variant: string | null; metric: string | null; text: string }

/** An alarm that holds the experiment, since when, and at how many looks in a row it was not seen any more. */
export type Hold = Alarm & { since: string; clean: number }

/** Looks without an alarm after which it holds no more. */
export const cleanLooks = 3

/** Longer than this without a look, and what is decided next would come from a world that nobody watched. */
export const staleMs = 600_000

const idOf = ({ reason, variant, metric }: Alarm): string => [reason, variant, metric].join('\0')

/** What speaks against every gain at this look. Nothing does before the start, nor after the end. */
export const alarmsOf = ({ input, report, contrasts, guardrails, daily, windowed, degradations, drifting }: Omit<Analysis, 'holds'>): Alarm[] => {
  const { experiment, alarms = [] } = input
  if (!isUnderWay(experiment.state)) return []
  const whole = { variant: null, metric: null }
  const split: Alarm[] = report.sampleRatio.verdict !== 'FAIL' ? []
    : [{ ...whole, reason: 'sample_ratio', text: `${plural(experiment.definition.unit, 2)} do not arrive in the planned shares` }]
  const broken = report.health.filter(({ check, verdict }) => verdict === 'ERROR' && check !== 'split')
  const signals = contrasts.filter(({ measured, comparison }) => measured.metric.role === 'signal' && comparison.verdict === 'FAIL')
  const shared = [...guardrails, ...daily, ...windowed].filter((one, index, all) =>
    one.shared && all.findIndex((other) => other.shared && other.metric === one.metric && other.ordinal === one.ordinal) === index)
  return [
    ...split,
    ...broken.map(({ check, text }): Alarm => ({ variant: null, metric: check, reason: 'error', text: phrase(text) })),
    ...signals.map(({ comparison: { metric, variant }, measured: { plan } }): Alarm =>
      ({ reason: 'signal', variant, metric, text: `${variant} raises an alarm on ${nameOf(plan)}` })),
    ...shared.map(({ metric, variant, contrast }): Alarm => ({
      reason: 'shared_harm', variant, metric,
      text: `${nameOf(contrast.measured.plan)} is beyond its limit for ${variant} and for ${contrast.comparison.control}, so neither is to blame`,
    })),
    ...signalAlarms(input),
    ...checkAlarms(input),
    ...silenceAlarms(input),
    ...staleAlarms(input),
    ...breakerAlarms(input),
    ...degradationAlarms(degradations),
    ...driftAlarms(drifting),
    ...alarms,
  ]
}

const staleAlarms = ({ lagMs = 0 }: AnalysisInput): Alarm[] =>
  lagMs <= staleMs ? []
    : [{ reason: 'stale', variant: null, metric: null, text: `the engine had not looked for ${span(lagMs)}` }]

const breakerAlarms = ({ experiment: { variants } }: AnalysisInput): Alarm[] =>
  variants.flatMap(({ key, status, breaker }): Alarm[] => {
    if (status !== 'quarantined') return []
    const text = breaker?.standIn?.manual ? takenOutWords(key, breaker.standIn.version) : `${key} is quarantined`
    return [{ reason: 'breaker', variant: key, metric: null, text }]
  })

const phrase = (text: string): string => lowerFirst(text).replace(/\.$/, '')

/** All that holds at this look: what is sensed now, and what was sensed at one of the last looks. */
export const activeHolds = (kept: readonly Hold[], alarms: readonly Alarm[], now: Date): Hold[] => {
  const fresh = new Map(alarms.map((alarm) => [idOf(alarm), alarm]))
  const before = new Set(kept.map(idOf))
  return [
    ...kept.map((hold) => ({ ...hold, ...fresh.get(idOf(hold)), clean: fresh.has(idOf(hold)) ? 0 : hold.clean + 1 })),
    ...[...fresh].filter(([id]) => !before.has(id)).map(([, alarm]) => ({ ...alarm, since: now.toISOString(), clean: 0 })),
  ]
}

/** What this look changes of the holds that are kept: which begin, which are over, and what is to be kept. */
export const turnHolds = (kept: readonly Hold[], active: readonly Hold[]): { begun: Hold[]; lifted: Hold[]; next: Hold[] } => {
  const before = new Set(kept.map(idOf))
  return {
    begun: active.filter((hold) => !before.has(idOf(hold))),
    lifted: active.filter(({ clean }) => clean >= cleanLooks),
    next: active.filter(({ clean }) => clean < cleanLooks),
  }
}

/** Do two sets hold for the same reasons, seen as lately? Words alone may differ. */
export const sameHolds = (one: readonly Hold[], other: readonly Hold[]): boolean => {
  const text = (holds: readonly Hold[]): string => holds.map((hold) => `${idOf(hold)}\0${hold.clean}`).sort().join('\n')
  return text(one) === text(other)
}

/** The reasons as one phrase: "users do not arrive in the planned shares; nobody has come for 6 h". */
export const holdWords = (holds: readonly Alarm[]): string => holds.map(({ text }) => text).join('; ')

/** A hold by its name: "signal (toxicity of qwen)". */
export const holdName = ({ reason, variant, metric }: Alarm): string => {
  const about = [metric?.replace(/^(signal|check):/, '') ?? null, variant].filter((one) => one !== null).join(' of ')
  return `${reason.replaceAll('_', ' ')}${about === '' ? '' : ` (${about})`}`
}

import { z } from 'zod'
import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { Duration, Key, type SignalDeclaration } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { Alarm } from './holds.ts'
import { minuteText, span } from '../describe/wording.ts'

const Text = z.string().trim().min(1).max(200)

/** What another system tells of an experiment, or of everything on a model. */
export const CreateSignal = z
  .strictObject({
    experiment: Key.optional().describe('what it is about; or a model'),
    model: Key.optional().describe('what it is about: every experiment on it; or one experiment'),
    variant: Key.optional().describe('of the experiment; default all of it'),
    name: Key,
    value: z.number().optional(),
    status: z.enum(['ok', 'alarm']).optional().describe('default ok where there is a value'),
    at: z.iso.datetime({ offset: true }).optional().describe('when it was so: an older one changes nothing; default now'),
    expiresIn: Duration.optional().describe('it says nothing any more so long after `at`; default never'),
    source: Text.optional().describe('who tells it: prometheus'),
  })
  .superRefine(({ experiment, model, variant, status, value }, { addIssue }) => {
    const wrong = (path: string, message: string): void => addIssue({ code: 'custom', path: [path], message })
    if ((experiment === undefined) === (model === undefined)) wrong('experiment', 'give `experiment` or `model`, one of the two')
    if (variant !== undefined && experiment === undefined) wrong('variant', 'needs the `experiment` that it belongs to')
    if (status === undefined && value === undefined) wrong('status', 'give `status`, `value` or both')
  })
export type CreateSignal = z.infer<typeof CreateSignal>

/** A signal as it stands. `variant`: null where it is about the whole experiment, or about the model. */
export type SignalFact = {
  name: string
  variant: string | null
  status: 'ok' | 'alarm'
  value: number | null
  at: Date
  expiresAt: Date | null
  source: string | null
  /** It is over, and nobody had looked while it was so. */
  over?: true
}

/** An alarm as it is kept: when it was so and when it came, ISO 8601. */
export type StoredAlarm = Pick<SignalFact, 'status' | 'value' | 'source'> & { at: string; receivedAt: string }

/** What a signal's alarm is about in the list of holds: `signal:gpu`. */
export const signalMetric = (name: string): string => `signal:${name}`

const hasExpired = ({ expiresAt }: SignalFact, now: Date): boolean => expiresAt !== null && expiresAt.getTime() <= now.getTime()

const staleAt = ({ at }: SignalFact, { staleAfter }: SignalDeclaration): number =>
  staleAfter === undefined ? Infinity : at.getTime() + requireDurationMs(staleAfter)

const beyond = (value: number | null, limit: SignalDeclaration['limit']): string | null => {
  if (value === null || limit === undefined) return null
  if ('above' in limit) return value > limit.above ? `above ${limit.above}` : null
  return value < limit.below ? `below ${limit.below}` : null
}

const detailWords = ({ value, source }: SignalFact): string => {
  const details = [...(value === null ? [] : [String(value)]), ...(source === null ? [] : [`from ${source}`])]
  return details.length === 0 ? '' : ` (${details.join(', ')})`
}

const ofVariant = (variant: string | null): string => (variant === null ? '' : ` of ${variant}`)

const alarm = (name: string, variant: string | null, text: string): Alarm => ({ reason: 'signal', variant, metric: signalMetric(name), text })

/** Is it declared as this one? */
const isOf = ({ name, variant }: SignalDeclaration, one: Pick<SignalFact, 'name' | 'variant'>): boolean => name === one.name && (variant ?? null) === one.variant

/** The kinds of alarm that a signal raises: its own word, and each limit that it crosses. */
export const alarmKinds = (one: Pick<SignalFact, 'name' | 'variant' | 'status' | 'value'>, declarations: readonly SignalDeclaration[]): string[] => [
  ...(one.status === 'alarm' ? ['alarm'] : []),
  ...new Set(declarations.flatMap((declared) => (isOf(declared, one) ? (beyond(one.value, declared.limit) ?? []) : []))),
]

/** What is declared, but was never told, or not lately: nobody knows, which holds and harms nobody. */
const missing = (declared: SignalDeclaration, signals: readonly SignalFact[], now: Date): Alarm[] => {
  const { name, variant = null } = declared
  const known = signals.filter((one) => !one.over && isOf(declared, one) && !hasExpired(one, now))
  if (known.length === 0) return [alarm(name, variant, `the signal ${name}${ofVariant(variant)} has not come; fresh data is needed`)]
  const latest = known.reduce((one, other) => (other.at > one.at ? other : one))
  if (staleAt(latest, declared) > now.getTime()) return []
  return [alarm(name, variant, `the signal ${name}${ofVariant(variant)} has not come for ${span(now.getTime() - latest.at.getTime())}; fresh data is needed`)]
}

const soundWords = (one: SignalFact, kind: string): string => {
  if (!one.over) return `${kind === 'alarm' ? 'raises an alarm' : `is ${kind}`}${detailWords(one)}`
  return `${kind === 'alarm' ? 'raised an alarm' : `was ${kind}`} at ${minuteText(one.at)}${detailWords(one)}, which is over`
}

/** What the signals of other systems speak against gains now. They never harm: a FAIL is for what is measured of units. */
export const signalAlarms = ({ experiment, signals = [], now }: Pick<AnalysisInput, 'experiment' | 'signals' | 'now'>): Alarm[] => {
  const { signals: declarations = [] } = experiment.definition
  const sounding = (one: SignalFact): Alarm[] => {
    if (!one.over && hasExpired(one, now)) return []
    const [kind] = alarmKinds(one, declarations).toReversed() // a limit says more than an alarm
    return kind === undefined ? [] : [alarm(one.name, one.variant, `the signal ${one.name}${ofVariant(one.variant)} ${soundWords(one, kind)}`)]
  }
  const found = [
    ...signals.filter(({ over }) => !over).flatMap(sounding),
    ...signals.filter(({ over }) => over).flatMap(sounding),
    ...declarations.flatMap((declared) => missing(declared, signals, now)),
  ]
  return found.filter((one, index) => found.findIndex(({ metric, variant }) => metric === one.metric && variant === one.variant) === index)
}

/** When time alone changes what the signals say: milliseconds since 1970. */
export const signalTimes = ({ experiment, signals = [] }: Pick<AnalysisInput, 'experiment' | 'signals'>): number[] =>
  signals.flatMap((one) => [
    one.expiresAt?.getTime() ?? Infinity,
    ...(experiment.definition.signals ?? []).flatMap((declared) => (declared.name === one.name && !one.over ? [staleAt(one, declared)] : [])),
  ])

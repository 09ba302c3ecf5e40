import { isUnderWay } from '../define/definitions.ts'
import { staleMs } from '../decide/holds.ts'
import { count, percent, plural, span } from '../describe/wording.ts'
import type { AnalysisInput, ExperimentFacts } from './analysis-input.ts'
import type { Report, Verdict } from './report.ts'

/** Refused outcomes above this share of those sent are a fault of whoever sends them. */
const refusedLimit = 0.01
/** A few prove nothing, however few there are of the rest. */
const fewTolerated = 4
/** Without a new outcome for so long, and for many times what lay between two of them before, something is broken. */
const [quietMs, quietGaps] = [86_400_000, 20]

/** What ingestion says of outcomes that it took. Every other result is the code of a refusal. */
const takenResults: readonly string[] = ['accepted', 'late', 'crossed', 'duplicate']

/**
 * How many outcomes were sent, by what became of them: those of the scope, and of today those that named no assignment of
 * ours. `lastAt`: when the newest that was no repeat came; null where none was noted.
 */
export type Deliveries = { counted: Readonly<Record<string, number>>; stray: Readonly<Record<string, number>>; lastAt: Date | null }

/** What stands behind a report. `lagMs`: since the engine's last look; `analysedAt`: of the analysis kept last; null before the first. */
type Standing = { now: Date; lagMs: number; analysedAt: Date | null; counters: 'ok' | 'unavailable' }

type Check = Report['health'][number]
type Facts = Pick<ExperimentFacts, 'state' | 'startedAt'>

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
const some = (number: number, noun = 'outcome'): string => `${count(number)} ${plural(noun, number)}`
/** "33.3 %"; what is less than 1 % with one digit more. */
const shareText = (share: number): string => percent(share < 0.01 ? share : Math.round(share * 1_000) / 1_000)
const were = (number: number): string => (number === 1 ? 'was' : 'were')
const refusalsIn = (results: Deliveries['counted']): (readonly [code: string, n: number])[] =>
  Object.entries(results).filter(([result, n]) => n > 0 && !takenResults.includes(result)).toSorted(([, one], [, other]) => other - one)
const byCode = (refusals: ReturnType<typeof refusalsIn>): string => refusals.map(([code, n]) => `${code} ${count(n)}`).join(', ')

const repeats = ({ counted }: Deliveries): Check => {
  const [total, repeated] = [sum(Object.values(counted)), counted['duplicate'] ?? 0]
  const text = total === 0 ? 'No outcome was sent twice, as far as was counted.'
    : repeated === 0 ? 'No outcome was sent twice.'
    : `${count(repeated)} of ${some(total)} sent (${shareText(repeated / total)}) ${were(repeated)} sent before; each counts once.`
  return { check: 'duplicates', verdict: 'PASS', text }
}

const refused = ({ counted, stray }: Deliveries): Check => {
  const [total, own, strays] = [sum(Object.values(counted)), refusalsIn(counted), refusalsIn(stray)]
  const [ours, others] = [own, strays].map((refusals) => sum(refusals.map(([, n]) => n))) as [number, number]
  const verdict = ours > fewTolerated && ours / total > refusedLimit ? 'FAIL' : 'PASS'
  const text = ours === 0 ? 'No outcome was refused.' : `${count(ours)} of ${some(total)} sent (${shareText(ours / total)}) ${were(ours)} refused: ${byCode(own)}.`
  const more = others === 0 ? '' : ` Today ${some(others)} that named no assignment ${were(others)} refused, whatever the experiment: ${byCode(strays)}.`
  return { check: 'rejected', verdict, text: text + more }
}

/** "3 min ago"; what is told of a report's own moment is less than that. */
const ago = (at: Date, now: Date): string => {
  const ms = now.getTime() - at.getTime()
  return ms < 60_000 ? 'less than a minute ago' : `${span(ms)} ago`
}

/** Has nothing come for so long that it can not be chance? */
const isQuiet = ({ state, startedAt }: Facts, { counted, lastAt }: Deliveries, now: Date): boolean => {
  if (lastAt === null || startedAt === null || !isUnderWay(state) || state === 'paused') return false
  const gapMs = (lastAt.getTime() - startedAt.getTime()) / Math.max(1, sum(Object.values(counted)))
  return now.getTime() - lastAt.getTime() > Math.max(quietMs, quietGaps * gapMs)
}

const freshness = (facts: Facts, deliveries: Deliveries, { now, analysedAt }: Standing, outcomes: Verdict): Check => {
  const { lastAt } = deliveries
  const analysed = analysedAt === null ? 'nothing was analysed before' : `the last analysis was ${ago(analysedAt, now)}`
  const newest = lastAt !== null ? `The newest outcome came ${ago(lastAt, now)}` : outcomes === 'PASS' ? 'It is not known when the newest outcome came' : 'No outcome has come yet'
  const verdict = lastAt === null && outcomes !== 'PASS' ? outcomes : isQuiet(facts, deliveries, now) ? 'FAIL' : 'PASS'
  return { check: 'freshness', verdict, text: `${newest}; ${analysed}.` }
}

const service = ({ lagMs, counters }: Standing): Check => {
  const away = [
    ...(lagMs > staleMs ? [`The engine last looked ${span(lagMs)} ago: nothing is decided, and traffic stays as it is.`] : []),
    ...(counters === 'ok' ? [] : ['The counters do not answer: units that must stay with their first variant go by their hash, and breakers rest.']),
  ]
  return { check: 'service', verdict: away.length > 0 ? 'FAIL' : 'PASS', text: away.join(' ') || 'Database, counters and engine answer.' }
}

/** Checks that people are told of, and nothing is decided by: what they count is not kept as safely as outcomes are. */
export const toldChecks: readonly string[] = ['duplicates', 'rejected', 'freshness', 'service']

/** What was read for an analysis, with what is told besides. */
export type DeliveredInput = Pick<AnalysisInput, 'now' | 'lagMs'> & { experiment: Facts; deliveries: Deliveries; previous: { at: Date } | null }

/**
 * A report with what is known of how its data came, and of what it leans on.
 *
 * @param counters of the node that answers, as far as it has any
 */
export const withDeliveries = (report: Report, { experiment, deliveries, previous, now, lagMs = 0 }: DeliveredInput, counters: Standing['counters'] = 'ok'): Report => {
  const outcomes = report.health.find(({ check }) => check === 'outcomes')?.verdict ?? 'PASS'
  const standing: Standing = { now, lagMs, analysedAt: previous?.at ?? null, counters }
  const told = [repeats(deliveries), refused(deliveries), freshness(experiment, deliveries, standing, outcomes), service(standing)]
  return { ...report, health: [...report.health, ...told] }
}

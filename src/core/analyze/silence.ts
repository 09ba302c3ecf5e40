import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { Alarm } from '../decide/holds.ts'
import { reportableEpochs, reportsEvery } from '../define/reporting.ts'
import { count, percent, plural, span } from '../describe/wording.ts'

/** Fewer units prove nothing, whoever is silent. */
const leastUnits = 20
/** Units without a word where only some events are reported, and none may have happened. */
const leastEventUnits = 1_000
/** Units before a stretch of silence, from which one knows what is usual. */
const usualUnits = 100
/** A silence must be so unlikely: it is looked for at every tick, for months. */
const logUnlikely = Math.log(1e6)
/** Units that would have come meanwhile, and how many times longer than ever before nobody came. */
const missedUnits = 50
const timesLonger = 2
const hourMs = 3_600_000

type Counted = { units: number; reporting: number }

const countedOf = (epochs: readonly EpochData[], arms: readonly number[]): Counted => {
  const counted = { units: 0, reporting: 0 }
  for (const epoch of epochs) {
    for (const arm of arms) {
      counted.units += epoch.arms[arm]?.units ?? 0
      counted.reporting += epoch.arms[arm]?.reporting ?? 0
    }
  }
  return counted
}

const rateOf = ({ units, reporting }: Counted): number => (units > 0 ? reporting / units : 0)

/**
 * Are so few reports of so many units less than half of what is usual, and all but impossible by chance? The logarithm of
 * that chance is at most −n·KL (Chernoff's bound for a binomial).
 */
const fell = (now: Counted, usual: Counted): boolean => {
  const share = rateOf(now)
  // never quite 1, so that one silent unit is no miracle
  const rate = usual.reporting / (usual.units + 1)
  if (now.units < leastUnits || share >= rate / 2) return false
  const divergence = (share > 0 ? share * Math.log(share / rate) : 0) + (1 - share) * Math.log((1 - share) / (1 - rate))
  return now.units * divergence > logUnlikely
}

/** The last epochs that have enough units together, and those before them. */
const splitTail = (epochs: readonly EpochData[], arms: readonly number[]): { before: EpochData[]; tail: EpochData[] } => {
  let from = epochs.length
  for (let units = 0; from > 0 && units < leastUnits; ) {
    from -= 1
    units += countedOf(epochs.slice(from, from + 1), arms).units
  }
  return { before: epochs.slice(0, from), tail: epochs.slice(from) }
}

/** What the silence of variants says: nobody reports any more, or one variant does not, or reports come late. */
type Silence = { whose: 'all' | number; reporting: number; text: string }

const perHundred = (counted: Counted): string => percent(rateOf(counted))

/** Found once for each look: a guardrail and a hold both ask. */
const found = new WeakMap<AnalysisInput, Silence | null>()

const silenceOf = (input: AnalysisInput): Silence | null => {
  const known = found.get(input)
  if (known !== undefined) return known
  const silence = findSilence(input)
  found.set(input, silence)
  return silence
}

const findSilence = (input: AnalysisInput): Silence | null => {
  const { experiment } = input
  const { definition, variants } = experiment
  const { unit, policy } = definition
  const live = variants.flatMap(({ status }, arm) => (status === 'live' ? [arm] : []))
  const old = reportableEpochs(input)
  const ever = countedOf(input.epochs, live)
  const ready = countedOf(old, live)
  if (ever.reporting === 0) {
    const enough = reportsEvery(experiment) ? leastUnits : Math.max(leastEventUnits, policy.minUnits * live.length)
    return ready.units < enough ? null
      : { whose: 'all', reporting: 0, text: `none of ${count(ready.units)} ${plural(unit, ready.units)} has reported anything` }
  }
  for (const arm of live) {
    const own = countedOf(old, [arm])
    const others = countedOf(old, live.filter((other) => other !== arm))
    if (countedOf(input.epochs, [arm]).reporting > 0 || !fell(own, others)) continue
    return { whose: arm, reporting: 0, text: `none of ${count(own.units)} ${plural(unit, own.units)} of ${variants[arm]?.key} has reported anything, where ${perHundred(others)} of the others have` }
  }
  const { before, tail } = splitTail(old, live)
  const [now, usual] = [countedOf(tail, live), countedOf(before, live)]
  if (usual.units < usualUnits) return null
  const drawn = live.filter((arm) => countedOf(tail, [arm]).units > 0)
  const halved = drawn.filter((arm) => rateOf(countedOf(tail, [arm])) < rateOf(countedOf(before, [arm])) / 2)
  const said = (counted: Counted, of = ''): string =>
    `only ${perHundred(counted)} of the last ${count(counted.units)} ${plural(unit, counted.units)}${of} have reported`
  if (halved.length === drawn.length && fell(now, usual)) {
    return { whose: 'all', reporting: now.reporting, text: `${said(now)}, ${perHundred(usual)} before` }
  }
  const control = variants.findIndex((variant) => variant.control)
  const [own, earlier] = [countedOf(tail, [control]), countedOf(before, [control])]
  if (!halved.includes(control) || !fell(own, earlier)) return null
  return { whose: control, reporting: own.reporting, text: `${said(own, ` of ${variants[control]?.key}`)}, ${perHundred(earlier)} before` }
}

/** Has every variant fallen silent, or the control itself? Then no candidate is to blame for its silence. */
export const isPipelineSilent = (input: AnalysisInput): boolean => {
  const silence = silenceOf(input)
  return silence !== null && (silence.whose === 'all' || input.experiment.variants[silence.whose]?.control === true)
}

/** When a stretch without a single unit becomes suspicious, milliseconds since 1970; Infinity while units come. */
export const noTrafficAt = ({ experiment, epochs }: AnalysisInput): number => {
  const [first, last] = [epochs[0], epochs.at(-1)]
  const arms = experiment.variants.map((_, arm) => arm)
  if (!first || !last || last.endedAt !== null || countedOf([last], arms).units > 0) return Infinity
  const since = last.startedAt.getTime()
  const { units } = countedOf(epochs, arms)
  // an epoch to which nobody comes goes on: the longest one tells how long nobody came before
  if (units === 0) return first.startedAt.getTime() + Math.max(hourMs, requireDurationMs(experiment.definition.policy.minDuration))
  const longest = Math.max(...epochs.map(({ startedAt, endedAt }) => (endedAt === null ? 0 : endedAt.getTime() - startedAt.getTime())))
  return since + Math.max((missedUnits * (since - first.startedAt.getTime())) / units, timesLonger * longest)
}

/**
 * Traffic that stopped, and reports that stopped. Never at the very start, and never because a few units of a quiet
 * experiment have nothing to say: silence counts when it is all but impossible by chance.
 */
export const silenceAlarms = (input: AnalysisInput): Alarm[] => {
  const { experiment, epochs, now } = input
  const at = noTrafficAt(input)
  if (at <= now.getTime()) {
    const sinceMs = now.getTime() - (epochs.at(-1)?.startedAt.getTime() ?? 0)
    return [{ reason: 'no_traffic', variant: null, metric: null, text: `no ${experiment.definition.unit} has come for ${span(sinceMs)}` }]
  }
  const silence = silenceOf(input)
  // where only events are reported, fewer of them may be the world's doing
  if (!silence || (silence.reporting > 0 && !reportsEvery(experiment))) return []
  const variant = silence.whose === 'all' ? null : (experiment.variants[silence.whose]?.key ?? null)
  return [{ reason: silence.reporting > 0 ? 'outcome_lag' : 'no_outcome', variant, metric: null, text: silence.text }]
}

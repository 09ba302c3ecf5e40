import type { LedgerEntry } from '../core/decide/ledger.ts'
import type { Comparison } from '../core/analyze/report.ts'
import type { EpochView, SeriesPoint } from '../core/tell/views.ts'
import { decimal, relativeScale, type Scale } from '../core/describe/wording.ts'
import { candidateColour, candidateDashes, type Colour } from './colours.ts'
import type { EffectInput, EffectLine, EffectPoint, Marker, Rule, Step, TrafficInput } from './charts/index.ts'

/** A variant as charts know it, in the order of the experiment. */
export type ChartVariant = { key: string; control: boolean }

export type Look = { colour: Colour; dashes: string | null }

/** Colour and dashes of every variant, the same in all charts of an experiment. */
export const looksOf = (variants: readonly ChartVariant[]): Record<string, Look> => {
  let place = 0
  return Object.fromEntries(variants.map(({ key, control }): [string, Look] => {
    if (control) return [key, { colour: 'control', dashes: null }]
    const look = { colour: candidateColour(place), dashes: candidateDashes(place) }
    place++
    return [key, look]
  }))
}

// Decisions ----------------------------------------------------------------------------------------------------------

type Entry = Pick<LedgerEntry, 'at' | 'action' | 'variant' | 'status' | 'epochBefore' | 'epochAfter'> & { id: number }
type Epoch = Pick<EpochView, 'epoch' | 'scope' | 'coverage' | 'weights' | 'startedAt' | 'endedAt'>

const past: Record<string, string> = {
  start: 'started', pause: 'paused', resume: 'resumed', ramp: 'ramped', promote: 'promoted', kill: 'stopped', rollback: 'rolled back',
  'roll-through': 'handed on', conclude: 'ended', stop: 'ended', 'emergency-stop': 'stopped everything', enable: 'enabled', disable: 'disabled',
  approve: 'approved', reject: 'rejected', acknowledge: 'acknowledged', archive: 'archived', quarantine: 'quarantined', release: 'released',
  fallback: 'fallback', restore: 'restored', hold: 'put on hold',
}

/** What a bandit does all the time, and how a breaker tries: the areas show it, and nobody decided it. */
const routine = new Set(['reallocate', 'probe', 'throttle'])

const labelOf = ({ action, variant, status, epochBefore, epochAfter }: Entry, epochs: ReadonlyMap<number, Epoch>): string => {
  const who = variant === null ? '' : ` ${variant}`
  if (status === 'held') return action === 'hold' ? `on hold${who}` : `held ${action}${who}`
  const [before, after] = [epochs.get(epochBefore)?.coverage, epochs.get(epochAfter)?.coverage]
  const share = (value: number): string => decimal(value * 100, 1).replace(/\.0$/, '')
  const ramp = action !== 'start' && before !== undefined && after !== undefined && before !== after ? ` ${share(before)}→${share(after)} %` : ''
  return `${past[action] ?? action}${who}${ramp}`
}

/** Decisions and actions of people: what has a number wherever it is shown. */
export const isNumbered = ({ action, status }: Pick<Entry, 'action' | 'status'>): boolean => status !== 'failed' && !routine.has(action)

const inOrder = <T extends Pick<Entry, 'id' | 'at' | 'action' | 'status'>>(decisions: readonly T[]): T[] =>
  decisions.filter(isNumbered).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.id - b.id)

/** Their numbers by id, in the order of time; of all that there are. */
export const numbersOf = (decisions: readonly Pick<Entry, 'id' | 'at' | 'action' | 'status'>[]): ReadonlyMap<number, number> =>
  new Map(inOrder(decisions).map(({ id }, index) => [id, index + 1]))

/** The same as marks of a chart; never turns of the clock, which the ledger does not hold. */
export const markersOf = (decisions: readonly Entry[], epochs: readonly Epoch[]): Marker[] => {
  const byNumber = new Map(epochs.map((epoch) => [epoch.epoch, epoch]))
  return inOrder(decisions).map((entry, index) => ({ at: Date.parse(entry.at), number: index + 1, decision: entry.id, label: labelOf(entry, byNumber) }))
}

// Effect ---------------------------------------------------------------------------------------------------------------

/** From when on units are still inside their outcome window: the start of the first epoch that has not matured; Infinity when all have. */
const immatureFrom = (epochs: readonly Epoch[], windowMs: number, asOf: number): number =>
  windowMs === 0 ? Infinity : Math.min(...epochs
    .filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) + windowMs > asOf)
    .map(({ startedAt }) => Date.parse(startedAt)))

export type EffectSource = {
  id: string
  metric: string
  control: string
  variants: readonly ChartVariant[]
  /** Variants to draw, each against the control. */
  shown: readonly string[]
  method: string
  alpha: number
  scale: Scale
  /** Harm that is tolerated, as its metric declares it; null without one. `relative`: a share of the control's mean. */
  margin: { amount: number; direction: 'increase' | 'decrease'; relative: boolean } | null
  windowMs: number
  /** The moment that the page shows; nothing later is drawn. */
  asOf: number
  series: readonly SeriesPoint[]
  epochs: readonly Epoch[]
  markers: readonly Marker[]
}

/** What the policy's method decides decision metrics by; guardrails are judged by their bands, whatever it is. */
const ruleOf = ({ method, series, metric, control, shown }: EffectSource): Rule => {
  const last = series.at(-1)?.comparisons.filter((one) => one.metric === metric && one.control === control && shown.includes(one.variant)) ?? []
  const told = last.filter(({ evidence }) => evidence.decides)
  const [first] = told
  if (!first) return { decides: 'nothing' }
  if (first.role !== 'decision') return { decides: 'band' }
  if (method === 'fixed' || method === 'group-sequential') return { decides: 'looks', ...nextLook(told) }
  if (method !== 'exact' && method !== 'bayesian') return { decides: 'band' }
  const most = Math.max(...told.flatMap(({ evidence }) => evidence.value ?? []))
  return { decides: method === 'exact' ? 'evidence' : 'chance', value: Number.isFinite(most) ? most : null, needed: first.evidence.needed }
}

/** Of the pair that is looked at next, else of the one that was looked at most often. */
const nextLook = (told: readonly Comparison[]): { taken: number; planned: number; nextAt: number | null } => {
  const looks = told.flatMap(({ look }) => look ?? []).toSorted((a, b) => (a.nextAt ?? Infinity) - (b.nextAt ?? Infinity) || b.taken - a.taken)
  const { taken, planned, nextAt } = looks[0] ?? { taken: 0, planned: 1, nextAt: null }
  return { taken, planned, nextAt }
}

/** What stored analyses say of one metric, as the chart of its effect takes it; null while no analysis speaks of it. */
export const effectInput = (source: EffectSource): EffectInput | null => {
  const { id, metric, control, alpha, margin, asOf, variants, shown } = source
  const series = source.series.filter(({ at }) => Date.parse(at) <= asOf)
  const looks = looksOf(variants)
  const scopes = new Map(source.epochs.map(({ epoch, scope }) => [epoch, scope]))
  const pale = immatureFrom(source.epochs, source.windowMs, asOf)
  const pointsOf = (variant: string): EffectPoint[] => series.flatMap(({ at, epoch, comparisons }) => {
    const comparison = comparisons.find((one) => one.metric === metric && one.variant === variant && one.control === control)
    if (!comparison) return []
    const { estimate, lower, upper } = margin?.relative ? comparison.relative : comparison.difference
    const scope = scopes.get(epoch)
    const moment = Date.parse(at)
    return [{ at: moment, estimate, lower, upper, matured: moment <= pale, ...(scope !== undefined && { scope }) }]
  })
  const lines = shown.flatMap((variant): EffectLine[] => {
    const [points, look] = [pointsOf(variant), looks[variant]]
    return points.length > 0 && look ? [{ variant, ...look, points }] : []
  })
  if (lines.length === 0) return null
  return {
    id, metric, control, coverage: 1 - alpha, rule: ruleOf({ ...source, series }), lines,
    scale: margin?.relative ? relativeScale : source.scale,
    margin: margin && (margin.direction === 'decrease' ? margin.amount : -margin.amount),
    markers: source.markers.filter(({ at }) => at <= asOf),
  }
}

// Traffic --------------------------------------------------------------------------------------------------------------

export type TrafficSource = {
  id: string
  variants: readonly ChartVariant[]
  series: readonly SeriesPoint[]
  epochs: readonly Epoch[]
  markers: readonly Marker[]
  /** Where the last step ends: the end of the experiment, or the moment that the page shows. */
  until: number
  /** Is the traffic moved by a bandit? */
  bandit: boolean
}

const outside = 'outside of the experiment'

/** Epochs and stored analyses as the chart of traffic takes them; null before the start. */
export const trafficInput = ({ id, variants, series, epochs, markers, until, bandit }: TrafficSource): TrafficInput | null => {
  const looks = looksOf(variants)
  const keys = variants.toSorted((a, b) => Number(b.control) - Number(a.control)).map(({ key }) => key)
  const begun = epochs.filter(({ startedAt }) => Date.parse(startedAt) < until).toSorted((a, b) => a.epoch - b.epoch)
  if (begun.length === 0) return null
  const partly = begun.some(({ coverage }) => coverage < 1)
  const traffic = begun.map(({ startedAt, coverage, weights }): Step => {
    const inside = keys.map((key) => (weights[key] ?? 0) * (partly ? coverage : 1))
    return { at: Date.parse(startedAt), shares: partly ? [...inside, 1 - coverage] : inside }
  })
  const best = series.filter(({ at }) => Date.parse(at) < until).map(({ at, probabilityBest }): Step => {
    const chances = keys.map((key) => probabilityBest[key] ?? null)
    const known = chances.some((chance) => chance !== null)
    return { at: Date.parse(at), shares: known ? [...chances.map((chance) => chance ?? 0), ...(partly ? [0] : [])] : null }
  })
  return {
    id, traffic, until, chancesSteer: bandit,
    best: best.some(({ shares }) => shares !== null) ? best : null,
    bands: [
      ...keys.map((key) => ({ name: key, colour: looks[key]?.colour ?? 'control' })),
      ...(partly ? [{ name: outside, colour: 'rule' as const }] : []),
    ],
    markers: markers.filter(({ at }) => at <= until),
  }
}

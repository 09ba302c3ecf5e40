import { type ChampionSwitch, rollbackTarget } from '../../core/models/champion.ts'
import type { ListedExperiment } from '../../core/tell/overview.ts'
import type { ChampionView, ModelView, VersionView } from '../../core/tell/views.ts'
import { alertName } from '../../core/models/watch-alerts.ts'
import type { WatchDay } from '../../core/models/watch.ts'
import type { OpenAlert, Unwatched } from '../../core/models/watch-state.ts'
import type { RetrainEvent } from '../../core/models/retrain.ts'
import { wantedText, type WantedDrill } from '../../core/drills/wanted.ts'
import { count } from '../../core/describe/wording.ts'
import { ageText, daysText, dayText, momentText } from './moments.ts'
import { experimentLine, type ExperimentLine } from './overview.ts'
import { type RegistryView, registryView } from './registry.ts'
import { numberText, versionLine, type VersionLine } from './versions.ts'

/** What a page about a model is made from. `history`: the latest first. */
export type ModelFacts = {
  model: ModelView
  versions: VersionView[]
  furtherVersions: boolean
  history: ChampionView[]
  watch: WatchDay[]
  alerts: OpenAlert[]
  unwatched: Unwatched[]
  /** The latest first. */
  retrains: RetrainEvent[]
  drills: WantedDrill[]
  experiments: ListedExperiment[]
  /** The entry of the ledger that made the champion, where an experiment did. */
  decision: number | null
}

/** The champion before this one that can serve again, or why there is none. */
export type Target = { version: string; served: string | null; seen: number } | { nowhere: string }

export type HistoryLine = {
  at: string; atText: string; version: string; how: string; by: string; why: string; rollback: boolean
  /** Where to read on. */
  link: { href: string; text: string } | null
}
/** An alert of the watch. `name`: which one it is; `seen`: who has acknowledged it, null while nobody has. */
export type AlertLine = { name: string; since: string; sinceText: string; over: { at: string; text: string } | null; text: string; seen: string | null }

export type ModelPage = {
  key: string
  description: string
  enabled: boolean
  champion: { version: string; since: string; sinceText: string; age: string; how: string; by: string; why: string; evidence: { href: string; text: string } | null } | null
  target: Target
  versions: VersionLine[]
  furtherVersions: boolean
  /** Champions, and what called for training a version again; the latest first. */
  history: HistoryLine[]
  /** What makes whoever trains it hear of it, as a sentence; null where nothing does. */
  retrain: string | null
  /** `limits`: what a day may be, and what happens beyond it, as a sentence; null where nothing is limited. */
  alerts: AlertLine[]
  /** `unwatched`: what no detector follows, as a sentence; null where all is. */
  watch: { limits: string | null; unwatched: string | null; metrics: string[]; rows: { day: string; version: string; units: string; outcomes: string; values: string[] }[] }
  experiments: ExperimentLine[]
  /** What policies want to be rehearsed, and how that went; `old`: nobody can count on it. */
  drills: { text: string; old: boolean }[]
  /** How MLflow stands to it; null where it is not linked. */
  registry: RegistryView | null
}

const asSwitch = ({ version, previous, kind }: ChampionView): ChampionSwitch => ({ version, previous, kind })

/** When a version was champion last: "served 12 Oct–3 Nov". */
const servedText = (history: readonly ChampionView[], version: string, now: number): string | null => {
  const index = history.findIndex((one) => one.version === version)
  const found = history[index]
  return found ? `served ${daysText(found.at, history[index - 1]?.at ?? null, now)}` : null
}

const whyPassed = (passed: readonly { version: string; why: string }[]): string =>
  passed.length === 0 ? 'No other version was champion before.' : `${passed.map(({ version, why }) => `Version ${version} was ${why}`).join('; ')}.`

/** Where going back would lead. @param history the latest first */
export const targetOf = (history: readonly ChampionView[], versions: readonly Pick<VersionView, 'version' | 'lock'>[], now: number): Target => {
  const [latest] = history
  if (!latest) return { nowhere: 'There was no champion yet.' }
  const locked = new Set(versions.flatMap(({ version, lock }) => (lock ? [version] : [])))
  const target = rollbackTarget(history.map(asSwitch).toReversed(), locked)
  return 'passed' in target ? { nowhere: whyPassed(target.passed) } : { version: target.version, served: servedText(history, target.version, now), seen: latest.seq }
}

/** How a version became champion. */
export const howText = ({ kind, previous, experiment }: Pick<ChampionView, 'kind' | 'previous' | 'experiment'>): string => {
  const from = experiment === null ? '' : ` by ${experiment}`
  if (kind === 'promote') return `promoted${from}`
  if (kind === 'rollback') return previous === null ? `gone back to${from}` : `gone back to from version ${previous}${from}`
  return kind === 'start' ? `first champion, at the start of ${experiment ?? 'an experiment'}` : 'made champion'
}

const championOf = ({ history, decision }: ModelFacts, now: number): ModelPage['champion'] => {
  const [latest] = history
  if (!latest) return null
  const { version, at, actor, reason, experiment } = latest
  const evidence = decision !== null ? { href: `/decisions/${decision}`, text: `decision ${decision}` }
    : experiment !== null ? { href: `/experiments/${experiment}`, text: `the report of ${experiment}` } : null
  return { version, since: at, sinceText: momentText(at, now), age: ageText(at, now), how: howText(latest), by: actor, why: reason, evidence }
}

const onHarmWords = { alert: 'people are told', rollback: 'the champion before serves again', fallback: 'a fallback serves' } as const

const limitsOf = ({ limits = {}, onHarm = 'alert' }: ModelView['watch']): string | null => {
  const limited = Object.entries(limits).map(([metric, limit]) => `${metric} ${numberText(limit)}`)
  return limited.length === 0 ? null : `Limits of a day: ${limited.join(', ')}. When one is broken beyond doubt, ${onHarmWords[onHarm]}.`
}

const unwatchedOf = (all: readonly Unwatched[]): string | null =>
  all.length === 0 ? null : `Not watched for change: ${all.map(({ metric, why }) => `${metric} (${why})`).join('; ')}.`

const alertLine = (alert: OpenAlert, now: number): AlertLine => {
  const { version, since, over, text, acknowledged } = alert
  return {
    name: alertName(alert), since, sinceText: dayText(since, now), over: over === undefined ? null : { at: over, text: dayText(over, now) }, text: `Version ${version}: ${text}.`,
    seen: acknowledged === undefined ? null : `Acknowledged ${dayText(acknowledged.at, now)} by ${acknowledged.actor}: ${acknowledged.reason}`,
  }
}

const watchOf = (days: readonly WatchDay[], watch: ModelView['watch'], unwatched: readonly Unwatched[]): ModelPage['watch'] => {
  const metrics = [...new Set(days.flatMap((day) => Object.keys(day.metrics)))]
  return {
    limits: limitsOf(watch), unwatched: unwatchedOf(unwatched), metrics,
    rows: days.map((day) => ({
      day: day.day, version: day.version, units: count(day.units), outcomes: count(day.outcomes),
      values: metrics.map((metric) => {
        const estimate = day.metrics[metric]?.estimate
        return estimate === undefined || estimate === null ? '–' : numberText(estimate)
      }),
    })),
  }
}

const historyOf = ({ history, retrains }: ModelFacts, now: number): HistoryLine[] => [
  ...history.map((one) => ({
    at: one.at, atText: momentText(one.at, now), version: one.version, how: howText(one), by: one.actor, why: one.reason, rollback: one.kind === 'rollback',
    link: one.experiment === null ? null : { href: `/experiments/${one.experiment}`, text: one.experiment },
  })),
  ...retrains.map(({ at, version, cause, reason, decision }) => ({
    at, atText: momentText(at, now), version, how: `to be trained again: ${cause}`, by: 'engine', why: reason, rollback: false,
    link: { href: `/decisions/${decision}`, text: `decision ${decision}` },
  })),
].toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at))

const retrainOf = ({ retrain }: ModelView): string | null => {
  if (retrain === null) return null
  const every = retrain.everyOutcomes === undefined ? [] : [`every ${count(retrain.everyOutcomes)} further outcomes`]
  return `Training again is called for by ${[...retrain.on, ...every].join(', ')}.`
}

/** Everything that a model's page says. @param now milliseconds since 1970 */
export const modelPage = (facts: ModelFacts, now: number): ModelPage => {
  const { model, versions, history, watch, alerts, unwatched, experiments, furtherVersions } = facts
  const champion = versions.find(({ version }) => version === model.champion)
  return {
    key: model.key, description: model.description, enabled: model.enabled, furtherVersions,
    champion: championOf(facts, now),
    target: targetOf(history, versions, now),
    versions: versions.toReversed().map((one) => versionLine(one, champion, model.key, now)),
    history: historyOf(facts, now),
    retrain: retrainOf(model),
    alerts: alerts.map((one) => alertLine(one, now)),
    watch: watchOf(watch, model.watch, unwatched),
    experiments: experiments.map((one) => experimentLine(one, now)),
    drills: facts.drills.map((one) => wantedText(one, now)),
    registry: registryView(model, versions, now),
  }
}

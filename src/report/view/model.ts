import { type ChampionSwitch, rollbackTarget } from '../../core/models/champion.ts'
import type { ListedExperiment } from '../../core/tell/overview.ts'
import type { ChampionView, ModelView, VersionView } from '../../core/tell/views.ts'
import type { WatchDay } from '../../core/models/watch.ts'
import type { OpenAlert } from '../../core/models/watch-state.ts'
import { count, decimal } from '../../core/describe/wording.ts'
import { jsonDiff } from './json-diff.ts'
import { cutText, jsonText } from './json-text.ts'
import { ageText, daysText, dayText, momentText } from './moments.ts'
import { experimentLine, type ExperimentLine } from './overview.ts'
import { type RegistryView, registryView } from './registry.ts'

/** What a page about a model is made from. `history`: the latest first. */
export type ModelFacts = {
  model: ModelView
  versions: VersionView[]
  furtherVersions: boolean
  history: ChampionView[]
  watch: WatchDay[]
  alerts: OpenAlert[]
  experiments: ListedExperiment[]
  /** The entry of the ledger that made the champion, where an experiment did. */
  decision: number | null
}

export type Fact = { label: string; text: string }
export type Change = { path: string; before: string | null; after: string | null }
export type VersionLine = {
  version: string
  champion: boolean
  owner: string | null
  state: string
  lock: { text: string; experiment: string } | null
  facts: Fact[]
  evaluation: Fact[]
  /** What pipelines found out, by name; `bad`: it keeps the version from serving anybody. */
  checks: { name: string; text: string; at: string | null; atText: string; bad: boolean }[]
  payload: { text: string; cut: boolean } | null
  /** Null for the champion itself, and where there is none. */
  changes: { changes: Change[]; more: boolean } | null
  href: string
}

/** The champion before this one that can serve again, or why there is none. */
export type Target = { version: string; served: string | null; seen: number } | { nowhere: string }

export type ModelPage = {
  key: string
  description: string
  enabled: boolean
  champion: { version: string; since: string; sinceText: string; age: string; how: string; by: string; why: string; evidence: { href: string; text: string } | null } | null
  target: Target
  versions: VersionLine[]
  furtherVersions: boolean
  history: { at: string; atText: string; version: string; how: string; by: string; why: string; experiment: string | null; rollback: boolean }[]
  /** `limits`: what a day may be, and what happens beyond it, as a sentence; null where nothing is limited. */
  alerts: { since: string; sinceText: string; text: string }[]
  watch: { limits: string | null; metrics: string[]; rows: { day: string; version: string; units: string; outcomes: string; values: string[] }[] }
  experiments: ExperimentLine[]
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

const stateOf = ({ firstTrafficAt, lock }: VersionView, now: number): string => {
  if (lock) return 'locked'
  return firstTrafficAt === null ? 'editable: no traffic yet' : `fixed: first traffic ${dayText(firstTrafficAt, now)}`
}

const some = (label: string, text: string | undefined): Fact[] => (text === undefined || text === '' ? [] : [{ label, text: cutText(text, 300).text }])

const factsOf = (version: VersionView, now: number): Fact[] => [
  ...some('Data', version.dataset), ...some('Trained', version.trainedAt && dayText(version.trainedAt, now)),
  ...some('Code', version.codeVersion), ...some('Artifact', version.artifact), ...some('Digest', version.digest),
  ...some('Checkpoint', version.checkpoint && `${version.checkpoint.id}${version.checkpoint.parent === undefined ? '' : `, from ${version.checkpoint.parent}`}`),
  { label: 'Registered', text: dayText(version.createdAt, now) },
  ...some('Warm', version.readyAt === null ? undefined : `since ${momentText(version.readyAt, now)}`),
]

const mostEvaluated = 20
/** Characters of one value in a list of differences. */
const mostOfValue = 120

const valueText = (value: unknown): string => {
  const { text, cut } = jsonText(value, mostOfValue, 0)
  return cut ? `${text}…` : text
}

const changesOf = (version: VersionView, champion: VersionView | undefined): VersionLine['changes'] => {
  if (!champion || champion.version === version.version) return null
  const { changes, more } = jsonDiff(champion.payload, version.payload)
  return {
    more,
    changes: changes.map(({ path, before, after }) => ({
      path: cutText(path === '' ? 'payload' : path, mostOfValue).text,
      before: before === undefined ? null : valueText(before), after: after === undefined ? null : valueText(after),
    })),
  }
}

const numberText = (value: number): string => decimal(value, Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 4)

const versionLine = (version: VersionView, champion: VersionView | undefined, model: string, now: number): VersionLine => ({
  version: version.version,
  champion: version.version === champion?.version,
  owner: version.owner === undefined ? null : cutText(version.owner, 60).text,
  state: stateOf(version, now),
  lock: version.lock && {
    text: `Locked ${dayText(version.lock.at, now)} by ${version.lock.actor}, since ${version.lock.experiment} was rolled back: ${version.lock.reason}`, experiment: version.lock.experiment,
  },
  facts: factsOf(version, now),
  evaluation: Object.entries(version.evaluation ?? {}).slice(0, mostEvaluated).map(([label, value]) => ({ label: cutText(label, 80).text, text: numberText(value) })),
  checks: version.checks.map(({ name, status, at, required }) => ({
    name, at, bad: required && status !== 'pass', atText: at === null ? '' : momentText(at, now),
    text: `${status === null ? 'missing' : status}${required ? ', required' : ''}`,
  })),
  payload: version.payload === undefined ? null : jsonText(version.payload),
  changes: changesOf(version, champion),
  href: `/api/models/${model}/versions/${encodeURIComponent(version.version)}`,
})

const onHarmWords = { alert: 'people are told', rollback: 'the champion before serves again', fallback: 'a fallback serves' } as const

const limitsOf = ({ limits = {}, onHarm = 'alert' }: ModelView['watch']): string | null => {
  const limited = Object.entries(limits).map(([metric, limit]) => `${metric} ${numberText(limit)}`)
  return limited.length === 0 ? null : `Limits of a day: ${limited.join(', ')}. When one is broken beyond doubt, ${onHarmWords[onHarm]}.`
}

const watchOf = (days: readonly WatchDay[], watch: ModelView['watch']): ModelPage['watch'] => {
  const metrics = [...new Set(days.flatMap((day) => Object.keys(day.metrics)))]
  return {
    limits: limitsOf(watch), metrics,
    rows: days.map((day) => ({
      day: day.day, version: day.version, units: count(day.units), outcomes: count(day.outcomes),
      values: metrics.map((metric) => {
        const estimate = day.metrics[metric]?.estimate
        return estimate === undefined || estimate === null ? '–' : numberText(estimate)
      }),
    })),
  }
}

/** Everything that a model's page says. @param now milliseconds since 1970 */
export const modelPage = (facts: ModelFacts, now: number): ModelPage => {
  const { model, versions, history, watch, alerts, experiments, furtherVersions } = facts
  const champion = versions.find(({ version }) => version === model.champion)
  return {
    key: model.key, description: model.description, enabled: model.enabled, furtherVersions,
    champion: championOf(facts, now),
    target: targetOf(history, versions, now),
    versions: versions.toReversed().map((one) => versionLine(one, champion, model.key, now)),
    history: history.map((one) => ({
      at: one.at, atText: momentText(one.at, now), version: one.version, how: howText(one), by: one.actor, why: one.reason, experiment: one.experiment,
      rollback: one.kind === 'rollback',
    })),
    alerts: alerts.map(({ version, since, text }) => ({ since, sinceText: dayText(since, now), text: `Version ${version}: ${text}.` })),
    watch: watchOf(watch, model.watch),
    experiments: experiments.map((one) => experimentLine(one, now)),
    registry: registryView(model, versions, now),
  }
}

import { draftWords } from '../../core/define/start-at.ts'
import { requireDurationMs } from '../../core/define/duration.ts'
import { type ListedExperiment, type ListedModel, type NeedKind, needKinds, needsOf, type Overview, type OverviewAsk, type ShownKind } from '../../core/tell/overview.ts'
import { lastDrillText } from '../../core/drills/words.ts'
import { count, percent, plural, sentenceOf, span } from '../../core/describe/wording.ts'
import type { Pill } from '../pills.ts'
import { deedText } from './deeds.ts'
import { experimentPill } from './experiment-pill.ts'
import { ageText, daysText, momentText } from './moments.ts'

/** A share of the traffic; `place` among the candidates, null for the control. */
export type Share = { key: string; share: number; text: string; place: number | null }

export type ExperimentLine = {
  key: string
  href: string
  model: string
  state: string
  hypothesis: string | null
  pill: Pill | null
  headline: string
  /** Empty where the experiment sends nobody anywhere. */
  shares: Share[]
  /** "20 % of users take part"; null where all do. */
  coverage: string | null
  /** "day 3 of 14"; for what has ended when it ran. */
  progress: string
  units: string | null
  /** "6 of 6 checks", and those that did not pass. */
  checks: { text: string; failing: string[] } | null
  last: { href: string; text: string; by: string; at: string; atText: string } | null
}

export type NeedLine = { mark: string; word: string; urgent: boolean; text: string; since: string | null; sinceText: string | null; href: string; link: string }
export type NeedGroup = { key: string; href: string; model: string; needs: NeedLine[] }

export type OverviewPage = {
  title: string
  model: string | null
  filters: { text: string; href: string; current: boolean }[]
  needs: NeedGroup[]
  /** Those that need somebody and are not told of here. */
  furtherNeeds: number
  show: ShownKind
  /** What is listed, as a heading. */
  listed: string
  experiments: ExperimentLine[]
  older: string | null
  models: (ListedModel & { href: string; age: string | null; experiments: string })[]
  furtherModels: boolean
  /** One line on the last rehearsal; null where there was none. */
  drill: string | null
  /** Nothing was ever defined. */
  empty: boolean
}

const dayMs = 86_400_000

const stateWords: Record<string, string> = { rolled_back: 'rolled back' }
export const stateText = (state: string): string => stateWords[state] ?? state

/** How far an experiment has come of the time that it may take at most. */
export const progressText = ({ state, startedAt, endedAt, maxDuration }: Pick<ListedExperiment, 'state' | 'startedAt' | 'endedAt' | 'maxDuration'>, now: number): string => {
  if (startedAt === null) return state === 'draft' ? 'not started' : 'never started'
  if (endedAt !== null) return `${daysText(startedAt, endedAt, now)}, ${span(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))}`
  const [passed, most] = [Math.max(0, now - Date.parse(startedAt)), requireDurationMs(maxDuration)]
  if (most < 2 * dayMs) return `${span(passed)} of ${span(most)}`
  return `day ${count(Math.floor(passed / dayMs) + 1)} of ${count(Math.ceil(most / dayMs))}`
}

const underWay = new Set(['running', 'paused', 'baking'])

const sharesOf = ({ state, variants, weights }: ListedExperiment): Share[] => {
  if (!underWay.has(state) || weights === null) return []
  const candidates = variants.filter(({ control }) => !control).map(({ key }) => key)
  return variants.flatMap(({ key, control }, arm) => {
    const share = weights[arm] ?? 0
    return share > 0 ? [{ key, share, text: percent(Math.round(share * 1_000) / 1_000), place: control ? null : candidates.indexOf(key) }] : []
  })
}

/** Of what has ended nothing new is awaited. */
const checksOf = ({ analysis, state }: ListedExperiment): ExperimentLine['checks'] => {
  if (analysis === null || analysis.checks.length === 0) return null
  const failing = analysis.checks.filter(({ check, verdict }) => verdict !== 'PASS' && (underWay.has(state) || check !== 'freshness')).map(({ check }) => check)
  return { text: `${analysis.checks.length - failing.length} of ${analysis.checks.length} checks`, failing }
}

const lastOf = ({ latest }: ListedExperiment, now: number): ExperimentLine['last'] =>
  latest && { href: `/decisions/${latest.id}`, text: deedText(latest), by: latest.actor, at: latest.at, atText: momentText(latest.at, now) }

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** What became of an experiment since it was analysed last. */
const endHeadline = ({ state, winner, latest }: ListedExperiment): string | null => {
  if (state === 'killed' || state === 'rolled_back') return latest?.status === 'applied' && latest.action !== 'acknowledge' ? `Stopped: ${lowerFirst(latest.reason)}` : 'Stopped.'
  if (state === 'baking') return `${winner ?? 'The winner'} was promoted, and bakes.`
  if (state === 'promoted') return `${winner ?? 'The winner'} was promoted.`
  return state === 'stopped' || state === 'inconclusive' ? 'Ended without a clear winner.' : null
}

/** The stored headline, unless the decision that followed it says more. */
const headlineOf = (one: ListedExperiment, now: number): string => {
  if (one.state === 'draft') return draftWords({ startAt: one.startAt ?? undefined }, new Date(now), one.latest)
  const told = one.analysis?.headline ?? 'Not analysed yet.'
  return one.analysis?.state === one.state ? told : (endHeadline(one) ?? told)
}

export const experimentLine = (one: ListedExperiment, now: number): ExperimentLine => ({
  key: one.key, href: `/experiments/${one.key}`, model: one.model, state: stateText(one.state), hypothesis: one.hypothesis,
  pill: experimentPill(one), headline: headlineOf(one, now), shares: sharesOf(one),
  coverage: one.coverage === null || one.coverage >= 1 || !underWay.has(one.state) ? null : `${percent(one.coverage)} of ${plural(one.unit, 2)} take part`,
  progress: progressText(one, now), units: one.analysis === null ? null : `${count(one.analysis.units)} ${plural(one.unit, one.analysis.units)}`,
  checks: checksOf(one), last: lastOf(one, now),
})

const needWords: Record<NeedKind, { mark: string; word: string; link: string }> = {
  harm: { mark: '■', word: 'Harm', link: 'See the report' },
  data: { mark: '!', word: 'Bad data', link: 'See what is wrong' },
  silent: { mark: '∅', word: 'Silent', link: 'See which link is silent' },
  person: { mark: '?', word: 'Your decision', link: 'Decide' },
  start: { mark: '‖', word: 'Not started', link: 'See the draft' },
  'post-mortem': { mark: '✎', word: 'Post-mortem', link: 'Read and sign it' },
  locked: { mark: '⊘', word: 'Locked', link: 'See the version' },
}
const urgent: ReadonlySet<NeedKind> = new Set(['harm', 'data', 'silent'])

const needHref = ({ key, model }: ListedExperiment, kind: NeedKind, decision: number | null, version: string | undefined): string => {
  if (kind === 'post-mortem') return `/decisions/${decision}/post-mortem`
  if (kind === 'locked') return `/models/${model}#version-${version}`
  return decision === null ? `/experiments/${key}` : `/experiments/${key}#decision-${decision}`
}

const needGroups = (attention: readonly ListedExperiment[], now: number): NeedGroup[] =>
  attention
    .map((one) => ({ one, needs: needsOf(one) }))
    .filter(({ needs }) => needs.length > 0)
    .toSorted((a, b) => needKinds.indexOf(a.needs[0]!.kind) - needKinds.indexOf(b.needs[0]!.kind))
    .map(({ one, needs }) => ({
      key: one.key, href: `/experiments/${one.key}`, model: one.model,
      needs: needs.map(({ kind, text, since, decision, version }) => ({
        mark: needWords[kind].mark, word: needWords[kind].word, link: needWords[kind].link, urgent: urgent.has(kind), text, since,
        sinceText: since && `${ageText(since, now)} ago`, href: needHref(one, kind, decision, version),
      })),
    }))

const alertGroup = ({ model, alerts }: Overview['alerting'][number], now: number): NeedGroup => ({
  key: model, href: `/models/${model}`, model: `champion ${alerts[0]?.version ?? ''}`,
  needs: alerts.map(({ text, since, over }) => ({
    mark: '■', word: over === undefined ? 'Alert' : 'Alert, over', link: 'See and acknowledge', urgent: over === undefined,
    text: sentenceOf(text), since, sinceText: `${ageText(since, now)} ago`, href: `/models/${model}#alerts`,
  })),
})

const titleOf = ({ counts, alerting, models }: Overview, empty: boolean): string => {
  const needing = [
    ...(counts.attention > 0 ? [`${count(counts.attention)} ${plural('experiment', counts.attention)}`] : []),
    ...(alerting.length > 0 ? [`${count(alerting.length)} ${plural('model', alerting.length)}`] : []),
  ]
  if (needing.length > 0) return `${needing.join(' and ')} ${counts.attention + alerting.length === 1 ? 'needs' : 'need'} you`
  return empty ? (models.length === 0 ? 'Nothing here yet' : 'No experiments yet') : 'Nothing needs you'
}

const filterWords: Record<ShownKind, (number: number) => string> = {
  attention: (number) => `${count(number)} ${number === 1 ? 'needs' : 'need'} you`,
  running: (number) => `${count(number)} running`,
  paused: (number) => `${count(number)} paused`,
  draft: (number) => `${count(number)} ${plural('draft', number)}`,
  ended: (number) => `${count(number)} ended`,
  archived: (number) => `${count(number)} archived`,
  all: (number) => `${count(number)} in all`,
}
const filterOrder: readonly ShownKind[] = ['attention', 'running', 'paused', 'draft', 'ended', 'archived', 'all']

const listedWords: Record<ShownKind, string> = {
  all: 'Experiments', attention: 'Experiments that need you', running: 'Running experiments', paused: 'Paused experiments', draft: 'Drafts',
  ended: 'Experiments that ended', archived: 'Archived experiments',
}

const address = (show: ShownKind, model: string | null, before: string | null = null): string => {
  const query = new URLSearchParams({ ...(show === 'all' ? {} : { show }), ...(model === null ? {} : { model }), ...(before === null ? {} : { before }) }).toString()
  return query === '' ? '/' : `/?${query}`
}

/** Everything that the overview says. @param now milliseconds since 1970 */
export const overviewPage = (overview: Overview, { show, model, before }: OverviewAsk, now: number): OverviewPage => {
  const { counts, attention, alerting, experiments, models, next, furtherModels, drill } = overview
  const needs = [...alerting.map((one) => alertGroup(one, now)), ...needGroups(attention, now)]
  const empty = counts.all + counts.archived === 0
  const title = titleOf(overview, empty)
  return {
    title, model, show, empty, furtherModels,
    drill: drill && model === null ? `${lastDrillText(drill, now)}.${drill.state === 'failed' ? ` ${drill.text}` : ''}` : null,
    filters: filterOrder
      .filter((kind) => counts[kind] > 0 || kind === show || kind === 'running')
      .map((kind) => ({ text: filterWords[kind](counts[kind]), href: address(kind, model), current: kind === show })),
    needs: show === 'all' || show === 'attention' ? (before === null ? needs : []) : [],
    furtherNeeds: Math.max(0, counts.attention - attention.length),
    listed: listedWords[show],
    experiments: experiments.map((one) => experimentLine(one, now)),
    older: next === null ? null : address(show, model, next),
    models: models.map((one) => ({
      ...one, href: `/models/${one.key}`, age: one.since && ageText(one.since, now),
      experiments: one.running === 0 ? 'none' : `${count(one.running)} under way`,
    })),
  }
}

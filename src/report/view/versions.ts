import type { VersionView } from '../../core/tell/views.ts'
import { decimal } from '../../core/describe/wording.ts'
import { jsonDiff } from './json-diff.ts'
import { cutText, jsonText } from './json-text.ts'
import { dayText, momentText } from './moments.ts'

export type Fact = { label: string; text: string }
export type Change = { path: string; before: string | null; after: string | null }
export type VersionLine = {
  version: string
  champion: boolean
  owner: string | null
  /** The version whose checkpoint it goes on from. */
  continues: string | null
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

/** A number of unknown size, to about four digits. */
export const numberText = (value: number): string => decimal(value, Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 4)

/** A version as its model's page shows it. @param now milliseconds since 1970 */
export const versionLine = (version: VersionView, champion: VersionView | undefined, model: string, now: number): VersionLine => ({
  version: version.version,
  champion: version.version === champion?.version,
  owner: version.owner === undefined ? null : cutText(version.owner, 60).text,
  continues: version.continues,
  state: stateOf(version, now),
  lock: version.lock && {
    text: `Locked ${dayText(version.lock.at, now)} by ${version.lock.actor}, since ${version.lock.experiment} took it out of service: ${version.lock.reason}`, experiment: version.lock.experiment,
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

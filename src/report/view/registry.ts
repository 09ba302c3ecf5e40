import { championAlias, registeredVersion, type RegistrySync } from '../../core/models/registry.ts'
import type { ModelView, VersionView } from '../../core/tell/views.ts'
import { momentText } from './moments.ts'
import { sentenceOf } from '../../core/describe/wording.ts'

/** One way to say which champion counts. `refused`: why it cannot be done yet; null where it can. */
export type RegistryWay = { keep: 'ours' | 'registry'; words: string; leads: string; command: string; refused: string | null }

/** How MLflow stands to a model that is linked to it. */
export type RegistryView = {
  name: string
  tone: 'good' | 'open' | 'bad'
  mark: string
  headline: string
  text: string
  facts: { label: string; text: string }[]
  /** Only where a person has to say which one counts. */
  ways: RegistryWay[]
  looked: { at: string; text: string } | null
}

const version = (number: string | null): string => (number === null ? 'no version' : `version ${number}`)

const commandOf = (key: string, body: object): string =>
  `curl "$CONTENDER/api/models/${key}/registry" \\\n  -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body)}'`

/** Ours as the registry counts its versions, with our own name where that is another. */
const oursText = (champion: string | null, registered: string | null): string => {
  if (champion === null) return 'no champion yet'
  return registered === null ? `version ${champion}, which is not from there` : `${version(registered)}${registered === champion ? '' : ` (here ${champion})`}`
}

const waysOf = (key: string, ours: string, { observed }: RegistrySync, theirs: string | null): RegistryWay[] => [
  {
    keep: 'ours', words: 'Ours counts', leads: `${ours} goes on serving, and MLflow is told so: its alias "${championAlias}" is moved back`,
    command: commandOf(key, { keep: 'ours', reason: '…' }), refused: null,
  },
  {
    keep: 'registry', words: 'MLflow’s counts', leads: `${version(theirs ?? observed)} becomes champion here and serves everybody whom no experiment sends elsewhere`,
    command: commandOf(key, { keep: 'registry', reason: '…' }),
    refused: observed === null ? 'the alias was removed: there is no version to serve' : theirs === null ? `version ${observed} of MLflow is none of ours; import it first` : null,
  },
]

/** What a model's page says of its registry; null where the model is linked to none. */
export const registryView = (
  { key, registry, registrySync: sync, champion }: Pick<ModelView, 'key' | 'registry' | 'registrySync' | 'champion'>,
  versions: readonly Pick<VersionView, 'version' | 'artifact'>[], now: number,
): RegistryView | null => {
  if (registry === null) return null
  const name = registry.mlflow
  const artifactOf = (one: Pick<VersionView, 'artifact'>): string | null => registeredVersion(one.artifact === undefined ? {} : { artifact: one.artifact }, name)
  const own = versions.find((one) => one.version === champion)
  const ours = oursText(champion, own ? artifactOf(own) : null)
  const base = { name, ways: [], looked: sync && { at: sync.at, text: momentText(sync.at, now) } }
  if (sync === null) return { ...base, tone: 'open', mark: '…', headline: `Linked to "${name}" in MLflow`, text: 'Nobody has looked at it yet.', facts: [] }
  if (sync.status === 'synced') return { ...base, tone: 'good', mark: '✓', headline: `MLflow says the same: ${version(sync.observed)}`, text: `The alias "${championAlias}" of "${name}" follows our champion.`, facts: [] }
  if (sync.status === 'pending') {
    return {
      ...base, tone: 'open', mark: '…', headline: 'MLflow has not been told yet',
      text: `${sync.error === null ? '' : `${sentenceOf(sync.error)} `}It is tried again by itself; what is served here does not wait for it.`,
      facts: [{ label: 'Our champion', text: ours }, { label: 'MLflow says', text: version(sync.observed) }],
    }
  }
  const theirs = versions.find((one) => sync.observed !== null && artifactOf(one) === sync.observed)?.version ?? null
  return {
    ...base, tone: 'bad', mark: '!', headline: 'Somebody moved the champion in MLflow',
    text: 'Nothing is promoted on this model, and nothing is written there, until somebody says which one counts.',
    facts: [
      { label: 'Expected', text: sync.written === null ? 'nothing yet: we had not written there' : `${version(sync.written)}, as we had left it` },
      { label: 'Found', text: version(sync.observed) }, { label: 'Our champion', text: ours },
    ],
    ways: waysOf(key, ours, sync, theirs),
  }
}

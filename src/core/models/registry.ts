import { z } from 'zod'
import { Payload, Reason, type VersionRecord } from '../define/definitions.ts'

const RegistryVersion = z.string().regex(/^\d{1,9}$/, 'expected the number of a version')

/** Which version of the registry to take over: its number, or what an alias points to. */
export const ImportVersion = z
  .strictObject({
    version: RegistryVersion.optional(),
    alias: z.string().min(1).max(256).optional(),
    payload: Payload.optional().describe('what callers get with the version, as where it answers'),
  })
  .refine(({ version, alias }) => (version === undefined) !== (alias === undefined), { message: 'give `version` or `alias`, one of them' })
export type ImportVersion = z.infer<typeof ImportVersion>

/** What to do after somebody moved the alias in the registry: write ours over it, or serve what it points to. */
export const ResolveRegistry = z.strictObject({ keep: z.enum(['ours', 'registry']), reason: Reason })
export type ResolveRegistry = z.infer<typeof ResolveRegistry>

/** The alias that follows our champion, and the one that stays with the champion before it. */
export const championAlias = 'champion'
export const previousAlias = 'previous_champion'

/**
 * How the registry stands to our champion. `pending`: not told yet; `drift`: somebody else moved the alias, which holds
 * every experiment on the model. `written`: what we last knew it to say with our consent; `observed`: what it said last.
 */
export type RegistrySync = {
  status: 'pending' | 'synced' | 'drift'
  written: string | null
  observed: string | null
  /** Why it is pending, in words; null where nothing is in the way. */
  error: string | null
  /** ISO 8601. */
  at: string
}

/** A model whose versions are registered elsewhere, as it stands here. */
export type LinkedModel = {
  id: number
  /** The registered model. */
  name: string
  sync: RegistrySync | null
  champion: { version: string; record: VersionRecord } | null
  /** The last switch of the champion; what we do is written down only if there was none since. */
  seq: number
  /** Experiment and entry of the ledger that made the champion, where an experiment did. */
  experiment: string | null
  decision: number | null
}

export type RegistryStore = {
  linked(): Promise<LinkedModel[]>
  /** Keep how the registry stands; not where the champion was switched meanwhile. */
  keep(model: LinkedModel, sync: Omit<RegistrySync, 'at'>): Promise<void>
}

const place = (name: string): string => `models:/${name}/`

/** How a version of the registry is named in a record of ours, as MLflow itself names it. */
export const artifactOf = (name: string, version: string): string => `${place(name)}${version}`

/** The version of the registry that a record of ours stands for; null when it came from elsewhere. */
export const registeredVersion = (record: Pick<VersionRecord, 'artifact'>, name: string): string | null => {
  const { artifact = '' } = record
  const version = artifact.startsWith(place(name)) ? artifact.slice(place(name).length) : ''
  return /^\d{1,9}$/.test(version) ? version : null
}

/** What is to be done about the alias. */
export type SyncStep = { does: 'nothing' } | { does: 'write'; version: string; previous: string | null } | { does: 'drift' }

/**
 * The registry knows no compare-and-swap, so we write only over what is not there or what we know: everything else was
 * somebody's decision, and a person has to say which one counts.
 *
 * @param ours     the champion, as a version of the registry
 * @param written  what the alias said when we last agreed with it; null when we never did
 * @param observed what it says now; null when it does not exist
 */
export const stepOf = ({ ours, written, observed }: { ours: string; written: string | null; observed: string | null }): SyncStep => {
  if (observed === ours) return { does: 'nothing' }
  return observed === null || observed === written ? { does: 'write', version: ours, previous: observed ?? written } : { does: 'drift' }
}

/** What holds the experiments of a model whose registry drifted, as a phrase. */
export const driftWords = ({ observed, written }: Pick<RegistrySync, 'observed' | 'written'>): string =>
  `somebody moved the alias "${championAlias}" in the registry to version ${observed ?? 'none'}${written === null ? '' : `, from ${written}`}`

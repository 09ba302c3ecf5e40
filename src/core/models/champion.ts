/** How a version became champion. */
export type SwitchKind = 'set' | 'start' | 'promote' | 'rollback'

/** Why a version may not become champion: it was rolled back, or killed for harm, and nobody has acknowledged that yet. */
export type VersionLock = {
  /** ISO 8601. */
  at: string
  actor: string
  reason: string
  /** Key of the experiment that took it out of service. */
  experiment: string
}

/** A locked version, by name. */
export type LockedVersion = VersionLock & { version: string }

/** Why a version cannot become champion, and what lifts that. */
export const lockedWords = ({ version, experiment, reason }: LockedVersion): string =>
  `version "${version}" is locked since "${experiment}" took it out of service (${reason}); ` +
  `send the action acknowledge to the experiment "${experiment}" first`

/** One line of a model's history. `previous` is null for the first champion. */
export type ChampionSwitch = { version: string; previous: string | null; kind: SwitchKind }

/** Versions that a rollback went away from, and that nobody has made champion on purpose since. */
const rolledBackOf = (history: readonly ChampionSwitch[]): Set<string> =>
  history.reduce((rolledBack, { version, previous, kind }) => {
    if (kind !== 'rollback') rolledBack.delete(version)
    else if (previous !== null) rolledBack.add(previous)
    return rolledBack
  }, new Set<string>())

/**
 * The champion to go back to: the latest before the present one that is another version, was not itself rolled back
 * and is not locked. So rollbacks in a row walk back through the history instead of going to and fro.
 *
 * @param history oldest first; its last line made the present champion
 * @returns the version, or what was passed over when there is none left
 */
export const rollbackTarget = (
  history: readonly ChampionSwitch[],
  locked: ReadonlySet<string>,
): { version: string } | { passed: { version: string; why: 'rolled back' | 'locked' }[] } => {
  const current = history.at(-1)?.version
  const rolledBack = rolledBackOf(history)
  const others = [...new Set(history.map(({ version }) => version).toReversed())].filter((version) => version !== current)
  const version = others.find((one) => !rolledBack.has(one) && !locked.has(one))
  if (version !== undefined) return { version }
  return { passed: others.map((one) => ({ version: one, why: locked.has(one) ? 'locked' : 'rolled back' })) }
}

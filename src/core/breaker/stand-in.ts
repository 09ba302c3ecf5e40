import { type ChampionSwitch, rollbackTarget } from '../models/champion.ts'
import type { ExperimentState, StandIn, VariantState } from '../define/experiment-state.ts'

/** What stands in for the control; null while that serves. */
export const standInOf = (variants: readonly VariantState[]): StandIn | null =>
  variants.find(({ control, status }) => control && status === 'quarantined')?.breaker?.standIn ?? null

/**
 * The versions that may stand in for a control, in the order in which they are tried: those that were named; where nobody
 * named one, the champion before the present one. In a bake, where the control is that one, the present champion comes first.
 * Never a locked one.
 *
 * @param history the model's champions, oldest first
 */
export const standInsFor = ({ named, state, champion, history, locked }: {
  named: readonly string[]; state: ExperimentState; champion: string | null; history: readonly ChampionSwitch[]; locked: ReadonlySet<string>
}): string[] => {
  const present = state === 'baking' && champion !== null ? [champion] : []
  if (named.length > 0) return [...present, ...named].filter((version) => !locked.has(version))
  const previous = rollbackTarget(history, locked)
  return 'version' in previous ? [...present, previous.version] : present
}

/** The first of them that is well: neither in `out`, nor the version of a variant that is out of service. */
export const firstHealthy = (
  versions: readonly string[], variants: readonly Pick<VariantState, 'version' | 'status'>[], out: readonly string[],
): string | null => {
  const unwell = new Set([...out, ...variants.flatMap(({ version, status }) => (status === 'live' ? [] : [version]))])
  return versions.find((version) => !unwell.has(version)) ?? null
}

/** Why nothing can stand in, and what would help, as a phrase. @param own does the experiment name `named`, or its model? */
export const noStandInWords = (control: string, model: string, { named, own }: { named: readonly string[]; own: boolean }): string => {
  const whose = own ? 'experiment' : `model ${model}`
  const why = named.length === 0
    ? `no champion was before it that is neither locked nor out of service; name versions in fallbacks of the model ${model}`
    : `all in fallbacks of the ${whose} (${named.join(', ')}) are locked, the control's own, or those of variants out of service`
  return `no version can stand in for ${control}: ${why}`
}

import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import { lockedWords } from '../models/champion.ts'
import { missingOf, refuseMissing } from '../models/checks.ts'
import type { Account, Change } from '../decide/change.ts'
import type { ExperimentState, VariantState } from '../define/definitions.ts'
import type { Gate } from '../decide/position.ts'
import { type Entered, missingIn } from '../decide/stage-checks.ts'
import type { Context, Refusal, Wish } from '../decide/wish.ts'

/** What a planner says, perhaps with something for the entry; revision, state before and the account are added around it. */
export type Step = Omit<Change, 'experiment' | 'revision' | 'account' | 'fence' | 'state'> & {
  state?: ExperimentState; told?: Account['evidence']
  /** Whom it was done to, where the wish need not say it. */
  variant?: string
}

export type Planner = (experiment: ExperimentFacts, wish: Wish, context: Context) => Step | Refusal

export const conflict = (message: string): Refusal => ({ refused: 'conflict', message })

/** Nobody makes a locked version champion, whatever the evidence: somebody has to acknowledge first. */
export const refuseLocked = ({ action }: Wish, version: string | undefined, { locks = [] }: Context): Refusal | null => {
  const lock = locks.find((one) => one.version === version)
  return lock ? { refused: 'version_locked', message: `${action}: ${lockedWords(lock)}` } : null
}

/** Nobody serves what has not passed its checks, or those of a stage that would begin, or is not warm yet, whoever asks for it. */
export const refuseUnready = (
  { definition }: ExperimentFacts, { action }: Wish, { gates, champion }: Context, keys: readonly string[], entered: readonly Entered[],
): Refusal | null => {
  const asked = definition.variants.filter(({ key }) => keys.includes(key))
  const index = (key: string): number => definition.variants.findIndex((one) => one.key === key)
  return refuseMissing(action, [
    ...missingOf(asked, gates ?? [], champion).map((one) => ({ ...one, path: `variants[${index(one.variant)}].version` })),
    ...entered.flatMap((one) => missingIn({ definition }, one, gates, champion).map((lack) => ({ ...lack, path: `stages[${one.stage}].requires` }))),
  ])
}

/** Nobody goes past a gate, whatever the evidence: somebody has to approve first. */
export const refuseShut = ({ action }: Wish, gates: readonly Gate[]): Refusal | null => {
  const shut = gates.find(({ state }) => state !== 'approved')
  if (!shut) return null
  return conflict(`${action}: the gate "${shut.name}" ${shut.state === 'rejected' ? 'was rejected' : 'is not approved yet'}; send the action approve first`)
}

/** The variant a wish names, which must not be the control. */
export const candidate = ({ variants, key }: ExperimentFacts, { action, variant }: Wish): VariantState | Refusal => {
  if (!variant) return { refused: 'invalid_definition', path: 'variant', message: `${action} needs the key of a variant` }
  const found = variants.find((one) => one.key === variant)
  if (!found) {
    const keys = variants.map((one) => one.key).join(', ')
    return { refused: 'invalid_definition', path: 'variant', message: `"${key}" has no variant "${variant}"; it has ${keys}` }
  }
  return found.control ? conflict(`${action}: "${variant}" is the control, which the others are compared with`) : found
}

/** A variant that is in no quarantine, and whose breaker has forgotten everything; what a person took out stays out. */
export const trusted = (variant: VariantState): VariantState => {
  const { key, version, control, status, breaker } = variant
  if (status === 'quarantined' && breaker?.standIn?.manual) return variant
  return { key, version, control, status: status === 'quarantined' ? 'live' : status }
}

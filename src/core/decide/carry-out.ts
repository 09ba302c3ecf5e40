import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { Change } from './change.ts'
import type { Decision } from './decision.ts'
import type { Looks } from '../define/definitions.ts'
import type { DriftState } from '../define/drift.ts'
import { sameDrift } from '../drift/drifts.ts'
import { type Hold, sameHolds } from './holds.ts'
import type { Told } from './ledger.ts'
import { progressAfter } from './position.ts'
import { plan, planFailed, planHeld } from './transition.ts'
import type { Turn } from './turn-epoch.ts'
import type { Context, Refusal, Wish } from './wish.ts'

/** One decision of a look; null when the look led to none. `turn`: what happens to the epochs then, which the ledger does not tell; `holds`, `drift`: what is to be kept of these. */
export type Taken = { decision: Decision | null; looks: Looks; turn?: Turn | null; told?: Told; holds?: Hold[] | undefined; drift?: DriftState | null }

/**
 * What the engine writes for a decision: an action like a person's, an entry that tells what was held back, or only its
 * memory between looks. Null when there is nothing to write.
 *
 * @param analysis id of the stored analysis that the decision comes from
 * @param fence    the engine's fencing number
 */
export const carryOut = (
  experiment: ExperimentFacts,
  { decision, looks, holds, drift, turn = null, told }: Taken,
  context: Context,
  analysis: number | null,
  fence: number,
): Change | Refusal | null => {
  const { id, revision, state } = experiment
  const followed = drift && !sameDrift(drift, experiment.drift) ? { drift } : null
  if (!decision) {
    const held = holds && !sameHolds(holds, experiment.holds ?? []) ? { holds } : null
    return !turn && !held && !followed && sameLooks(looks, experiment.looks) ? null : { experiment: id, revision, state, looks, fence, ...held, ...followed, ...turn }
  }
  const wish = { ...wishOf(experiment, decision, told, analysis), ...(holds && { holds }) }
  const change = decision.status === 'held' ? planHeld(experiment, wish) : plan(experiment, wish, context)
  return 'refused' in change ? change : { ...(holds && { holds }), ...followed, ...change, looks, fence }
}

/**
 * What the engine writes of a decision that could not be carried out: an entry, once until something is done. Null when
 * it has been told already.
 */
export const carryFailure = (
  experiment: ExperimentFacts, { decision, looks, told }: Taken & { decision: Decision }, refusal: Refusal, analysis: number | null, fence: number,
): Change | null => {
  const key = `failed:${decision.action}:${decision.variant ?? ''}:${refusal.refused}`
  if (experiment.looks[key]) return null
  const memory = { ...experiment.looks, ...looks, [key]: { count: 1, digest: String(decision.evidence['digest'] ?? '') } }
  return { ...planFailed(experiment, wishOf(experiment, decision, told, analysis), refusal, memory), fence }
}

const wishOf = (
  { definition }: ExperimentFacts, { action, variant, reason, rule, evidence, traffic, variants }: Decision, told: Told | undefined, analysis: number | null,
): Wish => ({
  action, variant, reason, rule,
  actor: 'engine',
  mode: definition.policy.mode,
  evidence: { analysis, ...evidence },
  ...(told && { look: told }),
  ...(traffic && { traffic }),
  ...(variants && { variants }),
})

/** The row as a change leaves it, for what is decided next from the same look. */
export const afterChange = (experiment: ExperimentFacts, change: Change, epoch: number): ExperimentFacts => ({
  ...experiment,
  epoch,
  scopeKind: change.next?.scope === 'new' ? (change.next.kind ?? 'stage') : (experiment.scopeKind ?? 'stage'),
  revision: change.revision + 1,
  state: change.state,
  variants: change.variants ?? experiment.variants,
  stage: change.position?.stage ?? experiment.stage,
  progress: progressAfter(experiment, change, epoch, ''),
  looks: change.looks ?? experiment.looks,
  holds: change.holds ?? experiment.holds ?? [],
  drift: change.drift ?? experiment.drift ?? null,
  frozen: change.frozen ?? experiment.frozen,
  weights: change.next?.weights ?? experiment.weights ?? null,
})

const sameLooks = (one: Looks, other: Looks): boolean => {
  const text = (looks: Looks): string =>
    JSON.stringify(
      Object.entries(looks)
        .map(([key, { count, digest }]) => [key, count, digest])
        .sort(),
    )
  return text(one) === text(other)
}

import { isBandit } from './bandit-stage.ts'
import type { CreateExperiment, Policy, VariantState } from './definitions.ts'

/** Traffic as an epoch puts it in force: the share of units that are enrolled, and their split by variant ordinal. */
export type Traffic = { coverage: number; weights: number[] }

const normalised = (weights: number[]): number[] | null => {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return sum > 0 ? weights.map((weight) => weight / sum) : null
}

/**
 * The traffic of a stage with the variants as they stand: arms that are not live get nothing, the others keep their
 * proportions, so that only units of the arms taken out move. When nothing is left for anybody, the control gets all.
 *
 * @param current weights in force: a bandit goes on from them, and an arm that had none gets an equal part
 */
export const trafficOf = (
  { stages, policy }: Pick<CreateExperiment, 'stages' | 'policy'>, stage: number, variants: readonly VariantState[], current?: readonly number[] | null,
): Traffic => {
  const planned = stages[stage]
  if (isBandit(planned)) return { coverage: planned.coverage, weights: movedOn(variants, current ?? []) }
  const { coverage, weights } = planned ?? { coverage: 1 }
  const given = takenOver(variants, policy, variants.map(({ key }) => (weights === undefined ? 1 : (weights[key] ?? 0))))
  const live = variants.map(({ status }, ordinal) => (status === 'live' ? (given[ordinal] ?? 0) : 0))
  const exact = weights !== undefined && variants.every(({ status }) => status === 'live')
  return { coverage, weights: exact ? given : (normalised(live) ?? controlOnly(variants)) }
}

/** Once every other candidate that had traffic is killed, theirs goes to the one that waited for that. */
const takenOver = (variants: readonly VariantState[], { onHarm, next }: Policy, given: number[]): number[] => {
  const standby = variants.findIndex(({ key, control, status }) => key === next && !control && status === 'live')
  if (onHarm !== 'roll-through' || standby < 0 || given[standby] !== 0) return given
  const racing = variants.flatMap(({ control, status }, arm) => (!control && (given[arm] ?? 0) > 0 ? [{ arm, status }] : []))
  if (racing.some(({ status }) => status !== 'killed')) return given
  return given.with(standby, racing.reduce((sum, { arm }) => sum + (given[arm] ?? 0), 0))
}

/** The variant that waits without traffic for the others to do harm; null when there is none, or its time has come. */
export const standbyOf = (
  definition: Pick<CreateExperiment, 'stages' | 'policy'>, stage: number, variants: readonly VariantState[],
): number | null => {
  const { onHarm, next } = definition.policy
  const standby = variants.findIndex(({ key, control, status }) => key === next && !control && status === 'live')
  if (onHarm !== 'roll-through' || standby < 0 || isBandit(definition.stages[stage])) return null
  return trafficOf(definition, stage, variants).weights[standby] === 0 ? standby : null
}

const movedOn = (variants: readonly VariantState[], current: readonly number[]): number[] => {
  const alive = variants.filter(({ status }) => status === 'live').length
  const share = (arm: number): number => ((current[arm] ?? 0) > 0 ? (current[arm] ?? 0) : 1 / alive)
  return normalised(variants.map(({ status }, arm) => (status === 'live' ? share(arm) : 0))) ?? controlOnly(variants)
}

/** Everything to the control. */
export const controlOnly = (variants: readonly VariantState[]): number[] => variants.map(({ control }) => (control ? 1 : 0))

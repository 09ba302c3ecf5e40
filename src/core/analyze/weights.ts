import { isBandit } from '../define/bandit-stage.ts'
import type { CreateExperiment, Policy, VariantState } from '../define/definitions.ts'
import { coverageAt, type Position, weightsOf } from '../decide/position.ts'

/** Traffic as an epoch puts it in force: the share of units that are enrolled, and their split by variant ordinal. */
export type Traffic = { coverage: number; weights: number[] }

const normalised = (weights: number[]): number[] | null => {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return sum > 0 ? weights.map((weight) => weight / sum) : null
}

/** Has the arm units of its own: a quarantined one has, though they get something else for now. */
export const isDrawn = ({ status }: Pick<VariantState, 'status'>): boolean => status === 'live' || status === 'quarantined'

/**
 * The traffic of a stage, at one of its steps, with the variants as they stand: arms that are out get nothing, the others keep their
 * proportions, so that only units of the arms taken out move. When nothing is left for anybody, the control gets all.
 * These are the weights with which units are drawn: a quarantined arm keeps its units.
 *
 * @param current weights that units are drawn with now: a bandit goes on from them, and an arm that had none gets an equal part
 */
export const trafficOf = (
  { stages, policy }: Pick<CreateExperiment, 'stages' | 'policy'>, position: Position, variants: readonly VariantState[], current?: readonly number[] | null,
): Traffic => {
  const planned = stages[position.stage]
  const coverage = coverageAt({ stages }, position)
  if (isBandit(planned)) return { coverage, weights: movedOn(variants, current ?? []) }
  if (planned?.allocation === 'switch' || planned?.allocation === 'shadow') return { coverage, weights: controlOnly(variants) }
  const weights = weightsOf(planned)
  const given = takenOver(variants, policy, variants.map(({ key }) => (weights === undefined ? 1 : (weights[key] ?? 0))))
  const drawn = variants.map((variant, ordinal) => (isDrawn(variant) ? (given[ordinal] ?? 0) : 0))
  const exact = weights !== undefined && variants.every(isDrawn)
  return { coverage, weights: exact ? given : (normalised(drawn) ?? controlOnly(variants)) }
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
  return trafficOf(definition, { stage, step: 0 }, variants).weights[standby] === 0 ? standby : null
}

/** Why no variant waits, as a phrase. */
export const noStandbyWords = (
  definition: Pick<CreateExperiment, 'stages' | 'policy'>, stage: number, variants: readonly VariantState[],
): string => {
  const { onHarm, next } = definition.policy
  const status = variants.find(({ key }) => key === next)?.status
  const why = onHarm !== 'roll-through' ? `policy.onHarm is "${onHarm}", and with "roll-through" policy.next names one`
    : next === undefined ? 'policy.next names none'
    : status !== 'live' ? `policy.next, "${next}", is ${status}`
    : `policy.next, "${next}", has traffic${isBandit(definition.stages[stage]) ? ', as all in a bandit have' : ' already'}`
  return `no variant waits: ${why}`
}

/** The candidates whose traffic the one that waits would get. */
export const beforeStandby = <T extends Pick<VariantState, 'key' | 'status' | 'control'>>(variants: readonly T[], standby: string): T[] =>
  variants.filter((one) => !one.control && one.key !== standby && isDrawn(one))

const movedOn = (variants: readonly VariantState[], current: readonly number[]): number[] => {
  const alive = variants.filter(isDrawn).length
  const share = (arm: number): number => ((current[arm] ?? 0) > 0 ? (current[arm] ?? 0) : 1 / alive)
  return normalised(variants.map((variant, arm) => (isDrawn(variant) ? share(arm) : 0))) ?? controlOnly(variants)
}

/** Everything to the control. */
export const controlOnly = (variants: readonly VariantState[]): number[] => variants.map(({ control }) => (control ? 1 : 0))

/** The weights that units are drawn with now. */
export const drawsOf = (variants: readonly VariantState[], weights: readonly number[]): number[] =>
  weights.map((weight, arm) => (variants[arm]?.status === 'quarantined' ? (variants[arm]?.breaker?.weight ?? weight) : weight))

/**
 * What is in force where units are drawn with these weights: an epoch's own weights are the chances to be given an arm,
 * so of a quarantined arm only the part that tries it; and the arms, with the weight to go back to.
 */
export const inForce = (variants: readonly VariantState[], draws: readonly number[]): { variants: VariantState[]; weights: number[] } => ({
  variants: variants.map((variant, arm) =>
    variant.status === 'quarantined' && variant.breaker ? { ...variant, breaker: { ...variant.breaker, weight: draws[arm] ?? 0 } } : variant,
  ),
  weights: draws.map((weight, arm) => (variants[arm]?.status === 'quarantined' ? weight * (variants[arm]?.breaker?.probes ?? 0) : weight)),
})

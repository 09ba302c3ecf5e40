import { addMoments, noMoments } from '../../../stats/index.ts'
import type { ArmData, EpochData, ExperimentFacts } from './analysis-input.ts'
import type { Bake, VariantState } from '../define/definitions.ts'
import type { Traffic } from './weights.ts'

/** The rule by which a bake ends when somebody makes another version champion. */
export const championChanged = 'champion-changed'

/** What compares whom in a bake, by ordinal. `rest`: the arm that follows the variants. */
export type BakeArms = { control: number; winner: number; rest: number }

/** Null unless the scope is that of a bake; it stays one after its end. */
export const bakeOf = ({ scopeKind, variants, winner }: Pick<ExperimentFacts, 'scopeKind' | 'variants' | 'winner'>): BakeArms | null => {
  if (scopeKind !== 'bake') return null
  const [control, won] = [variants.findIndex((one) => one.control), variants.findIndex(({ key }) => key === winner)]
  return control < 0 || won < 0 ? null : { control, winner: won, rest: variants.length }
}

/** The traffic of a bake: the control keeps its share, the winner gets all the rest; everybody is enrolled. */
export const bakeTraffic = (variants: readonly VariantState[], winner: string, { keep }: Bake): Traffic => ({
  coverage: 1,
  weights: variants.map(({ key, control }) => (control ? keep : key === winner ? 1 - keep : 0)),
})

/** How the weight with which the winner is drawn is parted: as much as the control has is compared with it, the rest is only counted. */
export const partsOf = (weights: readonly number[], { control, winner }: BakeArms): { sample: number; rest: number } => {
  const [kept, won] = [weights[control] ?? 0, weights[winner] ?? 0]
  const sample = Math.min(kept, won)
  return { sample, rest: Math.max(0, won - sample) }
}

/** Two arms together, as far as units and moments go; what else is known (sketches, covariates, segments) is the first's. */
const together = (one: ArmData, other: ArmData | undefined): ArmData => {
  if (!other) return one
  return {
    ...one,
    units: one.units + other.units,
    reporting: one.reporting + other.reporting,
    ...(one.timely !== undefined && { timely: one.timely + (other.timely ?? 0) }),
    outcomes: one.outcomes + other.outcomes,
    metrics: one.metrics.map((moments, metric) => addMoments(moments, other.metrics[metric] ?? noMoments)),
  }
}

/** The epochs of a bake with everybody in them: the winner's two parts are one arm. */
export const wholeEpochs = (epochs: readonly EpochData[], { winner, rest }: BakeArms): EpochData[] =>
  epochs.map((epoch) => ({
    ...epoch,
    arms: epoch.arms.slice(0, rest).map((arm, ordinal) => (ordinal === winner ? together(arm, epoch.arms[rest]) : arm)),
  }))

/** The part of the units of an epoch that is the winner's and compared. While an arm is quarantined only some of its units are analysed. */
const sampleIn = (weights: readonly number[], bake: BakeArms, keep: number): number => {
  const [kept, won] = [weights[bake.control] ?? 0, weights[bake.winner] ?? 0]
  return kept + won > 1 - 1e-9 ? partsOf(weights, bake).sample : won * Math.min(1, keep / (1 - keep))
}

/**
 * The same with what the control kept and an equal part of the winner: outcomes without a bound need arms of one size,
 * for their comparison errs in a fifth of all runs where one has 5 % of the pair.
 */
export const equalEpochs = (epochs: readonly EpochData[], bake: BakeArms, { keep }: Pick<Bake, 'keep'>): EpochData[] =>
  epochs.map((epoch) => {
    const sample = sampleIn(epoch.weights, bake, keep)
    return {
      ...epoch,
      weights: epoch.weights.map((weight, arm) => (arm === bake.winner ? sample : weight)),
      arms: epoch.arms.slice(0, bake.rest),
    }
  })

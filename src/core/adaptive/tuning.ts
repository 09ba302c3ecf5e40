import { type Level, planVariance } from '../../../stats/index.ts'
import type { AnalysisInput, EpochData } from '../analyze/analysis-input.ts'
import { unitVariance } from './epochs.ts'

/** Units of every variant from whose spread the sequences are tuned. */
export const tuningUnits = 100

/** The first matured epochs in which every variant with traffic got 100 units; null while there are none. */
const firstEpochs = (matured: readonly EpochData[]): EpochData[] | null => {
  const served = (matured[0]?.weights ?? []).flatMap((weight, arm) => (weight > 0 ? [arm] : []))
  const units = served.map(() => 0)
  const enough = matured.findIndex(({ arms }) => {
    for (const [place, arm] of served.entries()) units[place] = (units[place] ?? 0) + (arms[arm]?.units ?? 0)
    return units.every((own) => own >= tuningUnits)
  })
  return enough < 0 ? null : matured.slice(0, enough + 1)
}

/**
 * The variances of one unit that can be frozen now: those that were stay, the others come from the first 100 units of
 * every variant. Null when nothing is to be frozen anew.
 */
export const variancesNow = ({ experiment, metrics }: AnalysisInput, matured: readonly EpochData[]): (number | null)[] | null => {
  const before = experiment.frozen?.variances ?? []
  if (metrics.every((_, metric) => (before[metric] ?? null) !== null)) return null
  const first = firstEpochs(matured)
  if (!first) return null
  const now = metrics.map((_, metric) => before[metric] ?? unitVariance(first, metric) ?? unitVariance(matured, metric))
  return now.some((variance, metric) => variance !== (before[metric] ?? null)) ? now : null
}

/**
 * The variance at which the sequences of a metric are tuned: the frozen one. Before that a guess, and nothing may be
 * decided: a tuning that follows the data voids the level.
 */
export const tuningOf = ({ experiment }: AnalysisInput, matured: readonly EpochData[], metric: number) => {
  const frozen = experiment.frozen?.variances?.[metric] ?? null
  return { variance: frozen ?? unitVariance(matured, metric) ?? 1, frozen: frozen !== null }
}

/**
 * A level whose ρ counts units of a pair, for a sequence whose clock is the accumulated variance. With t units of a pair
 * the accumulated variance is planned to be t·v̄/4, whatever the number of arms: t·K/2 units of all arms, each worth
 * v̄·h̄ with h̄ = 1/(2K) at equal weights.
 *
 * Source: V_plan = t_opt·v̄·h̄, Waudby-Smith et al. (2024), section 2.4; ρ² is inversely proportional to the plan.
 */
export const onVarianceClock = <Own extends Level>(level: Own, variance: number): Own => ({
  ...level, rho: level.rho / Math.sqrt(planVariance(1, variance, 0.25)),
})

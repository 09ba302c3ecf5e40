import { exactRho, type Level } from '../../stats/index.ts'
import type { AnalysisInput } from './analysis-input.ts'
import type { ExperimentMetric } from './definitions.ts'

/** Total units of a pair at which protective sequences are tightest: harm is to be seen early. */
export const protectiveUnits = 2_000
const defaultUnits = 5_000

/** Share of the error budget that all guardrails together may spend on calling a harmless variant harmful. */
const harmBudget = 0.02
const limitBudget = 0.0025

/**
 * The two one-sided levels of every test of one metric, tunings included. `gain` is the end that lets a variant win
 * or a guardrail pass, `harm` the end that shows harm. All of it follows from what was frozen at the start.
 *
 * Source: the error accounting of the design: α/(K − 1) for gains; .01/(K(K − 1)) a pair for kills, shared by the
 * decision metrics, since any one of them kills; .02/((K − 1)G) for guardrails; .0025/(K·limits) for absolute limits.
 */
export const levelsOf = (
  input: AnalysisInput,
  metric: ExperimentMetric,
  plan: number,
): { gain: Level; harm: Level } => {
  const { definition, frozen } = input.experiment
  const variants = definition.variants.length
  const count = (role: string): number => Math.max(1, definition.metrics.filter((one) => one.role === role).length)
  const planned = frozen?.plannedUnits[plan] ?? defaultUnits
  const promote = frozen?.promoteLevel ?? definition.policy.alpha / (variants - 1)
  const kill = frozen?.killLevel ?? 0.01 / (variants * (variants - 1))
  const harm =
    metric.role === 'guardrail' ? harmBudget / ((variants - 1) * count('guardrail')) : kill / count('decision')
  return {
    gain: { alpha: promote, rho: exactRho(planned, promote, 1) },
    harm: { alpha: harm, rho: exactRho(protectiveUnits, harm, 1) },
  }
}

/** Two-sided at α, for signals, diagnostics and each variant's own interval. */
export const plainLevel = (input: AnalysisInput, plan: number): Level => {
  const { definition, frozen } = input.experiment
  const { alpha } = definition.policy
  return { alpha, rho: exactRho(frozen?.plannedUnits[plan] ?? defaultUnits, alpha) }
}

/** One-sided level at which a variant breaks an absolute limit, tuned for early looks. */
export const limitLevel = (input: AnalysisInput): Level => {
  const { definition } = input.experiment
  const limits = Math.max(1, definition.metrics.filter((one) => one.limit !== undefined).length)
  const alpha = limitBudget / (definition.variants.length * limits)
  return { alpha, rho: exactRho(protectiveUnits / 2, alpha, 1) }
}

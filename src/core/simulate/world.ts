import type { Random } from '../../../stats/random.ts'
import type { MetricPlan } from '../analyze/metric-plan.ts'
import { isShare } from '../define/metric-nature.ts'
import type { MetricTruth } from './request.ts'

/** Draws what one unit adds to the X and Y of one metric, as ingestion would fold it. */
export type DrawUnit = (random: Random, arm: number, level: number) => readonly [x: number, y: number]

/** Poisson counts below 100 on average, by Knuth's product of uniforms. */
const poisson = (random: Random, mean: number): number => {
  const floor = Math.exp(-mean)
  let count = 0
  for (let product = random.uniform(); product > floor; product *= random.uniform()) count++
  return count
}

/** Positive values with this mean and standard deviation are lognormal; where values may be negative, normal. */
const valueOf = (random: Random, mean: number, spread: number, signed: boolean): number => {
  if (signed || mean <= 0) return mean + spread * random.normal()
  const sigma = Math.sqrt(Math.log1p((spread / mean) ** 2))
  return mean * Math.exp(sigma * random.normal() - (sigma * sigma) / 2)
}

const clamp = (rate: number): number => Math.min(1, Math.max(0, rate))

/**
 * One metric of a simulated world. The baseline moves with `level` for all arms alike, effects are added to it.
 *
 * @param effects true difference from the control, by variant ordinal
 */
export const drawsOf = (plan: MetricPlan, truth: MetricTruth, effects: readonly number[]): DrawUnit => {
  const { baseline, spread = 0, outcomesPerUnit } = truth
  const cap = plan.cap ?? Infinity
  const signed = plan.min !== null && plan.min < 0
  const meanOf = (arm: number, level: number): number => baseline * level + (effects[arm] ?? 0)
  const outcomes = (random: Random): number => 1 + (outcomesPerUnit > 1 ? poisson(random, outcomesPerUnit - 1) : 0)

  if (plan.kind === 'conversion') {
    return (random, arm, level) => [random.uniform() < clamp(meanOf(arm, level)) ? 1 : 0, 1]
  }
  if (plan.kind === 'total') {
    return (random, arm, level) => [Math.min(cap, valueOf(random, meanOf(arm, level), spread, signed)), 1]
  }
  const share = plan.kind === 'mean' && isShare(plan)
  const { center } = plan
  return (random, arm, level) => {
    const mean = meanOf(arm, level)
    const count = outcomes(random)
    let sum = 0
    for (let outcome = 0; outcome < count; outcome++) {
      sum += share ? (random.uniform() < clamp(mean) ? 1 : 0) : Math.min(cap, valueOf(random, mean, spread, signed))
    }
    return [sum - center * count, count]
  }
}

import { requireCount } from '../check.ts'
import { type Random, seededRandom } from '../random.ts'
import { additiveFloor } from './floor.ts'
import { type LinearPosterior, predictedReward } from './linear.ts'

/**
 * How likely each arm is to be the best for one context: the share of posterior draws it wins. An arm's reward at a
 * context is normal under its posterior, so one number an arm is drawn, never a whole coefficient vector.
 *
 * @param posteriors one an arm, independent of each other
 * @param draws      at least 1,000: the standard error of a share is at most 1/(2√draws)
 * @param seed       the same seed gives the same shares
 * @throws {RangeError} with fewer draws, or for a context of another length
 */
export const contextualChances = (
  posteriors: readonly LinearPosterior[], context: readonly number[], seed: number | bigint, draws = 1_000,
): number[] => {
  requireCount('draws', draws, 1_000)
  const arms = posteriors.map((posterior) => predictedReward(posterior, context))
  const wins = arms.map(() => 0)
  const random = seededRandom(seed)
  for (let draw = 0; draw < draws; draw++) {
    let [winner, highest] = [0, -Infinity]
    for (const [arm, { mean, sd }] of arms.entries()) {
      const value = mean + sd * random.normal()
      if (value > highest) [winner, highest] = [arm, value]
    }
    wins[winner] = (wins[winner] ?? 0) + 1
  }
  return wins.map((count) => count / draws)
}

/**
 * Linear Thompson sampling for one unit. The arm is drawn from the very probabilities that are told, floor included, so
 * the propensity to log is exact, however few the draws behind it.
 *
 * @param random draws the arm
 * @param floor  least probability of every arm; .02 unless told
 * @returns the arm, its propensity, and all probabilities
 *
 * Source: Agrawal and Goyal (2013), "Thompson sampling for contextual bandits with linear payoffs".
 */
export const chooseContextual = (
  posteriors: readonly LinearPosterior[],
  context: readonly number[],
  { seed, random, floor = 0.02, draws = 1_000 }: {
    seed: number | bigint; random: Pick<Random, 'uniform'>; floor?: number; draws?: number
  },
): { arm: number; propensity: number; probabilities: number[] } => {
  const probabilities = additiveFloor(contextualChances(posteriors, context, seed, draws), floor)
  const arm = drawArm(probabilities, random)
  return { arm, propensity: probabilities[arm] ?? 0, probabilities }
}

/** One arm drawn with these probabilities, which sum to 1. */
export const drawArm = (probabilities: readonly number[], random: Pick<Random, 'uniform'>): number => {
  let left = random.uniform()
  for (const [arm, probability] of probabilities.entries()) {
    left -= probability
    if (left < 0) return arm
  }
  return probabilities.findLastIndex((probability) => probability > 0)
}

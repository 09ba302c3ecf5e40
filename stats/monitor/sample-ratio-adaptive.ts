import { type Arrivals, logMeanExp, probabilitiesOf } from './allocation.ts'
import { logDirichletEvidence, logLikelihood } from './dirichlet-multinomial.ts'
import { CONCENTRATIONS } from './sample-ratio.ts'

/**
 * The sample ratio test when weights change with every epoch (bandits), where pooling by equal weights would start
 * anew each time. What is learnt and carried over is each variant's ratio of units seen to units expected.
 */
export type AdaptiveSampleRatio = {
  /** Units seen, and expected under the weights of their own epochs, per variant. */
  observed: number[]
  expected: number[]
  /** log Bayes factor, one for each of `CONCENTRATIONS`. */
  logBayesFactors: number[]
  /** Running maximum of their mixture, at least 0. */
  peak: number
}

export const noEpochs: AdaptiveSampleRatio = {
  observed: [], expected: [], logBayesFactors: CONCENTRATIONS.map(() => 0), peak: 0,
}

/**
 * One more epoch (or one more batch of it). The prior for its units is Dirichlet((c + n) · normalise(p_i r_i)) with
 * r_i = (c p̄_i + observed_i)/(c p̄_i + expected_i) and p̄ the mean weights so far: it uses earlier batches only, so
 * the product of Bayes factors stays a martingale whatever rule sets the weights. With constant weights it is exactly
 * the pooled test.
 *
 * @param state    after the earlier batches, in the order of time
 * @param arrivals weights in force (any positive scale) and the units that arrived under them
 * @returns the new state; a unit where the weight is 0 makes the Bayes factor infinite for good
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: Lindon and Malek (2022) for constant weights; the tilted prior is our own, valid as it is predictable.
 */
export const addEpoch = (state: AdaptiveSampleRatio, arrivals: Arrivals): AdaptiveSampleRatio => {
  const probabilities = probabilitiesOf(arrivals)
  const { counts } = arrivals
  const seen = state.observed.reduce((sum, count) => sum + count, 0)
  const units = counts.reduce((sum, count) => sum + count, 0)
  const known = logLikelihood(counts, probabilities)

  const logBayesFactors = CONCENTRATIONS.map((concentration, k) => {
    const before = state.logBayesFactors[k] ?? 0
    if (known === -Infinity || before === Infinity) return Infinity
    const tilted = probabilities.map((p, i) => {
      const expected = state.expected[i] ?? 0
      if (expected === 0) return p
      const mean = (concentration * expected) / seen
      return p * ((mean + (state.observed[i] ?? 0)) / (mean + expected))
    })
    const mass = (concentration + seen) / tilted.reduce((sum, value) => sum + value, 0)
    const open = tilted.map((value, i) => [value * mass, counts[i] ?? 0] as const).filter(([prior]) => prior > 0)
    return before + logDirichletEvidence(open.map(([, count]) => count), open.map(([prior]) => prior)) - known
  })
  return {
    observed: probabilities.map((_, i) => (state.observed[i] ?? 0) + (counts[i] ?? 0)),
    expected: probabilities.map((p, i) => (state.expected[i] ?? 0) + units * p),
    logBayesFactors,
    peak: Math.max(state.peak, logMeanExp(logBayesFactors)),
  }
}

/** Always-valid p-value: e^−peak. */
export const adaptiveSampleRatioP = (state: AdaptiveSampleRatio): number => Math.exp(-state.peak)

import { requireFinite, requireNonNegative, requirePositive } from '../check.ts'
import { cholesky, dot, solveCholesky, solveLower, solveUpper } from '../matrix/cholesky.ts'
import type { Random } from '../random.ts'

/**
 * Ridge regression of rewards on contexts, one arm: precision A = λI + Σxxᵀ and response b = Σxr, with n and Σr²
 * for the residual variance. Plain, mergeable.
 */
export type LinearState = { ridge: number; precision: number[][]; response: number[]; n: number; sumSquares: number }

/**
 * @param dimensions length of a context, at least 1; include a constant 1 for an intercept
 * @param ridge      λ above 0, 1 unless told
 */
export const noContexts = (dimensions: number, ridge = 1): LinearState => {
  if (!(Number.isInteger(dimensions) && dimensions >= 1)) {
    throw new RangeError(`dimensions must be an integer of at least 1, got ${dimensions}`)
  }
  requirePositive('ridge', ridge)
  const zeros = (): number[] => Array.from({ length: dimensions }, () => 0)
  return {
    ridge,
    precision: zeros().map((_, row) => zeros().map((__, column) => (row === column ? ridge : 0))),
    response: zeros(),
    n: 0,
    sumSquares: 0,
  }
}

/** One more unit. Throws RangeError when the context has another length or a value is not finite. */
export const observeContext = (state: LinearState, context: readonly number[], reward: number): LinearState => {
  requireContext(state, context)
  requireFinite('reward', reward)
  return {
    ridge: state.ridge,
    precision: state.precision.map((row, i) => row.map((value, j) => value + (context[i] ?? 0) * (context[j] ?? 0))),
    response: state.response.map((value, i) => value + (context[i] ?? 0) * reward),
    n: state.n + 1,
    sumSquares: state.sumSquares + reward * reward,
  }
}

/** Union of two disjoint sets of units, each counted with a factor in [0, 1] (a discount); the ridge stays whole. */
export const mergeLinear = (a: LinearState, b: LinearState, factorA = 1, factorB = 1): LinearState => ({
  ridge: a.ridge,
  precision: a.precision.map((row, i) =>
    row.map((value, j) => {
      const [own, other] = i === j ? [a.ridge, b.ridge] : [0, 0]
      return own + factorA * (value - own) + factorB * ((b.precision[i]?.[j] ?? 0) - other)
    }),
  ),
  response: a.response.map((value, i) => factorA * value + factorB * (b.response[i] ?? 0)),
  n: factorA * a.n + factorB * b.n,
  sumSquares: factorA * a.sumSquares + factorB * b.sumSquares,
})

/** What decisions need of one arm: coefficients A⁻¹b, the factor of A, and the scale of a posterior draw. */
export type LinearPosterior = { mean: number[]; factor: number[][]; scale: number }

/**
 * Posterior N(A⁻¹b, scale²·A⁻¹) of an arm's coefficients.
 *
 * @param scale v; null takes the residual standard deviation σ̂ (1 while there are no more units than coefficients)
 */
export const linearPosterior = (state: LinearState, scale: number | null = null): LinearPosterior => {
  const factor = cholesky(state.precision)
  const mean = solveCholesky(factor, state.response)
  if (scale !== null) requireNonNegative('scale', scale)
  return { mean, factor, scale: scale ?? residualScale(state, mean) }
}

const residualScale = (state: LinearState, mean: readonly number[]): number => {
  const degrees = state.n - mean.length
  const residual = state.sumSquares - dot(mean, state.response)
  return degrees >= 1 && residual > 0 ? Math.sqrt(residual / degrees) : 1
}

/** A context's expected reward x·β and its posterior standard deviation scale·√(xᵀA⁻¹x). */
export const predictedReward = (
  posterior: LinearPosterior, context: readonly number[],
): { mean: number; sd: number } => {
  if (context.length !== posterior.mean.length) {
    throw new RangeError(`context must have ${posterior.mean.length} values, got ${context.length}`)
  }
  const half = solveLower(posterior.factor, context)
  return { mean: dot(posterior.mean, context), sd: posterior.scale * Math.sqrt(dot(half, half)) }
}

/**
 * Upper confidence value x·β + α√(xᵀA⁻¹x) of LinUCB.
 *
 * Source: Li, Chu, Langford and Schapire (2010), "A contextual-bandit approach to personalized news", algorithm 1.
 */
export const upperConfidence = (state: LinearState, context: readonly number[], alpha: number): number => {
  requireContext(state, context)
  const { mean, sd } = predictedReward(linearPosterior(state, 1), context)
  return mean + alpha * sd
}

/** One draw of the coefficients: mean + scale·L⁻ᵀε with A = L Lᵀ. */
export const drawCoefficients = ({ mean, factor, scale }: LinearPosterior, random: Random): number[] => {
  const step = solveUpper(factor, mean.map(() => random.normal()))
  return mean.map((value, index) => value + scale * (step[index] ?? 0))
}

const requireContext = (state: LinearState, context: readonly number[]): void => {
  if (context.length !== state.response.length) {
    throw new RangeError(`context must have ${state.response.length} values, got ${context.length}`)
  }
  for (const [index, value] of context.entries()) requireFinite(`context[${index}]`, value)
}

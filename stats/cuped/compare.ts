import { type CompareOptions, type Compared, judge, missingIn } from '../sequential/comparison.ts'
import type { Warning } from '../sequential/stratified.ts'
import { type AdjustedWarning, adjustRegimes } from './adjust.ts'
import type { CovariateRegime } from './theta.ts'

export type ComparedAdjusted = Compared & {
  theta: number
  /** Part of the variance that the covariate removed; null while nothing is known. */
  reduction: number | null
  /** In words, what a reader must know about the covariate; null when there is nothing to say. */
  covariateNote: string | null
}

/**
 * `compareRegimes` with a covariate: the difference is adjusted, the arms and the denominator of the relative lift are
 * as they were. What is drawn is what decides. Minimums are asked of the unadjusted outcome.
 *
 * @param options those of `compareRegimes`, and `theta` where it was frozen before
 * @throws {RangeError} naming the argument, as `compareRegimes` and `adjustRegimes`
 */
export const compareAdjusted = (
  regimes: readonly CovariateRegime[], options: CompareOptions & { theta?: number },
): ComparedAdjusted => {
  const { a, b, n, difference: contrast, relative, theta, reduction, warnings } = adjustRegimes(regimes, options)
  const [plain, notes] = [warnings.filter(isPlain), warnings.filter((warning) => !isPlain(warning))]
  const missing = missingIn(regimes, plain, options)
  return {
    ...judge({ a, b, n, contrast, relative, missing, warnings: plain }, options),
    theta, reduction, covariateNote: notes.length === 0 ? null : notes.map(covariateNote).join(' '),
  }
}

const isPlain = (warning: AdjustedWarning): warning is Warning =>
  warning.code !== 'covariate_idle' && warning.code !== 'covariate_differs'

const covariateNote = ({ code }: AdjustedWarning): string =>
  code === 'covariate_idle'
    ? 'The covariate is the same for all units, or lies too far from 0 to keep its digits, so nothing was adjusted.'
    : 'The arms differ in their covariate by more than 4 standard errors: it may not have been settled before '
      + 'assignment, or units are missing on one side.'

export { type Adjusted, type AdjustedWarning, adjustRegimes } from './adjust.ts'
export { type ComparedAdjusted, compareAdjusted } from './compare.ts'
export {
  type CovariateMoments, type CovariateUnit, addCovariateMoments, adjustNumerators, covariateMomentsOf,
  covariateOf, isPerUnit, noCovariateMoments, requireCovariateMoments, withCovariate, withoutCovariate,
} from './moments.ts'
export { type CovariateRegime, type FrozenCovariate, freezeCovariate, pooledTheta } from './theta.ts'
export { welchAdjusted } from './welch.ts'

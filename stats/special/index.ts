/**
 * Which function is served by what, and why (each measured against 50-digit values).
 *
 * - erfc below 1.5: jstat `erf`; absolute error 1e-16, and erfc is not small there
 * - erfc and its logarithm above: our continued fraction; jstat's is `1 − erf`, which is 0 from x = 5.9 on
 * - normal cdf and survival: erfc of the proper side; `1 − cdf` loses the upper tail
 * - normal quantile: jstat to start, then Newton in log space; jstat alone is off by .03 at 1e-16
 * - log-gamma, log-beta: jstat `loggam`, relative error 1e-15; its `gammaln` has 2e-10 absolute
 * - incomplete gamma, chi-square survival: our series and continued fraction; jstat stops early, has no survival
 * - Lambert W, branch −1: our Newton on v − log v; no library at hand has the branch
 */
export { erfc, logErfc } from './erfc.ts'
export { chiSquareSurvival, logBeta, logGamma, regularisedGammaLower, regularisedGammaUpper } from './gamma.ts'
export { lambertMinusOne, lambertMinusOneLog } from './lambert.ts'
export {
  normalCdf, normalDensity, normalLogCdf, normalQuantile, normalQuantileLog, normalSurvival,
} from './normal.ts'

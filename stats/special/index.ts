/**
 * Which function is served by what, and why (each measured against values of 25 digits or more; most of them are in
 * `stats/vectors/special_tails.json`).
 *
 * - erf, and erfc below 1.5: jstat `erf`; absolute error 1e-16, and erfc is not small there. erf below ½: Taylor
 *   series, since jstat keeps 1e-11 of a value of 1e-5
 * - erfc and its logarithm above: our continued fraction; jstat's is `1 − erf`, which is 0 from x = 5.9 on
 * - normal cdf and survival: erfc of the proper side; `1 − cdf` loses the upper tail
 * - normal quantile: jstat to start, then Newton in log space; jstat alone is off by .03 at 1e-16. Near ½ on erf
 * - log-gamma: jstat `loggam`, relative error 1e-15; its `gammaln` has 2e-10 absolute. Below ½ after one shift
 * - log-beta, and densities of beta, gamma, t and F: Stirling's formula with its corrections, measured from the peak;
 *   differences of log-gammas lose 6 digits at counts of 1e8
 * - incomplete beta: @stdlib `betainc` where one count is at most 1, our continued fraction elsewhere; @stdlib is off
 *   by 6e-10 at counts of 1e7, by 1e-9 at 2 and 3e7, by 3e-3 in far tails (1e-297); jstat in the first digit from 1e6
 *   on
 * - beta quantile: Newton in log space from Abramowitz and Stegun's start; @stdlib `betaincinv` is off by 2e-10 at 2
 *   and 3e7, by any factor in far tails (2 and 8 at 5e-81), and drags in a logger that needs Node, so no worker could
 *   run it; jstat is wrong in the fifth digit at 1e6
 * - incomplete gamma, chi-square: our series and continued fraction; jstat stops early and has no survival, @stdlib
 *   `gammainc` is off by 2 % at shapes of thousands (7,000) and by 6e-4 at 1e6
 * - gamma quantile: Newton in log space from Wilson and Hilferty's start; @stdlib `gammaincinv` inherits those errors
 *   and drags in the same logger
 * - Student's t: @stdlib for the distribution function, 2e-13; beyond t = 1e150 by series, where it gives 0. Quantiles
 *   by the beta quantile, 1e-13, since @stdlib's needs that logger; jstat's has 6e-8, and its density overflows
 * - F: the incomplete beta, with x and 1 − x both at hand
 * - Lambert W, branch −1: our Newton on v − log v; no library at hand has the branch
 */
export { logBeta, regularisedBeta, regularisedBetaUpper } from './beta.ts'
export {
  betaCdf, betaDensity, betaQuantile, betaSurvival, betaUpperQuantile,
} from './beta-distribution.ts'
export { erf, erfc, logErfc } from './erfc.ts'
export { fCdf, fDensity, fQuantile, fSurvival, fUpperQuantile } from './f-distribution.ts'
export { logGammaLower, logGammaUpper, regularisedGammaLower, regularisedGammaUpper } from './gamma.ts'
export {
  chiSquareCdf, chiSquareDensity, chiSquareQuantile, chiSquareSurvival, gammaCdf, gammaDensity, gammaQuantile,
  gammaSurvival, gammaUpperQuantile,
} from './gamma-distribution.ts'
export { type Rule, gaussLegendre } from './gauss-legendre.ts'
export { lambertMinusOne, lambertMinusOneLog } from './lambert.ts'
export { logGamma } from './log-gamma.ts'
export {
  normalCdf, normalDensity, normalLogCdf, normalQuantile, normalQuantileLog, normalSurvival,
} from './normal.ts'
export {
  studentCdf, studentDensity, studentQuantile, studentSurvival, studentUpperQuantile,
} from './student.ts'

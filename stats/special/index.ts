/**
 * Which function is served by what, and why (each measured against 50-digit values).
 *
 * | function               | served by                          | because                                                      |
 * |------------------------|------------------------------------|--------------------------------------------------------------|
 * | erfc below 1.5         | jstat `erf`                        | absolute error 1e-16, and erfc is not small there            |
 * | erfc, log erfc above   | continued fraction, own            | jstat's is `1 − erf`: 0 from x = 5.9 on                      |
 * | normal cdf, survival   | erfc of the proper side            | `1 − cdf` loses the upper tail                               |
 * | normal quantile        | jstat start, then Newton in log space | jstat is off by .03 at 1e-16                              |
 * | log-gamma, log-beta    | jstat `loggam`                     | relative error 1e-15; its `gammaln` has 2e-10 absolute       |
 * | incomplete gamma, χ²   | series and continued fraction, own | jstat stops early (2e-10) and has no survival function       |
 * | Lambert W, branch −1   | Newton on v − log v, own           | no library at hand has the branch                            |
 */
export { erfc, logErfc } from './erfc.ts'
export { chiSquareSurvival, logBeta, logGamma, regularisedGammaLower, regularisedGammaUpper } from './gamma.ts'
export { lambertMinusOne, lambertMinusOneLog } from './lambert.ts'
export {
  normalCdf, normalDensity, normalLogCdf, normalQuantile, normalQuantileLog, normalSurvival,
} from './normal.ts'

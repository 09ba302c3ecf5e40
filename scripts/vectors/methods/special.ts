import {
  chiSquareSurvival, erfc, logBeta, logGamma, normalCdf, normalQuantile, regularisedGammaLower,
} from '../../../stats/index.ts'
import type { Methods } from '../case.ts'

const functions: Record<string, (...values: number[]) => number> = {
  'normal.cdf': (z = Number.NaN) => normalCdf(z),
  'normal.inv': (p = Number.NaN) => normalQuantile(p),
  'chisquare.sf': (x = Number.NaN, degrees = Number.NaN) => chiSquareSurvival(x, degrees),
  gammaln: (x = Number.NaN) => logGamma(x),
  loggam: (x = Number.NaN) => logGamma(x),
  lowRegGamma: (a = Number.NaN, x = Number.NaN) => regularisedGammaLower(a, x),
  erfc: (x = Number.NaN) => erfc(x),
  betaln: (a = Number.NaN, b = Number.NaN) => logBeta(a, b),
}

/** Calls written out, such as `normal.cdf(-1)`: the name picks the function, the brackets hold its arguments. */
export const special: Methods = Object.entries(functions).map(([name, run]) => [
  new RegExp(`^${name.replace('.', '\\.')}\\(`),
  ({ call }) => {
    const values = String(call).slice(name.length + 1, -1).split(',').map(Number)
    return { value: run(...values) }
  },
])

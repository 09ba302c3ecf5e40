import {
  betaCdf, betaDensity, betaQuantile, betaSurvival, chiSquareCdf, chiSquareDensity, chiSquareQuantile,
  chiSquareSurvival, erf, erfc, fCdf, fDensity, fQuantile, fSurvival, gammaCdf, gammaDensity, gammaQuantile,
  gammaSurvival, logBeta, logErfc, logGamma, normalCdf, normalDensity, normalLogCdf, normalQuantile, normalSurvival,
  regularisedBeta, regularisedGammaLower, regularisedGammaUpper, studentCdf, studentDensity, studentQuantile,
  studentSurvival,
} from '../../../stats/index.ts'
import type { Methods } from '../case.ts'

/** A call's arguments; one that is missing is NaN, which every function refuses. */
type Arguments = [first: number, second: number, third: number]

/** jstat's normal takes a mean and a deviation; left out, they are 0 and 1. */
const standard = ([z, mean, deviation]: Arguments): number =>
  (z - (Number.isNaN(mean) ? 0 : mean)) / (Number.isNaN(deviation) ? 1 : deviation)

const deviationOf = ([, , deviation]: Arguments): number => (Number.isNaN(deviation) ? 1 : deviation)

const functions: Record<string, (values: Arguments) => number> = {
  'normal.cdf': (values) => normalCdf(standard(values)),
  'normal.sf': (values) => normalSurvival(standard(values)),
  'normal.logcdf': (values) => normalLogCdf(standard(values)),
  logndtr: ([z]) => normalLogCdf(z),
  'normal.logsf': (values) => normalLogCdf(-standard(values)),
  'normal.pdf': (values) => normalDensity(standard(values)) / deviationOf(values),
  'normal.inv': (values) => normalQuantile(values[0]) * deviationOf(values) + (Number.isNaN(values[1]) ? 0 : values[1]),
  'studentt.cdf': ([t, degrees]) => studentCdf(t, degrees),
  'studentt.sf': ([t, degrees]) => studentSurvival(t, degrees),
  'studentt.pdf': ([t, degrees]) => studentDensity(t, degrees),
  'studentt.inv': ([p, degrees]) => studentQuantile(p, degrees),
  'beta.cdf': ([x, a, b]) => betaCdf(x, a, b),
  'beta.sf': ([x, a, b]) => betaSurvival(x, a, b),
  'beta.pdf': ([x, a, b]) => betaDensity(x, a, b),
  'beta.inv': ([p, a, b]) => betaQuantile(p, a, b),
  ibeta: ([x, a, b]) => regularisedBeta(x, a, b),
  ibetainv: ([p, a, b]) => betaQuantile(p, a, b),
  betaln: ([a, b]) => logBeta(a, b),
  'chisquare.cdf': ([x, degrees]) => chiSquareCdf(x, degrees),
  'chisquare.sf': ([x, degrees]) => chiSquareSurvival(x, degrees),
  'chisquare.pdf': ([x, degrees]) => chiSquareDensity(x, degrees),
  'chisquare.inv': ([p, degrees]) => chiSquareQuantile(p, degrees),
  // jstat's second parameter is the scale, 1 / rate
  'gamma.cdf': ([x, shape, scale]) => gammaCdf(x / scale, shape, 1),
  'gamma.sf': ([x, shape, scale]) => gammaSurvival(x / scale, shape, 1),
  'gamma.pdf': ([x, shape, scale]) => gammaDensity(x / scale, shape, 1) / scale,
  'gamma.inv': ([p, shape, scale]) => gammaQuantile(p, shape, 1) * scale,
  lowRegGamma: ([a, x]) => regularisedGammaLower(a, x),
  upRegGamma: ([a, x]) => regularisedGammaUpper(a, x),
  gammaln: ([x]) => logGamma(x),
  loggam: ([x]) => logGamma(x),
  'centralF.cdf': ([x, first, second]) => fCdf(x, first, second),
  'centralF.sf': ([x, first, second]) => fSurvival(x, first, second),
  'centralF.pdf': ([x, first, second]) => fDensity(x, first, second),
  'centralF.inv': ([p, first, second]) => fQuantile(p, first, second),
  erf: ([x]) => erf(x),
  erfc: ([x]) => erfc(x),
  logerfc: ([x]) => logErfc(x),
}

/** Calls written out, such as `normal.cdf(-1)`: the name picks the function, the brackets hold its arguments. */
export const special: Methods = Object.entries(functions).map(([name, run]) => [
  new RegExp(`^${name.replace('.', '\\.')}\\(`),
  ({ call }) => {
    const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = String(call)
      .slice(name.length + 1, -1)
      .split(',')
      .map(Number)
    return { value: run([first, second, third]) }
  },
])

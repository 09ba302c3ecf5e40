import type { AnalysedMetric, Sample } from './request.ts'
import type { Method } from '../define/definitions.ts'

type Report = (path: (string | number)[], message: string) => void

/** Part of a sum of squares that rounding may take away. */
const rounding = 1e-9

const sums = ['sumX', 'sumXX', 'sumY', 'sumXY', 'sumYY'] as const
const forms = {
  conversion: ['successes', 'sumX', 'epochs'],
  total: ['sumX', 'mean'],
  mean: ['sumX', 'mean'],
  ratio: ['sumX'],
  quantile: ['values', 'buckets'],
} as const

/** What is wrong with the numbers of one variant: what is missing, what belongs elsewhere, and what no data can be. */
export const checkSample = (
  metric: Pick<AnalysedMetric, 'kind'>,
  sample: Sample,
  method: Method,
  report: Report,
): void => {
  const { kind } = metric
  const given = (name: keyof Sample): boolean => sample[name] !== undefined
  const [first = 'sumX', ...others] = forms[kind].filter(given)
  if (forms[kind].every((name) => !given(name))) {
    report([forms[kind][0]], `is required${forms[kind].length > 1 ? `, or ${forms[kind].slice(1).join(' or ')}` : ''}`)
    return
  }
  for (const name of others) report([name], `says the same as ${first}: give one of the two`)
  if (kind === 'quantile') return checkQuantile(sample, report)
  if (sample.epochs) {
    if (method !== 'exact') report(['epochs'], `are for the method exact; this is ${method}`)
    sample.epochs.forEach(({ n, successes }, index) => {
      if (successes > n) report(['epochs', index, 'successes'], `must be at most n, ${n}`)
    })
    return
  }
  if (sample.n === undefined) return report(['n'], 'is required')
  if (sample.n === 1) report(['n'], 'must be 0 or at least 2: one unit has no variance')
  for (const name of ['values', 'buckets'] as const)
    if (given(name)) report([name], `only a quantile has them; this is a ${kind}`)
  if (kind === 'conversion') return checkConversion(sample, report)
  if (given('successes')) report(['successes'], `only a conversion has them; this is a ${kind}`)
  if (first === 'mean') return checkMean(sample, report)
  checkSums(kind, sample, report)
}

const checkQuantile = (sample: Sample, report: Report): void => {
  for (const name of ['mean', 'variance', 'successes', 'epochs', 'covariate', ...sums] as const) {
    if (sample[name] !== undefined) report([name], 'a quantile is computed from values or buckets alone')
  }
  const counted = sample.values?.length ?? sample.buckets?.reduce((sum, { count }) => sum + count, 0)
  if (sample.n !== undefined && sample.n !== counted)
    report(['n'], `must be the number of values, ${counted}, or left out`)
}

const checkConversion = ({ n = 0, successes, sumX, sumXX, covariate, ...sample }: Sample, report: Report): void => {
  const name = successes === undefined ? 'sumX' : 'successes'
  const events = successes ?? sumX ?? 0
  if (!Number.isSafeInteger(events) || events < 0) report([name], 'must be a count: how many units did it')
  else if (events > n) report([name], `must be at most n, ${n}`)
  if (sumXX !== undefined && sumXX !== events) report(['sumXX'], `must be ${events}, as of every 0 and 1`)
  for (const other of ['mean', 'variance', 'sumXY'] as const) {
    if (sample[other] !== undefined) report([other], 'follows from the successes of a conversion: leave it out')
  }
  for (const other of ['sumY', 'sumYY'] as const) {
    if (sample[other] !== undefined && sample[other] !== n)
      report([other], `must be n, ${n}: a conversion is per exposed unit`)
  }
  checkCovariate({ n, covariate }, report)
}

const checkMean = ({ n = 0, variance, covariate, ...sample }: Sample, report: Report): void => {
  if (variance === undefined && n > 0) report(['variance'], 'is required beside the mean')
  for (const name of sums)
    if (sample[name] !== undefined) report([name], 'says the same as the mean: give one of the two')
  if (covariate) report(['covariate'], 'needs sumX and sumXX')
}

const checkSums = (kind: 'total' | 'mean' | 'ratio', sample: Sample, report: Report): void => {
  const { n = 0, sumX = 0, sumXX, sumY, sumXY, sumYY, variance } = sample
  if (sumXX === undefined) report(['sumXX'], 'is required: the sum of the squares')
  if (variance !== undefined) report(['variance'], 'follows from the sums: leave it out')
  const divided = kind === 'ratio' || (kind === 'mean' && (sumY ?? sumXY ?? sumYY) !== undefined)
  for (const name of ['sumY', 'sumXY', 'sumYY'] as const) {
    if (divided && sample[name] === undefined)
      report([name], `is required of a ${kind}${kind === 'mean' ? ' with a denominator' : ''}`)
    if (!divided && sample[name] !== undefined) report([name], `a ${kind} has no denominator`)
  }
  if (n === 0) {
    for (const name of sums) if ((sample[name] ?? 0) !== 0) report([name], 'must be 0 where there are no units')
    return
  }
  const spreadX = spread(n, sumX, sumXX)
  if (spreadX === null) report(['sumXX'], `must be at least sumX²/n, ${(sumX / n) * sumX}: no data has smaller squares`)
  if (divided && sumY !== undefined && sumYY !== undefined) {
    const spreadY = spread(n, sumY, sumYY)
    if (spreadY === null)
      report(['sumYY'], `must be at least sumY²/n, ${(sumY / n) * sumY}: no data has smaller squares`)
    else if (spreadX !== null && sumXX !== undefined && sumXY !== undefined) {
      const shared = sumXY - (sumX / n) * sumY
      const slack = rounding * Math.sqrt(sumXX) * Math.sqrt(sumYY)
      if (
        Math.abs(shared) >
        Math.sqrt(spreadX) * Math.sqrt(spreadY) +
          slack +
          Math.sqrt(rounding * sumXX * spreadY) +
          Math.sqrt(rounding * sumYY * spreadX)
      ) {
        report(['sumXY'], 'lies beyond what sumXX and sumYY allow')
      }
    }
    if (kind === 'ratio' && sumY === 0) report(['sumY'], 'must not be 0: the ratio divides by it')
  }
  checkCovariate(sample, report)
}

const checkCovariate = ({ n = 0, covariate }: Pick<Sample, 'n' | 'covariate'>, report: Report): void => {
  if (!covariate || n === 0) return
  if (spread(n, covariate.sum, covariate.sumSquares) === null) {
    report(['covariate', 'sumSquares'], `must be at least sum²/n, ${(covariate.sum / n) * covariate.sum}`)
  }
}

/** Σ(x − x̄)², 0 where rounding made it negative; null where no data can have such sums. */
const spread = (n: number, sum: number, squares: number | undefined): number | null => {
  if (squares === undefined) return 0
  const deviation = squares - (sum / n) * sum
  return deviation < -rounding * squares - Number.MIN_VALUE || (squares === 0 && sum !== 0)
    ? null
    : Math.max(0, deviation)
}

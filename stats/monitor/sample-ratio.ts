import { type Arrivals, logMeanExp, probabilitiesOf } from './allocation.ts'
import { logDirichletEvidence, logLikelihood } from './dirichlet-multinomial.ts'

/**
 * Sequential sample ratio test: do units arrive in the proportions they were drawn in? The Bayes factor of
 * other proportions (Dirichlet around the weights) against the weights is a martingale when all is well, so 1/BF is a
 * p-value at every look. Each unit counts once, at its first exposure.
 *
 * Source: Lindon and Malek (2022), "Anytime-valid inference for multinomial count data", NeurIPS 35. Products over
 * regimes and averages over priors of such martingales are martingales again.
 */

/** Prior concentrations: 100 sees large mismatches at once, 10,000 small ones in the end. They are averaged. */
export const CONCENTRATIONS: readonly number[] = [100, 10_000]

/**
 * log Bayes factor of all units that arrived under one set of weights, pooled: restarting it for every epoch would be
 * blind to losses that are small in each.
 *
 * @param arrivals      weights (any positive scale) and units per variant
 * @param concentration weight of the prior, in units, above 0
 * @returns 0 without units; Infinity when a unit arrived where the weight is 0
 * @throws {RangeError} naming the argument outside its domain
 */
export const sampleRatioLogBayesFactor = (arrivals: Arrivals, concentration: number): number => {
  if (!(concentration > 0 && concentration < Infinity)) {
    throw new RangeError(`concentration must be a finite number above 0, got ${concentration}`)
  }
  const probabilities = probabilitiesOf(arrivals)
  const known = logLikelihood(arrivals.counts, probabilities)
  if (known === -Infinity) return Infinity
  const open = probabilities.map((p, i) => [p, arrivals.counts[i] ?? 0] as const).filter(([p]) => p > 0)
  const prior = open.map(([p]) => concentration * p)
  return logDirichletEvidence(open.map(([, count]) => count), prior) - known
}

export type SampleRatio = {
  /** log Bayes factor against the weights, now. */
  logBayesFactor: number
  /** Its running maximum, at least 0: to be kept between looks. */
  peak: number
  /** e^−peak: valid at any look. */
  pValue: number
  /** Units seen and expected per variant, over all regimes. */
  observed: number[]
  expected: number[]
}

/**
 * The test over all regimes of a scope: one Dirichlet a regime, Bayes factors multiplied over regimes, averaged over
 * the concentrations.
 *
 * @param regimes units per variant under each set of weights, all with the same variants
 * @param peak    the running maximum of earlier looks; 0 at the first
 * @returns p-value 1 without units; 0 when a unit arrived where it could not
 * @throws {RangeError} naming the argument outside its domain
 */
export const sampleRatio = (
  regimes: readonly Arrivals[], peak = 0, concentrations: readonly number[] = CONCENTRATIONS,
): SampleRatio => {
  if (!(peak >= 0)) throw new RangeError(`peak must be at least 0, got ${peak}`)
  if (concentrations.length === 0) throw new RangeError('concentrations must not be empty, got []')
  const products = concentrations.map((concentration) =>
    regimes.reduce((sum, regime) => sum + sampleRatioLogBayesFactor(regime, concentration), 0),
  )
  const logBayesFactor = logMeanExp(products)
  const highest = Math.max(peak, logBayesFactor)
  return { logBayesFactor, peak: highest, pValue: Math.exp(-highest), ...totals(regimes) }
}

const totals = (regimes: readonly Arrivals[]): { observed: number[]; expected: number[] } => {
  const variants = regimes[0]?.counts.length ?? 0
  const observed = Array.from({ length: variants }, () => 0)
  const expected = Array.from({ length: variants }, () => 0)
  for (const regime of regimes) {
    if (regime.counts.length !== variants) {
      throw new RangeError(`regimes must have the same variants, got ${regime.counts.length} and ${variants}`)
    }
    const units = regime.counts.reduce((sum, count) => sum + count, 0)
    for (const [index, p] of probabilitiesOf(regime).entries()) {
      observed[index] = (observed[index] ?? 0) + (regime.counts[index] ?? 0)
      expected[index] = (expected[index] ?? 0) + units * p
    }
  }
  return { observed, expected }
}

/** The test as a state that grows by arrivals. */
export type SampleRatioState = { regimes: Arrivals[]; peak: number }

export const noArrivals: SampleRatioState = { regimes: [], peak: 0 }

/** Add units to the regime with the same weights (a new one when there is none) and look. */
export const addArrivals = (state: SampleRatioState, arrivals: Arrivals): SampleRatioState => {
  const regimes = poolArrivals([...state.regimes, arrivals])
  return { regimes, peak: sampleRatio(regimes, state.peak).peak }
}

/**
 * The state of two disjoint streams of units. Their peaks were reached by either alone and cannot be kept without
 * testing twice, so the merged peak starts from the merged Bayes factor; merging with nothing keeps everything.
 */
export const mergeArrivals = (a: SampleRatioState, b: SampleRatioState): SampleRatioState => {
  if (a.regimes.length === 0) return b
  if (b.regimes.length === 0) return a
  const regimes = poolArrivals([...a.regimes, ...b.regimes])
  return { regimes, peak: sampleRatio(regimes).peak }
}

/** Join regimes whose weights are the same proportions: any order of arrivals gives the same regimes. */
export const poolArrivals = (regimes: readonly Arrivals[]): Arrivals[] => {
  const pooled = new Map<string, { weights: readonly number[]; counts: number[] }>()
  let last: { given: readonly number[]; key: string } | null = null
  for (const regime of regimes) {
    const weights = probabilitiesOf(regime)
    // most often traffic stays as it is, and writing the key is what costs
    const key: string = last && same(last.given, regime.weights) ? last.key : keyOf(weights)
    last = { given: regime.weights, key }
    const before = pooled.get(key)
    if (!before) pooled.set(key, { weights, counts: [...regime.counts] })
    else for (const [index, count] of regime.counts.entries()) before.counts[index] = (before.counts[index] ?? 0) + count
  }
  return [...pooled.values()]
}

const keyOf = (weights: readonly number[]): string => weights.map((weight) => weight.toPrecision(12)).join(' ')

const same = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index])

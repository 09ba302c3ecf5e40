import { requireNonNegative, requireOpenUnit } from '../check.ts'

/** Evidence is the logarithm of an e-value: 0 is none, log(20) suffices alone at .05, −Infinity is an e-value of 0. */
const requireEvidence = (name: string, value: number): void => {
  if (Number.isNaN(value) || value === Infinity) throw new RangeError(`${name} must be below Infinity, got ${value}`)
}

/**
 * e-BH: which of many hypotheses to reject so that the expected share of false rejections is at most alpha, under any
 * dependence between them and at any stopping times.
 *
 * @param logEvidence logarithms of e-values, one a hypothesis; none gives none
 * @param alpha       in (0, 1)
 * @returns which are rejected, in the order given, how many, and the e-value that sufficed: m/(alpha·count), null when
 *          none is rejected
 * @throws {RangeError} for NaN, an infinite e-value or an alpha outside (0, 1)
 *
 * Source: Wang and Ramdas (2022), "False discovery rate control with e-values", JRSS B 84(3), definition 2.
 */
export const eBenjaminiHochberg = (
  logEvidence: readonly number[], alpha: number,
): { rejected: boolean[]; count: number; threshold: number | null } => {
  requireOpenUnit('alpha', alpha)
  for (const [index, value] of logEvidence.entries()) requireEvidence(`logEvidence[${index}]`, value)
  const total = logEvidence.length
  const descending = logEvidence.toSorted((a, b) => b - a)
  // a rule of the form e·alpha·k ≥ m is met at equality: the tolerance is that of one logarithm
  const suffices = (value: number, count: number): boolean =>
    value > -Infinity && value >= Math.log(total / (alpha * count)) - 4e-16 * Math.max(1, Math.abs(value))
  const count = 1 + descending.findLastIndex((value, index) => suffices(value, index + 1))
  return {
    rejected: logEvidence.map((value) => count > 0 && suffices(value, count)),
    count,
    threshold: count > 0 ? total / (alpha * count) : null,
  }
}

/**
 * Logarithm of the weighted average of e-values: again an e-value for the hypothesis that all of them are null, under
 * any dependence. (Products of dependent ones are not.)
 *
 * @param logEvidence logarithms of e-values, at least one
 * @param weights     fixed beforehand, not negative, not all 0; they are normalised. Default: equal
 * @throws {RangeError} for NaN, an infinite e-value, no e-value, or weights that are no weights
 *
 * Source: Vovk and Wang (2021), "E-values: calibration, combination and applications", Annals of Statistics 49(3),
 * proposition 3.1.
 */
export const averageEvidence = (
  logEvidence: readonly number[], weights: readonly number[] = logEvidence.map(() => 1),
): number => {
  if (logEvidence.length === 0) throw new RangeError('logEvidence must have at least one entry')
  if (weights.length !== logEvidence.length) {
    throw new RangeError(`weights must be as many as e-values, ${logEvidence.length}, got ${weights.length}`)
  }
  for (const [index, value] of logEvidence.entries()) requireEvidence(`logEvidence[${index}]`, value)
  for (const [index, weight] of weights.entries()) requireNonNegative(`weights[${index}]`, weight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0)) throw new RangeError('weights must not all be 0')
  const highest = Math.max(...logEvidence.filter((_, index) => weights[index]! > 0))
  if (highest === -Infinity) return -Infinity
  const scaled = logEvidence.map((value, index) => weights[index]! && weights[index]! * Math.exp(value - highest))
  return highest + Math.log(scaled.reduce((sum, value) => sum + value, 0) / total)
}

/**
 * Logarithm of the e-value κ·p^(κ−1) that a p-value is worth.
 *
 * @param logP  logarithm of the p-value, at most 0; −Infinity gives Infinity
 * @param kappa in (0, 1); ½ gives 1/(2√p)
 * @throws {RangeError} outside these domains
 *
 * Source: Vovk and Wang (2021), equation (1).
 */
export const calibrate = (logP: number, kappa = 0.5): number => {
  requireOpenUnit('kappa', kappa)
  requireLogP(logP)
  return Math.log(kappa) + (kappa - 1) * logP
}

/**
 * Logarithm of the average of κ·p^(κ−1) over all κ: (1 − p + p log p)/(p log² p), for when no κ is preferred.
 *
 * @param logP logarithm of the p-value, at most 0; 0 gives log ½, −Infinity gives Infinity
 * @throws {RangeError} when logP is above 0 or NaN
 *
 * Source: Vovk and Wang (2021), equation (2).
 */
export const calibrateMixture = (logP: number): number => {
  requireLogP(logP)
  if (logP === -Infinity) return Infinity
  // 1 − p + p log p loses its digits near p = 1, where it is log² p/2 + log³ p/3 + log⁴ p/8 + …
  const numerator = logP > -0.02 ? nearOne(logP) : -Math.expm1(logP) + logP * Math.exp(logP)
  if (logP === 0) return -Math.LN2
  return Math.log(numerator) - logP - 2 * Math.log(-logP)
}

/** Σ over k ≥ 2 of (k − 1) x^k/k!: the Taylor series of 1 − e^x + x e^x. */
const nearOne = (x: number): number => {
  let [sum, power] = [0, x]
  for (let k = 2; k < 12; k++) {
    power *= x / k
    sum += (k - 1) * power
  }
  return sum
}

const requireLogP = (logP: number): void => {
  if (!(logP <= 0)) throw new RangeError(`logP must be at most 0, got ${logP}`)
}

/** Logarithm of the p-value min(1, 1/e) that an e-value is worth. @throws {RangeError} for NaN or Infinity */
export const logPOf = (logEvidence: number): number => {
  requireEvidence('logEvidence', logEvidence)
  return Math.min(0, -logEvidence)
}

import { requireFinite, requirePositive } from '../check.ts'
import { normalCdf, normalDensity } from '../special/index.ts'
import type { JointPosterior } from './effects.ts'
import { independentBest } from './independent-best.ts'
import { independentPart } from './independent-part.ts'
import { normalPoints } from './lattice.ts'

/** As `probabilityBest` of `stats/bayes` tells it, with the largest standard error among the probabilities. */
export type JointBest = { probability: number[]; expectedLoss: number[]; error: number }

const SHIFTS = 6
/** Mirrored lattice points a shift, at first and at most. */
const FEWEST = 8
const MOST = 512
/** What is left dependent below this share of all variance makes no visible difference. */
const NEGLIGIBLE = 1e-9

/**
 * The chance of each arm to be the best, and the expected loss of choosing it, under one joint normal posterior of all
 * arms, higher being better. Correlation counts: arms that shared an epoch share its level.
 *
 * Two arms exactly. More: the posterior is taken apart into independent parts, which are integrated exactly, and a
 * small dependent rest, which is integrated over a fixed lattice. Nothing is random: the same posterior gives the
 * same digits.
 *
 * @param posterior means and a symmetric, positive definite covariance
 * @param tolerance the largest `error` to be content with, above 0: points are added until it is met, or a limit is. At
 *                  the default ten arms take a few ms; arms whose allocation hardly changed need no lattice at all
 * @returns probabilities summing to 1; losses, never negative, in units of the means. `error` is the largest standard
 *          error of a probability, from the spread of 6 shifts: 0 for two arms or a posterior without a rest
 * @throws {RangeError} when there is no arm, or a value is not finite
 *
 * Source: conditioning as in Genz and Bretz (2009), Computation of Multivariate Normal and t Probabilities,
 * section 2.3.
 */
export const jointBest = ({ mean, covariance }: JointPosterior, tolerance = 0.002): JointBest => {
  requirePositive('tolerance', tolerance)
  if (mean.length === 0) throw new RangeError('mean must hold at least one arm')
  for (const [arm, value] of mean.entries()) {
    requireFinite(`mean[${arm}]`, value)
    for (const other of mean.keys()) {
      requireFinite(`covariance[${arm}][${other}]`, covariance[arm]?.[other] ?? Number.NaN)
    }
  }
  if (mean.length === 1) return { probability: [1], expectedLoss: [0], error: 0 }
  if (mean.length === 2) return twoArms(mean, covariance)

  const leader = mean.indexOf(Math.max(...mean))
  // the leader's own part is 0, so that its level drops out of the losses
  const { variances, rest } = independentPart(covariance, leader)
  const sds = variances.map(Math.sqrt)
  const left = rest.reduce((sum, row) => sum + row.reduce((all, value) => all + value * value, 0), 0)
  if (left <= NEGLIGIBLE * variances.reduce((sum, value) => sum + value, 0)) {
    return { ...finished(mean, leader, [independentBest(mean, sds, leader)]), error: 0 }
  }
  for (let pairs = FEWEST; ; pairs *= 4) {
    const shifts = Array.from({ length: SHIFTS }, (_, shift) =>
      finished(mean, leader, normalPoints(mean.length - 1, pairs, shift).map((z) =>
        independentBest(displaced(mean, rest, z, leader), sds, leader),
      )),
    )
    const error = Math.max(...mean.map((_, arm) => standardError(shifts.map((one) => one.probability[arm] ?? 0))))
    if (error > tolerance && pairs < MOST) continue
    return {
      probability: mean.map((_, arm) => average(shifts.map((one) => one.probability[arm] ?? 0))),
      expectedLoss: mean.map((_, arm) => average(shifts.map((one) => one.expectedLoss[arm] ?? 0))),
      error,
    }
  }
}

/** Means moved by one point of the dependent rest. */
const displaced = (
  mean: readonly number[], rest: readonly (readonly number[])[], z: readonly number[], leader: number,
): number[] => {
  let place = 0
  return mean.map((value, arm) => {
    if (arm === leader) return value
    const row = rest[place++] ?? []
    return row.reduce((sum, loading, k) => sum + loading * (z[k] ?? 0), value)
  })
}

const finished = (
  mean: readonly number[], leader: number, results: readonly { probability: Float64Array; regret: number }[],
) => {
  const regret = average(results.map((one) => one.regret))
  return {
    probability: mean.map((_, arm) => average(results.map((one) => one.probability[arm] ?? 0))),
    expectedLoss: mean.map((value) => Math.max(0, regret + (mean[leader] ?? 0) - value)),
  }
}

const twoArms = (mean: readonly number[], c: readonly (readonly number[])[]): JointBest => {
  const gap = (mean[0] ?? 0) - (mean[1] ?? 0)
  const sd = Math.sqrt(Math.max(0, (c[0]?.[0] ?? 0) - 2 * (c[0]?.[1] ?? 0) + (c[1]?.[1] ?? 0)))
  if (sd === 0) {
    const first = gap === 0 ? 0.5 : Number(gap > 0)
    return { probability: [first, 1 - first], expectedLoss: [Math.max(0, -gap), Math.max(0, gap)], error: 0 }
  }
  const z = gap / sd
  const loss = (score: number): number => Math.max(0, sd * (normalDensity(score) - score * normalCdf(-score)))
  return { probability: [normalCdf(z), normalCdf(-z)], expectedLoss: [loss(z), loss(-z)], error: 0 }
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const standardError = (values: readonly number[]): number => {
  const centre = average(values)
  const spread = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
  return Math.sqrt(spread / values.length)
}

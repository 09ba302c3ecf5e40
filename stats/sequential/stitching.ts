import { requireFinite, requireNonNegative, requireOpenUnit, requirePositive } from '../check.ts'

/** Shape of a stitched boundary: epochs grow by the factor eta, error is spent over them like k^−s. */
export type Stitching = { s?: number; eta?: number }

/**
 * Polynomial stitched boundary for sub-gamma sums: grows like the law of the iterated logarithm, wider than the
 * mixtures at planned sizes and narrower in the far limit.
 *
 * @param v     accumulated variance, at least 0; below vMin the boundary is that of vMin
 * @param alpha in (0, 1)
 * @param vMin  variance at which the first epoch begins, above 0
 * @param c     scale of the sub-gamma tail: 0 for sub-Gaussian, negative for tails lighter than that
 * @throws {RangeError} outside these domains
 *
 * Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Theorem 1.
 */
export const stitchedBoundary = (
  v: number, alpha: number, vMin: number, c = 0, { s = 1.4, eta = 2 }: Stitching = {},
): number => {
  requireNonNegative('v', v)
  requireOpenUnit('alpha', alpha)
  requirePositive('vMin', vMin)
  requireFinite('c', c)
  requireShape(s, eta)
  const time = Math.max(v, vMin)
  const spent = s * Math.log(Math.log((eta * time) / vMin)) + Math.log(zeta(s) / Math.log(eta) ** s) - Math.log(alpha)
  const [spread, jump] = [epochSpread(eta), epochJump(eta) * c * spent]
  return Math.sqrt(spread ** 2 * time * spent + jump ** 2) + jump
}

/**
 * Boundary for the rank of one quantile, uniform over time and all quantiles, narrowest at `share`-quantiles near
 * the median and at time tOpt.
 *
 * @param share quantile, in (0, 1)
 * @param t     draws so far, above 0
 * @param alpha in (0, 1)
 * @param tOpt  draws for which to tune, at least 1
 * @param delta how finely quantiles are stitched, above 0
 * @returns in ranks (draws)
 * @throws {RangeError} outside these domains
 *
 * Source: Howard and Ramdas (2022), "Sequential estimation of quantiles with applications to A/B testing and best-arm
 * identification", Theorem 4.
 */
export const doubleStitchedBoundary = (
  share: number, t: number, alpha: number, tOpt: number, delta = 0.5, { s = 1.4, eta = 2 }: Stitching = {},
): number => {
  requireOpenUnit('share', share)
  requirePositive('t', t)
  requireOpenUnit('alpha', alpha)
  if (!(tOpt >= 1 && tOpt < Infinity)) throw new RangeError(`tOpt must be a finite number of at least 1, got ${tOpt}`)
  requirePositive('delta', delta)
  requireShape(s, eta)
  const time = Math.max(t, tOpt) / tOpt
  const logit = Math.log(share / (1 - share))
  const moved = 1 / (1 + Math.exp(-logit - 2 * delta * Math.sqrt(eta / time)))
  const nearest = share >= 0.5 ? share : Math.min(0.5, moved)
  const variance = nearest * (1 - nearest)
  const step = (Math.sqrt(time) * Math.abs(logit)) / (2 * delta) + 1
  const weight = 2 * zeta(s)
  const spent = s * Math.log(Math.log(eta * time)) + s * Math.log(step)
    + Math.log((weight * (weight + 1)) / (alpha * Math.log(eta) ** s))
  const jump = (epochJump(eta) * (1 - 2 * share) * spent) / 3
  const noise = Math.sqrt(epochSpread(eta) ** 2 * variance * time * tOpt * spent + jump ** 2)
  return delta * Math.sqrt(eta * time * variance) + noise + jump
}

const epochSpread = (eta: number): number => (eta ** 0.25 + eta ** -0.25) / Math.SQRT2
const epochJump = (eta: number): number => (Math.sqrt(eta) + 1) / 2

/** Riemann's ζ for s > 1: Euler–Maclaurin after 20 terms, relative error near 1e-15. */
export const zeta = (s: number): number => {
  const terms = 20
  let sum = 0
  for (let k = 1; k < terms; k++) sum += k ** -s
  sum += terms ** (1 - s) / (s - 1) + terms ** -s / 2
  // B₂ⱼ/(2j)! for j = 1 … 6
  const bernoulli = [1 / 12, -1 / 720, 1 / 30_240, -1 / 1_209_600, 1 / 47_900_160, -691 / 1_307_674_368_000]
  let rising = s
  for (const [j, factor] of bernoulli.entries()) {
    sum += factor * rising * terms ** (-s - 2 * j - 1)
    rising *= (s + 2 * j + 1) * (s + 2 * j + 2)
  }
  return sum
}

const requireShape = (s: number, eta: number): void => {
  if (!(s > 1 && s < Infinity)) throw new RangeError(`s must be a finite number above 1, got ${s}`)
  if (!(eta > 1 && eta < Infinity)) throw new RangeError(`eta must be a finite number above 1, got ${eta}`)
}

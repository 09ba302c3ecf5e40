/**
 * Branch −1 of Lambert's W, given the logarithm of minus its argument, so that arguments below 1e-308 are no trouble:
 * the w ≤ −1 with w e^w = −e^logMinusX.
 *
 * @param logMinusX at most −1 (the argument lies in [−1/e, 0)); −1 gives −1
 * @returns w; with v = −w it solves v − log v = −logMinusX, to a relative error near 1e-15
 * @throws {RangeError} when logMinusX exceeds −1, or is not finite
 *
 * Source: Corless, Gonnet, Hare, Jeffrey and Knuth (1996), "On the Lambert W function", eq. 4.19 for the start.
 */
export const lambertMinusOneLog = (logMinusX: number): number => {
  if (!(logMinusX <= -1 && logMinusX > -Infinity)) {
    throw new RangeError(`logMinusX must be a finite number of at most -1, got ${logMinusX}`)
  }
  return -1 - excess(-1 - logMinusX)
}

/** The u ≥ 0 with u − log(1 + u) = distance: Newton from the right, where the function is convex. */
const excess = (distance: number): number => {
  if (distance === 0) return 0
  const root = Math.sqrt(2 * distance)
  let u = distance + root
  for (let step = 0; step < 100; step++) {
    // near u = 0 the plain difference loses every digit, but there the series start is already right
    const change = ((u - Math.log1p(u) - distance) * (1 + u)) / u
    u -= change
    if (Math.abs(change) <= 1e-15 * u) break
  }
  return distance < 1e-10 ? root + (2 / 3) * distance : u
}

/**
 * Branch −1 of Lambert's W.
 *
 * @param x in [−1/e, 0)
 * @throws {RangeError} outside
 */
export const lambertMinusOne = (x: number): number => {
  if (!(x >= -1 / Math.E && x < 0)) throw new RangeError(`x must lie in [-1/e, 0), got ${x}`)
  return lambertMinusOneLog(Math.min(-1, Math.log(-x)))
}

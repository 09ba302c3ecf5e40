import { requireCount } from '../check.ts'

/** Points and weights of a quadrature rule: the integral of f is about Σ weights[i]·f(points[i]). */
export type Rule = { points: Float64Array; weights: Float64Array }

const known = new Map<number, Rule>()

/**
 * Gauss–Legendre rule on [−1, 1]: exact for polynomials up to degree 2·count − 1. Computed once per count. Points
 * ascend.
 *
 * @param count number of points, an integer of at least 1
 * @throws {RangeError} for another count
 *
 * Source: Newton's method on the Legendre polynomial, started at Tricomi's cosine (Press et al., Numerical Recipes,
 * 3rd ed., section 4.6.1); points and weights are good to 1e-15.
 */
export const gaussLegendre = (count: number): Rule => {
  requireCount('count', count, 1)
  const before = known.get(count)
  if (before) return before
  const rule: Rule = { points: new Float64Array(count), weights: new Float64Array(count) }
  for (let index = 0; index < Math.ceil(count / 2); index++) {
    const { point, weight } = rootOf(count, index)
    rule.points[index] = -point
    rule.points[count - 1 - index] = point
    rule.weights[index] = rule.weights[count - 1 - index] = weight
  }
  if (count % 2 === 1) rule.points[(count - 1) / 2] = 0
  known.set(count, rule)
  return rule
}

/** The index-th largest root of the Legendre polynomial, with its weight. */
const rootOf = (degree: number, index: number): { point: number; weight: number } => {
  let point = Math.cos((Math.PI * (index + 0.75)) / (degree + 0.5))
  for (let step = 0; ; step++) {
    let [value, previous] = [1, 0]
    for (let order = 0; order < degree; order++) {
      const next = ((2 * order + 1) * point * value - order * previous) / (order + 1)
      previous = value
      value = next
    }
    const slope = (degree * (point * value - previous)) / (point * point - 1)
    const change = value / slope
    if (Math.abs(change) < 1e-15 || step === 20) return { point, weight: 2 / ((1 - point * point) * slope * slope) }
    point -= change
  }
}

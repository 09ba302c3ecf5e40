/**
 * A zero of a continuous function between two points where its signs differ, by the ITP method: never slower than
 * bisection, superlinear on smooth functions.
 *
 * @param f         continuous on [from, to]
 * @param from      finite; f has one sign here …
 * @param to        finite, above `from`; … and the other (or 0) here
 * @param tolerance how near to a zero the answer must lie, above 0
 * @returns a point within `tolerance` of a zero
 * @throws {RangeError} when both signs are the same or a value is NaN
 *
 * Source: Oliveira and Takahashi (2020), "An enhancement of the bisection method average performance preserving
 * minmax optimality", ACM Transactions on Mathematical Software 47(1), algorithm ITP.
 */
export const zeroBetween = (f: (x: number) => number, from: number, to: number, tolerance = 1e-12): number => {
  let [a, b] = [from, to]
  let [atA, atB] = [f(a), f(b)]
  if (atA === 0) return a
  if (atB === 0) return b
  if (!(atA * atB < 0)) throw new RangeError(`the function must change its sign between ${from} and ${to}`)
  const half = Math.ceil(Math.log2(Math.max(2, (b - a) / (2 * tolerance))))
  const truncation = 0.2 / (b - a)
  for (let step = 0; b - a > 2 * tolerance && step < 2_000; step++) {
    const middle = (a + b) / 2
    const reach = tolerance * 2 ** (half + 1 - step) - (b - a) / 2
    const secant = (atB * a - atA * b) / (atB - atA)
    const towards = Math.sign(middle - secant)
    const cut = truncation * (b - a) ** 2
    const truncated = cut <= Math.abs(middle - secant) ? secant + towards * cut : middle
    const tried = Math.abs(truncated - middle) <= reach ? truncated : middle - towards * Math.max(0, reach)
    if (tried <= a || tried >= b) break
    const value = f(tried)
    if (value === 0) return tried
    if (value > 0 === atA > 0) [a, atA] = [tried, value]
    else [b, atB] = [tried, value]
  }
  return (a + b) / 2
}

/**
 * Where a condition that fails at `from` begins to hold on the way to `to`, by bisection down to neighbouring doubles.
 *
 * @param holds false from `from` up to one point, true beyond it; asked only strictly between the ends
 * @param from  finite; may be larger than `to`
 * @param to    finite
 * @returns the last point at which it does not hold: conservative when `holds` means "excluded". `to`'s neighbour, in
 *          effect `to`, when it never holds
 */
export const crossing = (holds: (x: number) => boolean, from: number, to: number): number => {
  let [outside, inside] = [from, to]
  // a double has at most 2,100 halvings in it; roots near 0 need the most
  for (let step = 0; step < 2_200; step++) {
    const middle = outside + (inside - outside) / 2
    if (middle === outside || middle === inside) break
    if (holds(middle)) inside = middle
    else outside = middle
  }
  return outside
}

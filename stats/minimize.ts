const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * The minimiser of a unimodal function on [from, to], by golden sections, to half the digits of a double (more does not
 * show in the function's value).
 *
 * @returns the point and the function's value there
 */
export const minimize = (f: (x: number) => number, from: number, to: number): { x: number; value: number } => {
  let [low, high] = [from, to]
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
  let [fLeft, fRight] = [f(left), f(right)]
  while (high - low > 1e-9 * (Math.abs(low) + Math.abs(high))) {
    if (fLeft <= fRight) {
      [high, right, fRight] = [right, left, fLeft]
      left = high - GOLDEN * (high - low)
      fLeft = f(left)
    } else {
      [low, left, fLeft] = [left, right, fRight]
      right = low + GOLDEN * (high - low)
      fRight = f(right)
    }
  }
  return fLeft <= fRight ? { x: left, value: fLeft } : { x: right, value: fRight }
}

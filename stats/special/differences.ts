const NEAR = 0.2

/** log(1 + v) − v for v > −1, without the cancellation near 0: relative error near 1e-15. */
export const log1pMinus = (v: number): number => {
  if (Math.abs(v) > NEAR) return Math.log1p(v) - v
  // log(1 + v) = 2 artanh(r) with r = v / (2 + v), and v − 2r = r v
  const r = v / (2 + v)
  const square = r * r
  let sum = 0
  for (let n = 19; n >= 3; n -= 2) sum = sum * square + 1 / n
  return 2 * r * square * sum - r * v
}

/** e^v − 1 − v, without the cancellation near 0: relative error near 1e-15. */
export const expm1Minus = (v: number): number => {
  if (Math.abs(v) > NEAR) return Math.expm1(v) - v
  let sum = 1
  for (let n = 13; n >= 3; n--) sum = 1 + (v / n) * sum
  return 0.5 * v * v * sum
}

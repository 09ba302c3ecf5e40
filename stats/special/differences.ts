const NEAR = 0.2

/** 1/19, 1/17 … 1/3: the series of artanh, from its end. */
const oddInverses = Float64Array.from({ length: 9 }, (_, index) => 1 / (19 - 2 * index))

/** log(1 + v) − v for v > −1, without the cancellation near 0: relative error near 1e-15. */
export const log1pMinus = (v: number): number => {
  if (Math.abs(v) > NEAR) return Math.log1p(v) - v
  // log(1 + v) = 2 artanh(r) with r = v / (2 + v), and v − 2r = r v
  const r = v / (2 + v)
  const square = r * r
  let sum = 0
  for (let index = 0; index < 9; index++) sum = sum * square + (oddInverses[index] as number)
  return 2 * r * square * sum - r * v
}

/** 2/13!, 2/12! … 2/2!: the series of the exponential, from its end. */
const factorials = Float64Array.from({ length: 12 }, (_, index) => {
  let factorial = 1
  for (let n = 3; n <= 13 - index; n++) factorial *= n
  return 1 / factorial
})

/** e^v − 1 − v, without the cancellation near 0: relative error near 1e-15. */
export const expm1Minus = (v: number): number => {
  if (Math.abs(v) > NEAR) return Math.expm1(v) - v
  let sum = 0
  for (let index = 0; index < 12; index++) sum = sum * v + (factorials[index] as number)
  return 0.5 * v * v * sum
}

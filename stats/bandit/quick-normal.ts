/**
 * Normal distribution for inner loops that evaluate it a hundred thousand times: a tenth of the time of `normalCdf`, a
 * hundredth of that of `normalQuantile`, relative error below 1e-8. Nothing else should use it.
 */

const SQRT_2PI = Math.sqrt(2 * Math.PI)
const { exp, log, sqrt } = Math

export const quickDensity = (z: number): number => exp(-0.5 * z * z) / SQRT_2PI

/**
 * P(Z > z), both tails with their digits.
 *
 * Source: Hart (1968), algorithm 5666, as in West (2005), "Better approximations to cumulative normal functions".
 */
export const quickSurvival = (z: number): number => survivalGiven(z, exp(-0.5 * z * z))

/** The same where exp(−z²/2) is at hand already. */
export const survivalGiven = (z: number, density: number): number => {
  const x = z < 0 ? -z : z
  if (x > 37) return z > 0 ? 0 : 1
  let tail: number
  if (x < 7.07106781186547) {
    let top = 3.52624965998911e-2 * x + 0.700383064443688
    top = top * x + 6.37396220353165
    top = top * x + 33.912866078383
    top = top * x + 112.079291497871
    top = top * x + 221.213596169931
    top = top * x + 220.206867912376
    let bottom = 8.83883476483184e-2 * x + 1.75566716318264
    bottom = bottom * x + 16.064177579207
    bottom = bottom * x + 86.7807322029461
    bottom = bottom * x + 296.564248779674
    bottom = bottom * x + 637.333633378831
    bottom = bottom * x + 793.826512519948
    bottom = bottom * x + 440.413735824752
    tail = (density * top) / bottom
  } else {
    tail = density / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / SQRT_2PI
  }
  return z > 0 ? tail : 1 - tail
}

const centreTop = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
  13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665,
] as const
const centreBottom = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
  5394.196021424751, 687.1870074920579, 42.31333070160091, 1.0,
] as const
const middleTop = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
  3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
] as const
const middleBottom = [
  1.0507500716444169e-09, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
  0.6897673349851, 1.6763848301838038, 2.053191626637759, 1.0,
] as const
const farTop = [
  2.0103343992922881e-07, 2.7115555687434876e-05, 0.0012426609473880784, 0.026532189526576124,
  0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
] as const
const farBottom = [
  2.0442631033899397e-15, 1.421511758316446e-07, 1.8463183175100548e-05, 0.0007868691311456133,
  0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1.0,
] as const

type Polynomial = typeof centreTop | typeof centreBottom | typeof middleTop | typeof middleBottom | typeof farTop |
  typeof farBottom

const horner = (c: Polynomial, r: number): number =>
  ((((((c[0] * r + c[1]) * r + c[2]) * r + c[3]) * r + c[4]) * r + c[5]) * r + c[6]) * r + c[7]

/**
 * The z with P(Z > z) = survival, for survival in (0, 1).
 *
 * Source: Wichura (1988), algorithm AS 241, Applied Statistics 37.
 */
export const quickUpperQuantile = (survival: number): number => {
  const q = 0.5 - survival
  if (q <= 0.425 && q >= -0.425) {
    const r = 0.180625 - q * q
    return (q * horner(centreTop, r)) / horner(centreBottom, r)
  }
  const r = sqrt(-log(q > 0 ? survival : 1 - survival))
  const z = r <= 5
    ? horner(middleTop, r - 1.6) / horner(middleBottom, r - 1.6)
    : horner(farTop, r - 5) / horner(farBottom, r - 5)
  return q > 0 ? z : -z
}

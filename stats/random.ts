import { requirePositive } from './check.ts'

/**
 * A seeded source of random draws. Every function that needs randomness takes one; nothing here reads the clock
 * or Math.random, so a stored seed replays a decision exactly.
 */
export type Random = {
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number
  /** Standard normal (Marsaglia's polar method). */
  normal(): number
  /** Exponential with mean 1. */
  exponential(): number
  /** Gamma with this shape (> 0) and rate 1. Source: Marsaglia and Tsang (2000). */
  gamma(shape: number): number
  /** Beta with these shapes (> 0); never NaN, even where both gamma draws underflow. */
  beta(alpha: number, beta: number): number
}

const MASK = (1n << 64n) - 1n

/** SplitMix64: spreads one seed over the generator's whole state. Source: Steele, Lea and Flood (2014). */
export const splitMix64 = (seed: bigint): (() => bigint) => {
  let state = seed & MASK
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
    return z ^ (z >> 31n)
  }
}

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/**
 * xoshiro128**: 32 bits a step, period 2¹²⁸ − 1. Source: Blackman and Vigna (2021), "Scrambled linear
 * pseudorandom number generators".
 *
 * @param state four 32-bit integers, not all zero
 */
export const xoshiro128 = (state: readonly [number, number, number, number]): (() => number) => {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
}

/**
 * Random draws from a seed: the same seed gives the same draws on every engine (normal and gamma up to the last
 * bit of Math.log).
 *
 * @param seed a safe integer, or a bigint of which 64 bits count
 * @throws {RangeError} when a number seed is not a safe integer
 */
export const seededRandom = (seed: number | bigint): Random => {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`seed must be a safe integer or a bigint, got ${seed}`)
  }
  const spread = splitMix64(BigInt(seed))
  const [low, high] = [spread(), spread()]
  const half = (word: bigint, shift: bigint): number => Number((word >> shift) & 0xffffffffn) | 0
  const next = xoshiro128([half(low, 0n), half(low, 32n), half(high, 0n), half(high, 32n)])
  return drawsFrom(() => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 2 ** 53)
}

/** The derived draws over any source of uniforms in [0, 1). */
export const drawsFrom = (uniform: () => number): Random => {
  let spare: number | null = null
  const exponential = (): number => -Math.log1p(-uniform())

  const normal = (): number => {
    if (spare !== null) {
      const kept = spare
      spare = null
      return kept
    }
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }

  const largeGamma = (shape: number): number => {
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const z = normal()
      const v = (1 + c * z) ** 3
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * z * z + d * (1 - v + Math.log(v))) return d * v
    }
  }

  /** Below shape 1 a draw may underflow, its logarithm does not. */
  const logGammaDraw = (shape: number): number =>
    shape >= 1 ? Math.log(largeGamma(shape)) : Math.log(largeGamma(shape + 1)) - exponential() / shape

  return {
    uniform,
    normal,
    exponential,
    gamma: (shape) => {
      requirePositive('shape', shape)
      return shape >= 1 ? largeGamma(shape) : Math.exp(logGammaDraw(shape))
    },
    beta: (alpha, beta) => {
      requirePositive('alpha', alpha)
      requirePositive('beta', beta)
      return 1 / (1 + Math.exp(logGammaDraw(beta) - logGammaDraw(alpha)))
    },
  }
}

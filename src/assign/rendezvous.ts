import { fmix32, murmur3 } from './hash.ts'

const VARIANT_SEED = 0x9747b28c

/** The arms a unit may be drawn into, in the order of their ordinals, ready for `drawArm`. */
export type Arms = {
  readonly count: number
  /** Ordinal of each arm in the experiment's `variants`. */
  readonly ordinals: readonly number[]
  /** All greater than 0. */
  readonly weights: readonly number[]
  readonly hashes: readonly number[]
  readonly equal: boolean
}

/** The arms with a weight above 0. An arm's hash depends on its key alone, so reordering moves nobody. */
export const compileArms = (variants: readonly { key: string; drawKey?: string; weight: number; ordinal: number }[]): Arms => {
  const arms = variants.filter((variant) => variant.weight > 0)
  const weights = arms.map((arm) => arm.weight)
  return {
    count: arms.length,
    ordinals: arms.map((arm) => arm.ordinal),
    weights,
    hashes: arms.map((arm) => murmur3(arm.drawKey ?? arm.key, VARIANT_SEED) | 0),
    equal: weights.every((weight) => weight === weights[0]),
  }
}

/** The time at which an arm's clock rings for a unit: exponential, with its weight as rate. */
export const armClock = (unitHash: number, armHash: number, weight: number): number =>
  -Math.log(((fmix32(unitHash ^ armHash) >>> 0) + 0.5) / 4_294_967_296) / weight

/**
 * Weighted rendezvous: the position in `arms` whose clock rings first, so that each share is its weight and a
 * changed weight moves units between that arm and the others only. −1 without arms; a tie goes to the first.
 *
 * @param unitHash the 32 bits of the unit's hash, signed or not
 *
 * Source: Schindelhauer and Schomaker (2005), "Weighted distributed hash tables", SPAA, the logarithmic method.
 */
export const drawArm = (arms: Arms, unitHash: number): number => {
  if (arms.equal) return drawEqual(arms, unitHash)
  let best = -1
  let first = Infinity
  for (let arm = 0; arm < arms.count; arm++) {
    const clock = armClock(unitHash, arms.hashes[arm] as number, arms.weights[arm] as number)
    if (clock < first) {
      first = clock
      best = arm
    }
  }
  return best
}

/** With equal weights the smallest clock is the largest hash: the same answer without a logarithm. */
const drawEqual = (arms: Arms, unitHash: number): number => {
  let best = -1
  let largest = -1
  for (let arm = 0; arm < arms.count; arm++) {
    const mixed = fmix32(unitHash ^ (arms.hashes[arm] as number)) >>> 0
    if (mixed > largest) {
      largest = mixed
      best = arm
    }
  }
  return best
}

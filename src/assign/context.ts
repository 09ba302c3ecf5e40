import { type Arms, compileArms, drawArm } from './rendezvous.ts'
import type { Attributes, Context, ContextArm, ContextRule, Json } from './snapshot.ts'

/** Features lie within this many scales of their center: one wild value must not steer all others. */
const farthest = 10
/** Cells in which chances to be best are summed, and how many standard deviations of an arm they reach. */
const cells = 48
const reach = 6

const own = (attributes: Attributes, name: string): Json | undefined => (Object.hasOwn(attributes, name) ? attributes[name] : undefined)

const clamp = (value: number, least: number, most: number): number => (value < least ? least : value > most ? most : value)

/** How many features a context has: the constant, one a number, one a category's value. */
export const dimensionsOf = ({ numeric, categorical }: Context): number =>
  categorical.reduce((sum, { values }) => sum + values.length, 1 + numeric.length)

/**
 * A request's attributes as features: 1, then every number around its center in units of its scale, at most ten from it
 * (true and false are 1 and 0; what is no number counts as the center), then 0 or 1 for every declared value (any other
 * value, or none, is 0 everywhere).
 */
export const featuresOf = ({ numeric, categorical }: Context, attributes: Attributes): number[] => {
  const features = [1]
  for (const { attribute, center, scale, min, max } of numeric) {
    const given = own(attributes, attribute)
    const value = typeof given === 'boolean' ? Number(given) : given
    const within = typeof value === 'number' ? clamp(value, min ?? -Infinity, max ?? Infinity) : center
    features.push(clamp((within - center) / scale, -farthest, farthest))
  }
  for (const { attribute, values } of categorical) {
    const given = own(attributes, attribute)
    const text = typeof given === 'object' || given === undefined ? null : String(given)
    for (const value of values) features.push(text === value ? 1 : 0)
  }
  return features
}

/** A rule ready for use, with the arms that may receive units now. `open[i]`: what is believed of arm i, null if it is held. */
export type CompiledContext = {
  readonly context: Context
  readonly floor: number
  readonly cap: number
  readonly trust: number
  readonly arms: Arms
  readonly open: readonly (ContextArm | null)[]
  /** What part of an arm's units it really serves: less than 1 while it is quarantined; the others are not analysed. */
  readonly served: readonly number[]
}

/**
 * @param variants with the weights in force: only those above 0 receive units. Arms that the rule does not know are held
 *                 at the floor
 */
export const compileContext = (
  context: Context, { floor, cap, trust, arms }: ContextRule, variants: readonly { key: string; weight: number; ordinal: number; served?: number }[],
): CompiledContext => {
  const compiled = compileArms(variants)
  const open = compiled.ordinals.map((ordinal) => arms.find((arm) => arm.variant === ordinal && !arm.held) ?? null)
  const served = compiled.ordinals.map((ordinal) => variants.find((variant) => variant.ordinal === ordinal)?.served ?? 1)
  const receivers = open.filter((arm) => arm !== null).length || compiled.count
  return { context, trust, arms: compiled, open, served, floor: Math.min(floor, 1 / compiled.count), cap: Math.max(cap, 1 / receivers) }
}

/** P(Z ≤ z) within 8e−8. Source: Abramowitz and Stegun (1964), 26.2.17. */
const normalBelow = (z: number): number => {
  const x = z < 0 ? -z : z
  const t = 1 / (1 + 0.2316419 * x)
  const series = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) * t
  const tail = 0.3989422804014327 * Math.exp(-0.5 * x * x) * series
  return z < 0 ? tail : 1 - tail
}

/** An arm's expected reward at a context, and how sure that is: mean·φ and |root·φ|. */
export const rewardAt = ({ mean, root }: ContextArm, features: readonly number[]): { mean: number; sd: number } => {
  let [expected, variance, at] = [0, 0, 0]
  for (let row = 0; row < features.length; row++) {
    expected += (mean[row] as number) * (features[row] as number)
    let half = 0
    for (let column = 0; column <= row; column++) half += (root[at++] as number) * (features[column] as number)
    variance += half * half
  }
  return { mean: expected, sd: Math.sqrt(variance) }
}

/**
 * The chance of every arm to have the highest reward at a context, which is how often Thompson sampling would take it. The
 * arms' rewards are independent normals; the integral is a sum over 48 cells, good to some thousandths. It needs no
 * more: what is drawn is drawn with exactly these chances.
 *
 * @returns one an arm, summing to 1
 */
export const chancesAt = (arms: readonly ContextArm[], features: readonly number[]): number[] => {
  const rewards = arms.map((arm) => rewardAt(arm, features))
  if (rewards.length < 2) return rewards.map(() => 1)
  const low = Math.max(...rewards.map(({ mean, sd }) => mean - reach * sd))
  const high = Math.max(...rewards.map(({ mean, sd }) => mean + reach * sd))
  const below = (at: number): number[] => rewards.map(({ mean, sd }) => (sd > 0 ? normalBelow((at - mean) / sd) : Number(at > mean)))
  const chances = rewards.map(() => 0)
  let last = below(low)
  for (let cell = 1; cell <= cells; cell++) {
    const next = below(low + ((high - low) * cell) / cells)
    for (let arm = 0; arm < chances.length; arm++) {
      let chance = Math.max(0, (next[arm] as number) - (last[arm] as number))
      for (let other = 0; other < chances.length && chance > 0; other++) {
        if (other !== arm) chance *= ((next[other] as number) + (last[other] as number)) / 2
      }
      chances[arm] = (chances[arm] as number) + chance
    }
    last = next
  }
  const sum = chances.reduce((total, chance) => total + chance, 0)
  return chances.map((chance) => (sum > 0 ? chance / sum : 1 / chances.length))
}

/** What lies above the cap goes to the other open arms, in proportion to what they have. */
const capped = (shares: number[], open: readonly unknown[], cap: number): number[] => {
  for (let round = 0; round < shares.length; round++) {
    const surplus = shares.reduce((sum, share, arm) => sum + (open[arm] ? Math.max(0, share - cap) : 0), 0)
    if (surplus <= 1e-15) return shares
    const room = shares.reduce((sum, share, arm) => sum + (open[arm] && share < cap ? share : 0), 0)
    shares = shares.map((share, arm) => {
      if (!open[arm]) return share
      return share >= cap ? cap : share + (surplus * share) / room
    })
  }
  return shares
}

/**
 * With which chance each arm gets a unit of these features, in the order of `arms`: held arms the floor, open ones the floor
 * and their part of what is left, by their chances to be best as far as these are trusted, equally as far as not.
 */
export const sharesAt = ({ arms, open, floor, cap, trust }: CompiledContext, features: readonly number[]): number[] => {
  const known = open.filter((arm) => arm !== null)
  if (known.length === 0) return open.map(() => 1 / arms.count)
  const chances = chancesAt(known, features)
  const rest = 1 - arms.count * floor
  let place = 0
  const shares = open.map((arm) => {
    if (arm === null) return floor
    return floor + rest * (trust * (chances[place++] as number) + (1 - trust) / known.length)
  })
  return cap < 1 ? capped(shares, open, cap) : shares
}

/** The arm that a unit of these attributes draws, as the plain draw does by fixed weights; null without arms. */
export const drawInContext = (compiled: CompiledContext, attributes: Attributes, unitHash: number) => {
  const { arms, served } = compiled
  const shares = sharesAt(compiled, featuresOf(compiled.context, attributes))
  const place = drawArm({ ...arms, weights: shares, equal: false }, unitHash)
  const variant = arms.ordinals[place]
  // of the units that are analysed; rounding may leave a sure arm a digit above 1
  const analysed = served.every((part) => part === 1) ? 1 : shares.reduce((sum, share, arm) => sum + share * (served[arm] as number), 0)
  const propensityAt = (arm: number): number => Math.min(1, ((shares[arm] as number) * (served[arm] as number)) / analysed)
  return {
    drawn: variant === undefined ? null : { variant, propensity: propensityAt(place) },
    /** Of a variant by its ordinal; null where it serves nobody. */
    propensityOf: (ordinal: number): number | null => {
      const at = arms.ordinals.indexOf(ordinal)
      return at < 0 ? null : propensityAt(at) || null
    },
  }
}

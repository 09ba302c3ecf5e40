import { survivalGiven } from './quick-normal.ts'

/** Standard deviations beyond which nothing is looked at: 1e-10 of a normal lies there. */
const REACH = 6.5
/** Step of the trapezoid rule in the narrowest standard deviations: its error on normal densities is below 1e-9. */
const STEP = 0.6

/**
 * P(best) of independent normal arms, and E[max] − mean of one of them: ∫f_i Π F_j and hi − ∫Π F_j by the trapezoid
 * rule, which is exact to about 1e-9 for functions that vanish at both ends. For inner loops: nothing is checked.
 *
 * @param sds above 0
 * @param leader the arm against which the expected maximum is told
 */
export const independentBest = (
  means: readonly number[], sds: readonly number[], leader: number,
): { probability: Float64Array; regret: number } => {
  const arms = means.length
  let [low, high, narrowest] = [-Infinity, -Infinity, Infinity]
  for (let arm = 0; arm < arms; arm++) {
    const [mean, sd] = [means[arm] as number, sds[arm] as number]
    low = Math.max(low, mean - REACH * sd)
    high = Math.max(high, mean + REACH * sd)
    if (sd < narrowest) narrowest = sd
  }
  // arms that cannot reach the lowest place of the maximum take no part, nor set the step
  const alive: number[] = []
  narrowest = Infinity
  for (let arm = 0; arm < arms; arm++) {
    const sd = sds[arm] as number
    if ((means[arm] as number) + REACH * sd < low) continue
    alive.push(arm)
    if (sd < narrowest) narrowest = sd
  }
  const count = Math.min(4_000, Math.max(16, Math.ceil((high - low) / (STEP * narrowest))))
  const step = (high - low) / count
  const probability = new Float64Array(arms)
  const below = new Float64Array(alive.length)
  const density = new Float64Array(alive.length)
  let area = 0
  for (let node = 0; node <= count; node++) {
    const x = low + node * step
    const weight = node === 0 || node === count ? step / 2 : step
    let product = 1
    for (let k = 0; k < alive.length; k++) {
      const arm = alive[k] as number
      const z = ((means[arm] as number) - x) / (sds[arm] as number)
      // far below, an arm is worse for certain
      const bell = z < -REACH ? 0 : Math.exp(-0.5 * z * z)
      density[k] = bell
      below[k] = bell === 0 && z < 0 ? 1 : survivalGiven(z, bell)
      product *= below[k] as number
    }
    area += (1 - product) * weight
    for (let k = 0; k < alive.length; k++) {
      const bell = density[k] as number
      if (bell === 0) continue
      const arm = alive[k] as number
      const own = below[k] as number
      const others = own > 1e-12 ? product / own : productWithout(below, k)
      probability[arm] = (probability[arm] as number) + (bell * others * weight) / (sds[arm] as number)
    }
  }
  let sum = 0
  for (let arm = 0; arm < arms; arm++) sum += probability[arm] as number
  for (let arm = 0; arm < arms; arm++) probability[arm] = (probability[arm] as number) / sum
  return { probability, regret: low + area - (means[leader] as number) }
}

const productWithout = (below: Float64Array, left: number): number => {
  let product = 1
  for (let k = 0; k < below.length; k++) if (k !== left) product *= below[k] as number
  return product
}

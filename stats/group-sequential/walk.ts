import { normalCdf, normalDensity } from '../special/index.ts'
import { gaussLegendre } from '../special/gauss-legendre.ts'

/**
 * A score process S with independent N(drift·gap, gap) increments between looks: S = Z·√information for a z statistic.
 * Its density among the paths that have not left yet is carried from look to look by quadrature.
 *
 * Source: Armitage, McPherson and Rowe (1969), JRSS A 132; Jennison and Turnbull (2000), "Group Sequential Methods",
 * chapter 19. Gauss–Legendre panels instead of Simpson's rule.
 */

/** Where the process can be, and with which probability; `points` ascend. Masses sum to the chance of it. */
export type Cloud = { points: Float64Array; masses: Float64Array }

/** Before the first look: at 0, certainly. */
export const origin: Cloud = { points: Float64Array.of(0), masses: Float64Array.of(1) }

/** Sixteen points over four deviations integrate a product of two Gaussians to 1e-14. */
const POINTS = 16
const DEVIATIONS = 4

/** Standard deviations from the mean beyond which there is nothing: Φ(−11) = 2e-28. */
export const REACH = 11

/** One step of the process and what survives it. */
export type Step = {
  /** Information gained since the last look, above 0. */
  gap: number
  /** What the look after this will gain: the density must be resolved for it, too. 0 when there is none. */
  nextGap: number
  /** Mean of S per unit of information. */
  drift: number
  /** Paths inside (lower, upper) go on; ends finite. */
  lower: number
  upper: number
  /** Deviations after which an increment counts as impossible. */
  reach: number
}

/** The paths that stay inside after one more look. */
export const advance = (cloud: Cloud, step: Step): Cloud => {
  const { gap, nextGap, lower, upper } = step
  if (!(upper > lower)) return { points: new Float64Array(0), masses: new Float64Array(0) }
  const finest = Math.sqrt(nextGap > 0 ? Math.min(gap, nextGap) : gap)
  const panels = Math.max(1, Math.ceil((upper - lower) / (DEVIATIONS * finest)))
  const width = (upper - lower) / panels
  const rule = gaussLegendre(POINTS)
  const points = new Float64Array(panels * POINTS)
  const masses = new Float64Array(panels * POINTS)
  for (let index = 0; index < points.length; index++) {
    const panel = Math.floor(index / POINTS)
    const within = index % POINTS
    points[index] = lower + width * (panel + 0.5 + 0.5 * rule.points[within]!)
    masses[index] = 0.5 * width * rule.weights[within]!
  }
  spread(cloud, step, points, masses)
  return { points, masses }
}

/** Multiply each weight by the density there: the sum over where the path can have come from. */
const spread = (cloud: Cloud, { gap, drift, reach }: Step, points: Float64Array, masses: Float64Array): void => {
  const deviation = Math.sqrt(gap)
  const [shift, limit] = [drift * gap, reach * deviation]
  const scale = normalDensity(0) / deviation
  const [from, mass] = [cloud.points, cloud.masses]
  let first = 0
  for (let index = 0; index < points.length; index++) {
    const target = points[index]! - shift
    while (first < from.length && from[first]! < target - limit) first++
    let density = 0
    for (let source = first; source < from.length && from[source]! <= target + limit; source++) {
      const distance = target - from[source]!
      density += mass[source]! * Math.exp((-0.5 * distance * distance) / gap)
    }
    masses[index]! *= density * scale
  }
}

/** Chance that a path that is still there is above `bound` after the next increment; and minus its slope in `bound`. */
export const chanceAbove = (
  { points, masses }: Cloud, gap: number, drift: number, bound: number,
): { chance: number; density: number } => {
  const deviation = Math.sqrt(gap)
  let [chance, density] = [0, 0]
  for (let index = 0; index < points.length; index++) {
    const z = (points[index]! + drift * gap - bound) / deviation
    chance += masses[index]! * normalCdf(z)
    density += masses[index]! * normalDensity(z)
  }
  return { chance, density: density / deviation }
}

/** Chance to be below `bound` after the next increment. */
export const chanceBelow = (cloud: Cloud, gap: number, drift: number, bound: number): number => {
  const mirrored = { points: cloud.points.map((point) => -point), masses: cloud.masses }
  return chanceAbove(mirrored, gap, -drift, -bound).chance
}

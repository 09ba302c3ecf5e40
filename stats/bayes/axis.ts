import { type Curve, reach } from './curve.ts'
import type { Posterior } from './posterior.ts'

/** A value known exactly, or so close to a boundary that nothing can be told apart: mass without width. */
export type Atom = { arm: number; at: number; mass: number }

/** One arm on the axis shared by all: its density there, where it lives, and places a mesh must not step over. */
export type Placed = {
  low: number
  high: number
  /** not normalised; the whole mass is near `scale` */
  density(at: number): number
  scale: number
  /** 1, or less where a long tail makes small errors weigh more */
  care(left: number, right: number): number
  /** relative noise of the density left of `right`, below which no finer mesh helps */
  noise(right: number): number
  hints: { at: number; width: number }[]
  /** expected excess of a heavy tail beyond `low` and `high`, in units of the value times the unnormalised mass */
  excess: { below: number; above: number }
}

/**
 * A common axis: logits when every arm is Beta, logarithms when every arm is Gamma, else plain values. Places are
 * measured from `origin`, the peak of the narrowest arm, so that it keeps its digits.
 */
export type Axis = {
  kind: Curve['axis']
  arms: (Placed | null)[]
  atoms: Atom[]
  /** d value / d place: how much a value changes along the axis */
  slope(at: number): number
  /** the value's own scale of interest, for judging how well `slope` is resolved */
  span: number
}

/** Beta mass closer than this to 0 or 1 on an axis of plain values becomes an atom there. */
const SMALLEST_SHARE = 1e-18
const LARGEST_SHARE = 1 - 1e-10
const NOISE = 1e-13

const toValue = (kind: Curve['axis'], u: number): number =>
  kind === 'logit' ? 1 / (1 + Math.exp(-u)) : kind === 'log' ? Math.exp(u) : u

const slopeOf = (kind: Curve['axis'], u: number): number => {
  if (kind === 'plain') return 1
  if (kind === 'log') return Math.exp(u)
  const odds = Math.exp(-Math.abs(u))
  return odds / (1 + odds) ** 2
}

const heavyTail = (posterior: Posterior, curve: Curve, offset: number): number => {
  if (posterior.family !== 'student') return 0
  const { degrees } = posterior
  // S(T) ≈ f(T) T / ν, and the excess ∫ S ≈ S(T) T / (ν − 1)
  return degrees <= 1 ? Infinity : (Math.exp(curve.log(offset)) * offset * offset) / (degrees * (degrees - 1))
}

/** Offsets from the peak at which a mesh should end panels: few near it, in growing steps along a long tail. */
const ladder = (down: number, up: number, width: number): number[] => {
  const rungs = [0, down, up]
  for (let far = 3 * width; far < Math.max(-down, up) / 2; far *= 4) {
    if (far < up / 2) rungs.push(far)
    if (far < -down / 2) rungs.push(-far)
  }
  return rungs
}

/** An arm on its own natural axis. */
const native = (posterior: Posterior, curve: Curve, origin: number): Placed => {
  const [down, up] = [reach(curve, -1), reach(curve, 1)]
  const shift = curve.peak - origin
  const at = (offset: number) => ({ at: shift + offset, width: curve.width })
  return {
    low: shift + down,
    high: shift + up,
    density: (place) => Math.exp(curve.log(place - shift)),
    scale: curve.width,
    care: (left, right) =>
      posterior.family === 'student' ? 1 / (1 + Math.max(0, left - shift, shift - right) / curve.width) : 1,
    noise: () => NOISE,
    hints: ladder(down, up, curve.width).map(at),
    excess: { below: heavyTail(posterior, curve, down), above: heavyTail(posterior, curve, up) },
  }
}

/** A Beta or Gamma arm among others: plain values, with what lies too close to a boundary as atoms on it. */
const converted = (
  posterior: Extract<Posterior, { family: 'beta' | 'gamma' }>,
  curve: Curve,
  origin: number,
  arm: number,
): { placed: Placed; atoms: Atom[] } => {
  const natural = (value: number): number =>
    posterior.family === 'beta' ? Math.log(value) - Math.log1p(-value) : Math.log(value)
  const [down, up] = [curve.peak + reach(curve, -1), curve.peak + reach(curve, 1)]
  const least = (posterior.family === 'gamma' ? Math.exp(curve.peak) : 1) * SMALLEST_SHARE
  const low = Math.max(toValue(curve.axis, down), least)
  const high = posterior.family === 'beta' ? Math.min(toValue(curve.axis, up), LARGEST_SHARE) : toValue(curve.axis, up)
  const mass = (place: number): number => Math.exp(curve.log(natural(place) - curve.peak))
  const atoms: Atom[] = []
  const rise = posterior.family === 'beta' ? posterior.a : posterior.shape
  if (low === least) atoms.push({ arm, at: -origin, mass: mass(low) / rise })
  if (posterior.family === 'beta' && high === LARGEST_SHARE) {
    atoms.push({ arm, at: 1 - origin, mass: mass(high) / posterior.b })
  }
  const valueWidth = curve.width * slopeOf(curve.axis, curve.peak)
  const hints = ladder(down - curve.peak, up - curve.peak, curve.width).map((offset) => {
    const value = Math.min(high, Math.max(low, toValue(curve.axis, curve.peak + offset)))
    return { at: value - origin, width: valueWidth }
  })
  const placed: Placed = {
    low: low - origin,
    high: high - origin,
    density: (place) => {
      const value = place + origin
      const u = natural(value)
      return Math.exp(curve.log(u - curve.peak)) / slopeOf(curve.axis, u)
    },
    scale: curve.width,
    care: () => 1,
    // shares near 1 lie as far apart as doubles do
    noise: (right) => (posterior.family === 'beta' ? NOISE + (4 * Number.EPSILON) / (1 - right - origin) : NOISE),
    hints,
    excess: { below: 0, above: 0 },
  }
  return { placed, atoms }
}

/** Put every arm on one axis. */
export const commonAxis = (posteriors: readonly Posterior[], curves: readonly Curve[]): Axis => {
  const kinds = new Set(curves.map((curve) => curve.axis))
  const kind = kinds.size === 1 ? (curves[0] as Curve).axis : 'plain'
  const widths = curves.map((curve) => (kind === curve.axis ? 1 : slopeOf(curve.axis, curve.peak)) * curve.width)
  const narrowest = widths.reduce((best, width, arm) => (width < (widths[best] ?? Infinity) ? arm : best), 0)
  const narrow = curves[narrowest] as Curve
  const pure = curves.every((curve) => curve.axis === kind)
  const origin = pure ? narrow.peak : 0
  const atoms: Atom[] = []
  const arms = posteriors.map((posterior, arm): Placed | null => {
    const curve = curves[arm] as Curve
    if (curve.width === 0) {
      atoms.push({ arm, at: curve.peak - origin, mass: 1 })
      return null
    }
    if (curve.axis === kind) return native(posterior, curve, origin)
    const { placed, atoms: own } = converted(posterior as Parameters<typeof converted>[0], curve, origin, arm)
    atoms.push(...own)
    return placed
  })
  const spans = curves.map((curve) => slopeOf(kind, kind === curve.axis ? curve.peak : 0) * curve.width)
  return {
    kind,
    arms,
    atoms,
    slope: (at) => slopeOf(kind, at + origin),
    span: Math.min(...spans.filter((span) => span > 0), 1e300),
  }
}

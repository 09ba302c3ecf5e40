import { gaussLegendre } from '../special/gauss-legendre.ts'
import type { Axis } from './axis.ts'
import { legendre } from './legendre.ts'

/** Nodes in each panel. */
export const NODES = 16
const { points: nodes, weights } = gaussLegendre(NODES)
const MAX_PANELS = 4_000
const MAX_DEPTH = 80
const RESOLVED = 1e-12

/** Row i integrates, from −1 to node i, the polynomial through the values at all nodes. */
export const cumulative: readonly Float64Array[] = Array.from(nodes, (to) => {
  const atEnd = legendre(NODES, to)
  const row = new Float64Array(NODES)
  for (const [k, node] of nodes.entries()) {
    const atNode = legendre(NODES, node)
    let sum = 0.5 * (to + 1)
    for (let n = 1; n < NODES; n++) sum += 0.5 * (atNode[n] ?? 0) * ((atEnd[n + 1] ?? 0) - (atEnd[n - 1] ?? 0))
    row[k] = (weights[k] ?? 0) * sum
  }
  return row
})

export const nodeWeights = weights

/** The two highest Legendre coefficients a panel can hold, as weights of its values. */
const highest = [NODES - 2, NODES - 1].map((degree) =>
  Float64Array.from(nodes, (node, k) => (degree + 0.5) * (weights[k] ?? 0) * (legendre(degree, node)[degree] ?? 0)),
)

/**
 * A stretch of the axis in which densities are polynomials, to all the digits there are. `rise` holds, for each arm
 * with mass here, density × half the panel's length at the nodes; `steps` the change of the value belonging to each
 * node.
 */
export type Panel = { arms: number[]; rise: Float64Array[]; steps: Float64Array }

const resolved = (values: Float64Array, wanted: number, noise: number): boolean => {
  let largest = 0
  let [first, second] = [0, 0]
  for (let k = 0; k < NODES; k++) {
    const value = values[k] ?? 0
    if (value > largest) largest = value
    first += value * (highest[0]?.[k] ?? 0)
    second += value * (highest[1]?.[k] ?? 0)
  }
  return Math.max(Math.abs(first), Math.abs(second)) <= Math.max(wanted, noise * largest)
}

const evaluate = (axis: Axis, left: number, right: number): { panel: Panel; fine: boolean } => {
  const [middle, half] = [(left + right) / 2, (right - left) / 2]
  const panel: Panel = { arms: [], rise: [], steps: new Float64Array(NODES) }
  let fine = true
  for (const [arm, placed] of axis.arms.entries()) {
    if (!placed || placed.low >= right || placed.high <= left) continue
    const values = new Float64Array(NODES)
    for (let k = 0; k < NODES; k++) values[k] = half * placed.density(middle + half * (nodes[k] ?? 0))
    panel.arms.push(arm)
    panel.rise.push(values)
    fine &&= resolved(values, RESOLVED * placed.scale * placed.care(left, right), placed.noise(right))
  }
  for (let k = 0; k < NODES; k++) panel.steps[k] = half * axis.slope(middle + half * (nodes[k] ?? 0))
  fine &&= axis.kind === 'plain' || resolved(panel.steps, RESOLVED * axis.span, 1e-13)
  return { panel, fine }
}

/** Where panels must end: the hints, but no two closer than half the narrower arm they belong to; and every atom. */
const breakpoints = (axis: Axis): number[] => {
  const hints = axis.arms.flatMap((arm) => arm?.hints ?? [])
  const atoms = axis.atoms.map(({ at }) => ({ at, width: 0 }))
  const kept: { at: number; width: number }[] = []
  for (const hint of [...hints, ...atoms].toSorted((a, b) => a.at - b.at)) {
    const last = kept.at(-1)
    if (!last || hint.at - last.at > 0.5 * Math.min(hint.width, last.width)) kept.push(hint)
    // an atom stays where it is, and takes the place of a hint beside it
    else if (hint.width === 0 && hint.at > last.at) kept.push(hint)
  }
  return kept.map(({ at }) => at)
}

/** Panels from left to right, fine enough for every density in them; atoms as panels without length. */
export const meshOf = (axis: Axis): Panel[] => {
  const ends = breakpoints(axis)
  const panels: Panel[] = []
  const pushAtoms = (at: number): void => {
    const here = axis.atoms.filter((atom) => atom.at === at)
    if (here.length === 0) return
    // half the mass, as a panel's values are densities over a length of 2
    panels.push({
      arms: here.map(({ arm }) => arm),
      rise: here.map(({ mass }) => new Float64Array(NODES).fill(mass / 2)),
      steps: new Float64Array(NODES),
    })
  }
  for (const [index, left] of ends.entries()) {
    pushAtoms(left)
    const right = ends[index + 1]
    if (right === undefined) break
    const waiting = [{ left, right, depth: 0 }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { panel, fine } = evaluate(axis, next.left, next.right)
      const middle = (next.left + next.right) / 2
      const smallest = middle === next.left || middle === next.right
      if (fine || smallest || next.depth >= MAX_DEPTH || panels.length >= MAX_PANELS) {
        panels.push(panel)
      } else {
        waiting.push({ left: middle, right: next.right, depth: next.depth + 1 })
        waiting.push({ left: next.left, right: middle, depth: next.depth + 1 })
      }
    }
  }
  return panels
}

import { NODES, type Panel, cumulative, nodeWeights } from './mesh.ts'

/** Every arm's distribution function and its complement at the nodes of a panel: both exact in their own tail. */
export type Heights = { below: Float64Array[]; above: Float64Array[] }

/** Unnormalised mass of each of a panel's arms in it. */
const massesIn = (panel: Panel): number[] =>
  panel.rise.map((rise) => {
    let sum = 0
    for (let k = 0; k < NODES; k++) sum += (rise[k] as number) * (nodeWeights[k] as number)
    return sum
  })

/**
 * Walks the panels from left to right and gives each arm's heights at the nodes, by cumulative quadrature of its own
 * density: what lies below is summed from the left, what lies above from the right, so that neither is a difference.
 *
 * @param visit called once a panel; `heights` is written anew for each panel
 * @returns the arms' unnormalised masses
 */
export const climb = (
  panels: readonly Panel[],
  arms: number,
  visit: (panel: Panel, heights: Heights, total: Float64Array) => void,
): Float64Array => {
  const inside = panels.map(massesIn)
  const after = panels.map(() => new Float64Array(0))
  const remaining = new Float64Array(arms)
  for (let index = panels.length - 1; index >= 0; index--) {
    after[index] = remaining.slice()
    for (const [place, arm] of (panels[index] as Panel).arms.entries()) {
      remaining[arm] = (remaining[arm] as number) + (inside[index]?.[place] ?? 0)
    }
  }
  const total = remaining
  const reached = new Float64Array(arms)
  const heights: Heights = {
    below: Array.from({ length: arms }, () => new Float64Array(NODES)),
    above: Array.from({ length: arms }, () => new Float64Array(NODES).fill(1)),
  }
  for (const [index, panel] of panels.entries()) {
    for (const [place, arm] of panel.arms.entries()) {
      const mass = inside[index]?.[place] ?? 0
      const [start, end] = [reached[arm] as number, (after[index] as Float64Array)[arm] as number]
      fill(heights, arm, panel.rise[place] as Float64Array, [start, mass, end], total[arm] as number)
      reached[arm] = start + mass
    }
    visit(panel, heights, total)
    for (const arm of panel.arms) {
      const whole = total[arm] as number
      heights.below[arm]?.fill(Math.min(1, (reached[arm] as number) / whole))
      heights.above[arm]?.fill(((after[index] as Float64Array)[arm] as number) / whole)
    }
  }
  return total
}

const fill = (
  heights: Heights, arm: number, rise: Float64Array, [start, mass, end]: [number, number, number], total: number,
): void => {
  const [below, above] = [heights.below[arm] as Float64Array, heights.above[arm] as Float64Array]
  for (let k = 0; k < NODES; k++) {
    const row = cumulative[k] as Float64Array
    let sum = 0
    for (let j = 0; j < NODES; j++) sum += (row[j] as number) * (rise[j] as number)
    sum = Math.min(mass, Math.max(0, sum))
    below[k] = Math.min(1, (start + sum) / total)
    above[k] = Math.min(1, (end + (mass - sum)) / total)
  }
}

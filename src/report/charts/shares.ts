import type { Step } from './types.ts'
import { thinned } from './thin.ts'

/** What is in force at moments in the order of time: of each the last step at or before it, null before the first. */
export const inForce = (steps: readonly Step[], moments: readonly number[]): (number[] | null)[] => {
  let next = 0
  return moments.map((at) => {
    while (next < steps.length && (steps[next] as Step).at <= at) next++
    return steps[next - 1]?.shares ?? null
  })
}

/**
 * Shares in tenths of a percent that sum to 1,000, as the shares sum to 1: what rounding takes from all goes to those it
 * took most from.
 */
export const inTenths = (shares: readonly number[]): number[] => {
  const floors = shares.map((share) => Math.floor(share * 1000 + 1e-9))
  const missing = Math.round(shares.reduce((sum, share) => sum + share, 0) * 1000) - floors.reduce((sum, one) => sum + one, 0)
  const order = shares.map((share, index) => ({ index, rest: share * 1000 - (floors[index] ?? 0) })).sort((a, b) => b.rest - a.rest)
  for (const { index } of order.slice(0, missing)) floors[index] = (floors[index] ?? 0) + 1
  return floors
}

const sameShares = (a: Step['shares'], b: Step['shares']): boolean =>
  a === b || (a !== null && b !== null && a.length === b.length && a.every((share, index) => share === b[index]))

/** Steps that change something, at most 400 of them; of equal ones in a row the first. */
export const changes = (steps: readonly Step[], most?: number): Step[] => {
  const changed = steps.filter((step, index) => index === 0 || !sameShares(step.shares, (steps[index - 1] as Step).shares))
  return thinned(changed.length, [], most).flatMap((index) => changed[index] ?? [])
}

/** Steps one after the other whose shares are known, each with its end. */
export const stretches = (steps: readonly Step[], until: number): { at: number; to: number; shares: number[] }[][] => {
  const found: { at: number; to: number; shares: number[] }[][] = []
  let open = false
  steps.forEach(({ at, shares }, index) => {
    const to = steps[index + 1]?.at ?? until
    if (shares && to > at) {
      if (open) found.at(-1)?.push({ at, to, shares })
      else found.push([{ at, to, shares }])
    }
    open = shares !== null
  })
  return found
}

import { z } from 'zod'
import { driftLimit, jensenShannon, populationStability, smoothedShares } from '../../../stats/index.ts'
import type { Inputs, Methods } from '../case.ts'

const Shares = z.object({ p: z.array(z.number()), q: z.array(z.number()) })
const Counts = z.object({ reference: z.array(z.number()), window: z.array(z.number()) })
const Limit = z.object({ n: z.number(), m: z.number(), bins: z.number(), risk: z.number().optional() })

const both = (p: readonly number[], q: readonly number[]) => ({ psi: populationStability(p, q), distance: jensenShannon(p, q) })

const ofCounts = (inputs: Inputs) => {
  const { reference, window } = Counts.parse(inputs)
  return both(smoothedShares(reference), smoothedShares(window))
}

export const drift: Methods = [
  ['Jensen-Shannon distance', (inputs) => {
    const { p, q } = Shares.parse(inputs)
    return { distance: jensenShannon(p, q) }
  }],
  ['population stability index', (inputs) => {
    const { p, q } = Shares.parse(inputs)
    return { psi: populationStability(p, q) }
  }],
  ['drift of counts', ofCounts],
  ['drift limit', (inputs) => {
    const { n, m, bins, risk } = Limit.parse(inputs)
    return { limit: driftLimit(n, m, bins, risk) }
  }],
]

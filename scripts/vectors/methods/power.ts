import { z } from 'zod'
import {
  relativeDetectableEffect, sequentialCost, unitsPerArm, unitsPerArmForShare, zTestPower,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const sided = { two: 'two-sided', 'two-sided': 'two-sided', larger: 'greater', smaller: 'less' } as const

const zPower: Adapter = (inputs) => {
  const { effect_size: effect, n_per_arm: n, alpha, alternative } = z
    .object({
      effect_size: z.number(), n_per_arm: z.number(), alpha: z.number(),
      alternative: z.enum(['two', 'two-sided', 'larger', 'smaller']),
    })
    .parse(inputs)
  return { power: zTestPower(effect * Math.sqrt(n / 2), alpha, sided[alternative]) }
}

const shares: Adapter = (inputs) => {
  const { p1, absolute_mde: effect, alpha, power } = z
    .object({ p1: z.number(), absolute_mde: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { n_total: 2 * unitsPerArmForShare(p1, effect, alpha, power) }
}

const means: Adapter = (inputs) => {
  const { variance, absolute_mde: effect, alpha, power } = z
    .object({ variance: z.number(), absolute_mde: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { n_total: 2 * unitsPerArm({ varianceA: variance, varianceB: variance, effect, alpha, power }) }
}

const relativeEffect: Adapter = (inputs) => {
  const { mean, variance, n_per_arm: n, alpha, power } = z
    .object({ mean: z.number(), variance: z.number(), n_per_arm: z.number(), alpha: z.number(), power: z.number() })
    .parse(inputs)
  return { mde_relative: relativeDetectableEffect(mean, variance, n, alpha, power) ?? Infinity }
}

const cost: Adapter = (inputs) => {
  const { alpha, power } = z.object({ alpha: z.number(), power: z.number() }).parse(inputs)
  return { ...sequentialCost(alpha, power) }
}

export const power: Methods = [
  ['two-sample z power, n per arm', zPower],
  ['z power', zPower],
  [/^total n, two equal arms, two-sided z, unpooled/, shares],
  [/^total sample size for two proportions/, shares],
  [/^total sample size, mean difference/, means],
  [/^relative MDE with lift variance/, relativeEffect],
  [/^AsympCS tuned at the planned n/, cost],
]

import { z } from 'zod'
import {
  additiveFloor, clippedFloor, laiRobbinsConstant, leaderEvidence, neymanWeights, noContexts, observeContext,
  probabilityBest, topTwo, upperConfidence,
} from '../../../stats/index.ts'
import type { Adapter, Methods } from '../case.ts'

const numbered = (prefix: string, values: readonly number[]): Record<string, number> =>
  Object.fromEntries(values.map((value, index) => [`${prefix}_${index}`, value]))

const allocation: Adapter = (inputs) => {
  const { beta_posteriors: posteriors, floor, tt_beta: beta } = z
    .object({ beta_posteriors: z.array(z.tuple([z.number(), z.number()])), floor: z.number(), tt_beta: z.number() })
    .parse(inputs)
  const { probability } = probabilityBest(posteriors.map(([a, b]) => ({ family: 'beta', a, b })))
  return {
    ...numbered('p_best', probability),
    ...numbered('floor_add', additiveFloor(probability, floor)),
    ...numbered('floor_clip', clippedFloor(probability, floor)),
    ...numbered('ttts', topTwo(probability, beta)),
  }
}

const floors: Adapter = (inputs) => {
  const { p, floor } = z.object({ p: z.array(z.number()), floor: z.number() }).parse(inputs)
  return { ...numbered('add', additiveFloor(p, floor)), ...numbered('clip', clippedFloor(p, floor)) }
}

/** Values of arms 1, 2 and 3 (and any above that were drawn) for each new context in turn. */
const linear: Adapter = (inputs) => {
  const Contexts = z.array(z.array(z.number()))
  const given = z
    .object({
      contexts: Contexts, decisions: z.array(z.number()), rewards: z.array(z.number()), alpha: z.number(),
      l2_lambda: z.number(), new_contexts: Contexts,
    })
    .parse(inputs)
  const arms = Array.from({ length: Math.max(3, ...given.decisions) }, (_, index) => index + 1)
  const states = arms.map((arm) =>
    given.contexts.reduce(
      (state, context, index) =>
        given.decisions[index] === arm ? observeContext(state, context, given.rewards[index] ?? Number.NaN) : state,
      noContexts(given.contexts[0]?.length ?? 1, given.l2_lambda),
    ),
  )
  return given.new_contexts.flatMap((context) => states.map((state) => upperConfidence(state, context, given.alpha)))
}

const twoArms: Adapter = (inputs) => {
  const { variances: [a, b] } = z.object({ variances: z.tuple([z.number(), z.number()]) }).parse(inputs)
  return neymanWeights(a, b)
}

const stopping: Adapter = (inputs) => {
  const Arm = z.tuple([z.number(), z.number(), z.number()])
  const { leader, challenger, epsilon, total, delta } = z
    .object({ leader: Arm, challenger: Arm, epsilon: z.number(), total: z.number(), delta: z.number() })
    .parse(inputs)
  const arm = ([n, mean, variance]: z.infer<typeof Arm>) => ({ n, mean, variance })
  const { statistic, threshold } = leaderEvidence(arm(leader), arm(challenger), total, delta, epsilon)
  return { glr: statistic, threshold }
}

const constant: Adapter = (inputs) => {
  const { means } = z.object({ means: z.array(z.number()) }).parse(inputs)
  return { C: laiRobbinsConstant(means) }
}

export const bandits: Methods = [
  [/^Thompson allocation = P\(best\)/, allocation],
  [/^probability floor/, floors],
  [/^disjoint ridge per arm/, linear],
  [/^two arms, reg0=0/, twoArms],
  [/^pairwise GLR statistic/, stopping],
  [/^Lai-Robbins constant/, constant],
]

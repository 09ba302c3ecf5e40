import { z } from 'zod'
import {
  type PairScores, type TwoPointState, addScoreMoments, aipwScore, constantAllocationWeight, criticalValue, exactRho,
  freshTwoPoint, noPairScores, noScoreSums, pushScores, scoreSequence, scoredMeans, twoPointWeight,
} from '../../../stats/index.ts'
import type { Adapter, Inputs, Methods, Told } from '../case.ts'

const Trial = z.object({
  arms: z.array(z.number()), y: z.array(z.number()), propensity_arm1: z.array(z.number()),
  muhat: z.string().default(''),
})

type Step = { score: { a: number; b: number }; propensity: { a: number; b: number } }

/** Both arms' scores of every unit, frozen means running with the pseudo-observation the case describes. */
const stepsOf = (inputs: Inputs, plain = false): Step[] => {
  const { arms, y, propensity_arm1: propensities, muhat } = Trial.parse(inputs)
  const pseudo = Number(/pseudo-observation of ([\d.]*\d)/.exec(muhat)?.[1] ?? 0.5)
  const running = [{ sum: pseudo, n: 1 }, { sum: pseudo, n: 1 }]
  return arms.map((drawn, t) => {
    const [outcome = Number.NaN, e = Number.NaN] = [y[t], propensities[t]]
    const scoreOf = (arm: number): number => {
      const { sum, n } = running[arm] ?? { sum: 0, n: 1 }
      return aipwScore(arm === drawn ? outcome : null, arm === 1 ? e : 1 - e, plain ? 0 : sum / n)
    }
    const score = { a: scoreOf(0), b: scoreOf(1) }
    const own = running[drawn]
    if (own) {
      own.sum += outcome
      own.n += 1
    }
    return { score, propensity: { a: 1 - e, b: e } }
  })
}

type Weigh = (step: Step) => { a: number; b: number }

const estimates = (weigher: (inputs: Inputs) => Weigh, plain = false): Adapter => (inputs) => {
  const weigh = weigher(inputs)
  const told: Record<string, Told> = {}
  let sums: PairScores = noPairScores
  const steps = stepsOf(inputs, plain)
  for (const [index, step] of steps.entries()) {
    const weight = weigh(step)
    sums = pushScores(sums, step.score, weight)
    for (const [arm, side] of (['a', 'b'] as const).entries()) {
      told[`score_${index + 1}_arm${arm}`] = step.score[side]
      told[`h_${index + 1}_arm${arm}`] = weight[side]
      if (index === 0) told[`h_first_arm${arm}`] = weight[side]
      if (index === steps.length - 1) told[`h_last_arm${arm}`] = weight[side]
    }
  }
  const means = scoredMeans(sums)
  if (!means) throw new RangeError('an arm has no weight')
  return {
    ...told,
    mean0: means.a.estimate, se0: means.a.se, mean1: means.b.estimate, se1: means.b.se,
    diff: means.difference.estimate, se_diff: means.difference.se,
  }
}

const uniform = (): Weigh => () => ({ a: 1, b: 1 })

const constantAllocation = (): Weigh => ({ propensity }) => ({
  a: constantAllocationWeight(propensity.a), b: constantAllocationWeight(propensity.b),
})

const twoPoint = (inputs: Inputs): Weigh => {
  const { floor_decay: decay } = z.object({ floor_decay: z.number().default(0.7) }).parse(inputs)
  const planned = Trial.parse(inputs).arms.length
  const states: Record<'a' | 'b', TwoPointState> = { a: freshTwoPoint, b: freshTwoPoint }
  const next = (arm: 'a' | 'b', e: number): number => {
    const { weight, state } = twoPointWeight(states[arm], e, planned, decay)
    states[arm] = state
    return weight
  }
  return ({ propensity }) => ({ a: next('a', propensity.a), b: next('b', propensity.b) })
}

/** ρ is told for a unit variance; the clock of the sequence is n times the variance of z. */
const sequence: Adapter = (inputs) => {
  const { alpha, t_opt: planned } = z.object({ alpha: z.number(), t_opt: z.number() }).parse(inputs)
  const sums = stepsOf(inputs).reduce((state, { score }) => {
    const contrast = score.b - score.a
    return addScoreMoments(state, { n: 1, z: contrast, zz: contrast ** 2 })
  }, noScoreSums)
  const at = scoreSequence(sums)
  if (!at) throw new RangeError('the scores have no variance')
  const rho = exactRho(planned, alpha)
  return { rho2: rho ** 2, center: at.estimate, half_width: at.se * criticalValue(at.n * rho ** 2, alpha) }
}

export const adaptive: Methods = [
  [/^IPW arm means and contrast/, estimates(uniform, true)],
  [/^AIPW scores, uniform weights/, estimates(uniform)],
  [/^AIPW with constant-allocation weights/, estimates(constantAllocation)],
  [/^AIPW with two-point/, estimates(twoPoint)],
  [/^Lyapunov AsympCS on AIPW contrast scores/, sequence],
]

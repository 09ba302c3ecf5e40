import type { Logged } from './log.ts'

/** Probability of an action in a context. */
export type Policy = (context: string, action: string) => number

const shares = (log: readonly Logged[]): Map<string, Map<string, number>> => {
  const contexts = new Map<string, Map<string, number>>()
  for (const { context, action } of log) {
    const counts = contexts.get(context) ?? new Map<string, number>()
    contexts.set(context, counts.set(action, (counts.get(action) ?? 0) + 1))
  }
  for (const counts of contexts.values()) {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    for (const [action, count] of counts) counts.set(action, count / total)
  }
  return contexts
}

/**
 * The policy that wrote a log, from the log alone: the one probability that it tells everywhere, else the share of each
 * action in its context, which is what a policy that changed meanwhile did on average.
 */
export const policyOf = (log: readonly Logged[]): Policy => {
  const [first] = log
  if (first && log.every(({ propensity }) => propensity === first.propensity)) return () => first.propensity
  const contexts = shares(log)
  return (context, action) => contexts.get(context)?.get(action) ?? 0
}

/** Rows that stand for the mean of all actions, before an action has any of its own. */
const prior = 50

/** Mean reward of each action, drawn towards the mean of all. */
const predictions = (log: readonly Logged[]): ((action: string) => number) => {
  const all = log.reduce((sum, { reward }) => sum + reward, 0) / Math.max(1, log.length)
  const known = new Map<string, { n: number; sum: number }>()
  for (const { action, reward } of log) {
    const { n, sum } = known.get(action) ?? { n: 0, sum: 0 }
    known.set(action, { n: n + 1, sum: sum + reward })
  }
  return (action) => {
    const { n, sum } = known.get(action) ?? { n: 0, sum: 0 }
    return (sum + prior * all) / (n + prior)
  }
}

/** A group of an evaluation request. */
export type Group = {
  n: number; sum: number; sumSquares: number
  propensity: number; target: number; model: number; modelValue: number
}

/**
 * A log as groups of equal probabilities, for a target policy. Predictions for even rows come from odd ones, and those
 * for odd rows from even ones, so that no row is predicted from itself.
 */
export const groupsOf = (log: readonly Logged[], target: Policy): Group[] => {
  const actions = [...new Set(log.map(({ action }) => action))]
  const models = [1, 0].map((half) => predictions(log.filter((_, index) => index % 2 === half)))
  const valueOf = models.map((model) => {
    const known = new Map<string, number>()
    return (context: string): number => {
      const value = known.get(context) ?? actions.reduce((sum, action) => sum + target(context, action) * model(action), 0)
      known.set(context, value)
      return value
    }
  })
  const groups = new Map<string, Group>()
  log.forEach(({ context, action, propensity, reward }, index) => {
    const half = index % 2
    const modelValue = valueOf[half]?.(context) ?? 0
    const model = models[half]?.(action) ?? 0
    const chance = target(context, action)
    const key = [propensity, chance, model, modelValue].join()
    const before = groups.get(key) ?? { n: 0, sum: 0, sumSquares: 0, propensity, target: chance, model, modelValue }
    groups.set(key, { ...before, n: before.n + 1, sum: before.sum + reward, sumSquares: before.sumSquares + reward ** 2 })
  })
  return [...groups.values()]
}

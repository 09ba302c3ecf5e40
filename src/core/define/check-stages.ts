import type { Json } from '../../assign/snapshot.ts'
import type { Violation } from '../../errors.ts'
import { suggestion } from './closest.ts'
import type { CreateExperiment, Stage, Step } from './definitions.ts'
import { span } from '../describe/wording.ts'
import { requireDurationMs } from './duration.ts'
import { audienceAt, bothRules, isEntered, stepsOf, weightsOf } from '../decide/position.ts'

type Report = (path: string, message: string) => void

/** What is wrong with the stages of a definition, but for those of bandits, which are checked by themselves. */
export const checkStages = ({ stages, variants, policy }: CreateExperiment, report: Report): void => {
  const keys = variants.map(({ key }) => key)
  stages.forEach((stage, index) => {
    const at = `stages[${index}]`
    const weights = weightsOf(stage)
    if (weights) checkWeights(weights, keys, `${at}.weights`, report)
    checkSteps(stepsOf(stage), `${at}.steps`, report)
    checkDeadline(stages, index, report)
    if (stage.allocation !== 'switch') return
    if (index < stages.length - 1) report(at, 'a switch promotes, so nothing comes after it')
    if (policy.bake !== null) report('policy.bake', `is told by the switch, ${at}.bake; leave it out`)
    const before = stepsOf(stages[index - 1]).at(-1)?.gate
    if (stage.gate !== null && stage.gate === before) report(`${at}.gate`, `the step before it has a gate "${before}" as well; give them different names`)
  })
}

/** A deadline that can be kept, of a stage that is entered. */
const checkDeadline = (stages: readonly Stage[], index: number, report: Report): void => {
  const stage = stages[index]
  const at = `stages[${index}]`
  if (stage?.deadline === undefined) {
    if (stage?.onDeadline !== undefined) report(`${at}.onDeadline`, 'needs a `deadline`')
    return
  }
  if (stage.allocation === 'switch' && !isEntered(stages, index)) {
    return report(`${at}.deadline`, `the stage before this switch promotes by it; give the deadline to stages[${index - 1}]`)
  }
  const holdsMs = stepsOf(stage).reduce((sum, { hold }) => sum + requireDurationMs(hold), 0)
  const deadlineMs = requireDurationMs(stage.deadline)
  if (deadlineMs === 0) report(`${at}.deadline`, 'must be longer than nothing')
  else if (deadlineMs <= holdsMs) report(`${at}.deadline`, `must be longer than its steps last at least, ${span(holdsMs)} together`)
}

const checkWeights = (weights: Record<string, number>, keys: readonly string[], at: string, report: Report): void => {
  for (const key of Object.keys(weights)) {
    if (!keys.includes(key)) report(`${at}.${key}`, `there is no variant "${key}"${suggestion(key, keys)}`)
  }
  for (const key of keys) {
    if (!Object.hasOwn(weights, key)) report(at, `lacks the variant "${key}"; give every variant a weight, 0 included`)
  }
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  if (!(Math.abs(sum - 1) <= 1e-9)) report(at, `must sum to 1, sum to ${Number(sum.toPrecision(12))}`)
}

/** Steps only ever take more units: whoever has begun with a variant keeps it. */
const checkSteps = (steps: readonly Step[], at: string, report: Report): void => {
  steps.forEach(({ coverage, audience }, index) => {
    const before = steps[index - 1]
    if (!before) return
    if (coverage < before.coverage) report(`${at}[${index}].coverage`, `must not be less than at the step before, ${before.coverage}: units would leave`)
    if (audience !== null && steps.slice(0, index).some((one) => one.audience === null)) {
      report(`${at}[${index}].audience`, 'an earlier step takes everybody: an audience can only grow')
    }
  })
}

/** Audiences of steps: each by itself, then all together with that of the experiment, as they are in force at the end. */
export const checkStepAudiences = (definition: CreateExperiment, validateRule: (rule: Json, path: string) => Violation[]): Violation[] =>
  definition.stages.flatMap((stage, index) => {
    const steps = stepsOf(stage)
    const own = steps.flatMap(({ audience }, step) => (audience === null ? [] : validateRule(audience, `stages[${index}].steps[${step}].audience`)))
    if (own.length > 0) return own
    return steps.flatMap((_, step) => {
      const together = bothRules(definition.audience ?? null, audienceAt(definition, { stage: index, step }))
      const path = `stages[${index}].steps[${step}].audience`
      return together === null ? [] : validateRule(together, path).slice(0, 1).map(({ message }) => ({ path, message: `together with those before it, ${message}` }))
    }).slice(0, 1)
  })

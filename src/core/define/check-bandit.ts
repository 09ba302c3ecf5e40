import { isBandit } from './bandit-stage.ts'
import { checkContext } from '../contextual/check.ts'
import type { BanditStage, CreateExperiment } from './definitions.ts'

type Report = (path: string, message: string) => void

/** What is wrong with the bandit stages of a definition, and with what they need of the rest of it. */
export const checkBandits = (definition: CreateExperiment, report: Report): void => {
  definition.stages.forEach((stage, index) => {
    if (isBandit(stage)) checkStage(definition, stage, `stages[${index}]`, report)
  })
  if (!definition.stages.some(isBandit)) return
  if (!definition.metrics.some(({ role }) => role === 'decision')) {
    report('metrics', 'a bandit needs a metric with `role: "decision"`: the first one is what it follows')
  }
  if (definition.stickiness === 'hash') {
    report('stickiness', 'with a bandit every reallocation would move units by their hash: take first-touch, or none where units do not return')
  }
}

const checkStage = (
  definition: CreateExperiment, stage: BanditStage, at: string, report: Report,
): void => {
  const { variants, key } = definition
  const { floor, cap, priors } = stage
  checkContext(definition, stage, at, report)
  if (floor * variants.length > 1) report(`${at}.floor`, `${variants.length} variants with ${floor} each are more than there is`)
  if (cap * variants.length < 1) report(`${at}.cap`, `${variants.length} variants with at most ${cap} each are less than there is`)
  if (cap < floor) report(`${at}.cap`, `must not be below the floor, ${floor}`)
  if (priors?.from === key) report(`${at}.priors.from`, 'must be another experiment: an earlier one of the model')
}

import type { Analysis, Condition } from '../analyze/analysis.ts'
import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import { requireDurationMs } from '../define/duration.ts'
import { splitByMaturity } from '../analyze/maturity.ts'
import { type Gate, gatesHere, inShadow, nextPosition, type Position, positionOf, positionWords, stepAt, stepSince } from './position.ts'
import { armUnits } from '../analyze/regimes.ts'
import { pairsOf } from '../analyze/shadow.ts'
import { isDrawn } from '../analyze/weights.ts'
import { count, minuteText, plural, span } from '../describe/wording.ts'

/** What must have happened at a position before it goes on: of a step its own terms, of another stage the policy's. */
const termsOf = ({ definition }: ExperimentFacts, here: Position): { holdMs: number; minUnits: number } => {
  const step = stepAt(definition, here)
  const { minDuration, minUnits } = definition.policy
  return step ? { holdMs: requireDurationMs(step.hold), minUnits: step.minUnits } : { holdMs: requireDurationMs(minDuration), minUnits }
}

/** When the time is over that the position must last; nothing where none is left to go to. */
export const dwellEndsAt = ({ experiment }: Pick<AnalysisInput, 'experiment'>): number[] => {
  const here = positionOf(experiment)
  const from = stepSince(experiment)?.getTime()
  return from === undefined ? [] : [from + termsOf(experiment, here).holdMs]
}

/** Matured units that came new since the step is in force, of the variant that has fewest; in a shadow, those that both answered. */
const fewest = (input: AnalysisInput): number => {
  const { definition, progress, variants } = input.experiment
  const epochs = splitByMaturity(input.epochs, requireDurationMs(definition.window), input.now).matured.filter(({ epoch }) => epoch >= (progress?.from ?? 0))
  if (inShadow(input.experiment)) {
    const pairs = variants.flatMap((one, arm) => (!one.control && isDrawn(one) ? [pairsOf(input, arm, epochs)] : []))
    return pairs.length === 0 ? 0 : Math.min(...pairs)
  }
  const weights = input.epochs.at(-1)?.weights ?? []
  const drawn = variants.flatMap((_, arm) => ((weights[arm] ?? 0) > 0 ? [armUnits(epochs, arm)] : []))
  return drawn.length === 0 ? 0 : Math.min(...drawn)
}

const gateCondition = ({ name, state }: Gate, since: Date | null): Condition => ({
  kind: 'gate', text: `the gate "${name}" is approved`, met: state === 'approved',
  current: state === 'open' ? `nobody has said anything${since === null ? '' : ` since ${minuteText(since)}`}` : state, needed: 'approved',
})

/** How long and with how many units the position has been in force: told of the one that comes next, or of the last. */
export const stepConditions = ({ input }: Pick<Analysis, 'input'>): Condition[] => {
  const { definition } = input.experiment
  const here = positionOf(input.experiment)
  const { holdMs, minUnits } = termsOf(input.experiment, here)
  const from = stepSince(input.experiment)?.getTime()
  const [age, units] = [from === undefined ? 0 : Math.max(0, input.now.getTime() - from), fewest(input)]
  const needed = Math.max(1, minUnits)
  return [
    {
      kind: 'dwell', text: `${positionWords(definition, here)} has lasted`, met: age >= holdMs, current: span(age), needed: span(holdMs), waitMs: holdMs - age,
    },
    {
      kind: 'step-units', text: `new ${plural(definition.unit, 2)} of each variant at ${positionWords(definition, here)}`, met: units >= needed,
      current: count(units), needed: count(needed), waitMs: units > 0 ? (needed / units - 1) * age : null,
    },
  ]
}

/** The gates before what comes next. */
export const gateConditions = (experiment: ExperimentFacts): Condition[] => gatesHere(experiment).map((gate) => gateCondition(gate, stepSince(experiment)))

/** What stages ask of a promotion: that none is left, and of the last one its own terms and gates. */
export const stageConditions = (analysis: Pick<Analysis, 'input'>): Condition[] => {
  const { experiment } = analysis.input
  const here = positionOf(experiment)
  if (nextPosition(experiment.definition, here) !== null) {
    return [{ kind: 'steps', text: 'all steps are taken', met: false, current: positionWords(experiment.definition, here), needed: 'the last' }]
  }
  // nobody was served by a candidate yet
  if (inShadow(experiment)) return [{ kind: 'steps', text: 'a stage comes in which candidates serve', met: false, current: 'a shadow alone', needed: 'another stage' }]
  return [...(stepAt(experiment.definition, here) ? stepConditions(analysis) : []), ...gateConditions(experiment)]
}

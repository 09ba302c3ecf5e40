import type { AnalysisInput, ExperimentFacts } from '../analyze/analysis-input.ts'
import type { BreakerLook } from '../breaker/look.ts'
import type { Context, Refusal, Wish } from './wish.ts'

/** All that a decision of the engine came from. */
export type LookInputs = {
  kind: 'look'
  /** What was analysed, with the analysis that was kept of it. */
  input: AnalysisInput
  analysis: number | null
  /** Which of the look's decisions it is, from 0. */
  place: number
  /** The experiment's row as the decisions before it left it; null for the first, which saw that of `input`. */
  facts: ExperimentFacts | null
  context: Context
  /** What a rollback was decided from that a promotion overtook. */
  lost?: AnalysisInput
  /** Why it could not be carried out, where that was seen only when it was written. */
  failure?: Refusal
}

/** All that a person's action was planned from. */
export type ActionInputs = {
  kind: 'action'
  wish: Omit<Wish, 'evidence' | 'look'>
  facts: ExperimentFacts
  context: Context
  /** What the person could see; null before the start. */
  input: AnalysisInput | null
  analysis: number | null
}

/** All that the start of a draft at its time, or the entry that tells why it was not started, came from. */
export type ScheduledInputs = {
  kind: 'scheduled'
  facts: ExperimentFacts
  now: Date
  context: Context
  /** Why it could not be started, where that was seen only when it was written. */
  failure?: Refusal
}

/** A draft whose time has come. `told`: the reason of its latest entry, null where it has none. */
export type DueStart = Pick<ScheduledInputs, 'facts' | 'now'> & { told: string | null }

/** All that a breaker's decision came from. */
export type BreakerInputs = { kind: 'breakers'; look: BreakerLook; context: Context }

export type DecisionInputs = LookInputs | ActionInputs | ScheduledInputs | BreakerInputs

/** The experiment's row that a decision was taken for. */
export const factsIn = (inputs: DecisionInputs): ExperimentFacts => {
  if (inputs.kind === 'look') return inputs.facts ?? inputs.input.experiment
  return inputs.kind === 'breakers' ? inputs.look.experiment : inputs.facts
}

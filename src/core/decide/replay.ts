import type { ExperimentFacts } from '../analyze/analysis-input.ts'
import type { Analysis } from '../analyze/analysis.ts'
import { analyze } from '../analyze/analyze.ts'
import { carryOutBreaker } from '../breaker/carry-out.ts'
import { decideBreakers } from '../breaker/decide.ts'
import { carryFailure, carryOut, type Taken } from './carry-out.ts'
import type { Change } from './change.ts'
import { type DecidedAll, decideAll } from './decide-all.ts'
import type { Decision } from './decision.ts'
import { type ActionInputs, type BreakerInputs, type DecisionInputs, factsIn, type LookInputs } from './inputs.ts'
import { type LedgerEntry, untold } from './ledger.ts'
import { overtaken, rollbackIn } from './overtaken.ts'
import { scheduledStart } from './scheduled.ts'
import { seenOf } from './seen.ts'
import { toldOf } from './told.ts'
import { plan } from './transition.ts'
import type { Refusal } from './wish.ts'

/** What of an entry follows from its inputs; the rest is its place in the chain. */
export type Replayed = Omit<LedgerEntry, 'chain' | 'seq' | 'at' | 'prevHash' | 'hash' | 'form' | 'inputs' | 'policyHash'>

/** One decision of a look, with what its entry tells. */
export const takenAt = (analysis: Analysis, decided: DecidedAll, decision: Decision): Taken & { decision: Decision } => ({
  ...decided, decision, told: toldOf(analysis, decided, decision),
})

const entryOf = (facts: ExperimentFacts, { account, next }: Change): Replayed | null => {
  if (!account) return null
  const { inputs: _, ...nothing } = untold
  const weightsBefore = facts.weights ?? []
  return {
    ...nothing, ...account,
    experiment: facts.key, model: facts.model, stage: facts.stage,
    epochBefore: facts.epoch, epochAfter: facts.epoch + (next ? 1 : 0),
    weightsBefore, weightsAfter: next?.weights ?? weightsBefore,
  }
}

const replayLook = ({ input, analysis: kept, place, facts: left, context, lost, failure }: LookInputs): Change | Refusal | null => {
  const facts = left ?? input.experiment
  const analysis = analyze(input)
  const late = lost ? overtaken(input.experiment, rollbackIn(decideAll(analyze(lost)))) : null
  const decided = late ?? decideAll(analysis)
  const decision = decided.decisions[place]
  if (!decision) return null
  const taken = takenAt(analysis, decided, decision)
  const planned = failure ?? carryOut(facts, taken, context, kept, 0)
  return planned && 'refused' in planned ? carryFailure(facts, taken, planned, kept, 0) : planned
}

const replayAction = ({ wish, facts, context, input, analysis }: ActionInputs): Change | Refusal =>
  plan(facts, { ...wish, ...(input && seenOf(input, analysis)) }, context)

const replayBreakers = ({ look, context }: BreakerInputs): Change | Refusal | null => {
  const decision = decideBreakers(look)
  return decision && carryOutBreaker(look, decision, context, 0)
}

const changeOf = (inputs: DecisionInputs): Change | Refusal | null => {
  switch (inputs.kind) {
    case 'look': return replayLook(inputs)
    case 'action': return replayAction(inputs)
    case 'scheduled': return scheduledStart(inputs)
    case 'breakers': return replayBreakers(inputs)
  }
}

/**
 * Take a decision again from its inputs, by the functions that took it: what its entry should say. Null when these
 * inputs lead to no decision any more.
 */
export const replay = (inputs: DecisionInputs): Replayed | null => {
  const change = changeOf(inputs)
  if (change === null || 'refused' in change) return null
  return entryOf(factsIn(inputs), change)
}

/** A field that differs, as `evidence.comparisons[0].pValue`; null where one side has none. */
export type Difference = { path: string; stored: unknown; recomputed: unknown }

/** Fields that only tell people what others say in numbers. */
const words = new Set(['reason', 'text', 'current', 'needed', 'rejected'])

/** Do two entries say the same at this place, in other words? Later versions may put things better. */
export const isWording = ({ path, stored, recomputed }: Difference): boolean =>
  typeof stored === 'string' && typeof recomputed === 'string' && words.has(path.slice(path.lastIndexOf('.') + 1))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** All leaves in which two JSON values differ, in the order of the first. Numbers must be equal. */
export const differencesOf = (stored: unknown, recomputed: unknown, path = ''): Difference[] => {
  if (!isObject(stored) || !isObject(recomputed) || Array.isArray(stored) !== Array.isArray(recomputed)) {
    return stored === recomputed ? [] : [{ path, stored: stored ?? null, recomputed: recomputed ?? null }]
  }
  const name = (key: string): string => (Array.isArray(stored) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`)
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(recomputed)])]
  return keys.flatMap((key) => differencesOf(stored[key], recomputed[key], name(key)))
}

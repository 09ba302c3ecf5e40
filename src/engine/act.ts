import { afterChange, carryFailure, carryOut, type Taken } from '../core/decide/carry-out.ts'
import type { Analysis } from '../core/analyze/analysis.ts'
import type { AnalysisInput, ExperimentFacts } from '../core/analyze/analysis-input.ts'
import type { Applied, Change } from '../core/decide/change.ts'
import type { DecidedAll } from '../core/decide/decide-all.ts'
import type { Decision } from '../core/decide/decision.ts'
import type { LookInputs } from '../core/decide/inputs.ts'
import { takenAt } from '../core/decide/replay.ts'
import type { Context, Refusal } from '../core/decide/wish.ts'
import type { Log } from '../deps.ts'
import { ServiceError } from '../errors.ts'

/** What acting needs of the database; all of it refuses or answers 'stale' to an engine that leads no more. */
export type ActStore = {
  context(experiment: ExperimentFacts): Promise<Context>
  apply(change: Change): Promise<Applied>
}

/** One look: what was read, its analysis (whose own input may be another view of it), the id under which that was kept, and what it led to. */
export type Look = {
  input: AnalysisInput
  analysis: Analysis
  kept: number
  decided: DecidedAll
  /** What a rollback was decided from that a promotion has overtaken since; null where that is not so. */
  lost: AnalysisInput | null
}

export type Acting = {
  store: ActStore
  log: Log
  /** Told after something was applied. */
  applied: (experiment: string, decision: number | null) => void
}

type Outcome = 'nothing' | 'written' | 'stale'

/**
 * Write what one look led to, each decision compare-and-set on what the one before left. What is refused becomes an
 * entry, once, and does not stand in the way of the others. Answers 'nothing' when nothing was to be written, 'stale'
 * when somebody was faster; then what was written before stands.
 */
export const act = async ({ store, log, applied }: Acting, { input, analysis, kept, decided, lost }: Look, fence: number): Promise<Outcome> => {
  let facts = input.experiment

  const applyOr = async (change: Change): Promise<Applied | Refusal> => {
    try {
      return await store.apply(change)
    } catch (error) {
      if (error instanceof ServiceError) return { refused: error.code, message: error.message }
      throw error
    }
  }

  const write = async (taken: Taken, place: number): Promise<Outcome> => {
    const { decision } = taken
    const context = await store.context(facts)
    const left = facts === input.experiment ? null : facts
    const inputs: LookInputs = { kind: 'look', input, analysis: kept, place, facts: left, context, ...(lost && { lost }) }
    const planned = carryOut(facts, taken, context, kept, fence)
    if (planned === null) return 'nothing'
    const result = 'refused' in planned ? planned : await applyOr({ ...planned, ...(decision && { inputs }) })
    if (!('refused' in result)) return done(planned as Change, result, decision, decision?.status)

    log.warn({ experiment: facts.key, action: decision?.action }, result.message)
    const failed = decision && carryFailure(facts, { ...taken, decision }, result, kept, fence)
    if (!failed) return 'nothing'
    const seenLate = result === planned ? {} : { failure: result }
    return done(failed, await store.apply({ ...failed, inputs: { ...inputs, ...seenLate } }), decision, 'failed')
  }

  const done = (change: Change, result: Applied, decision: Decision | null, status = 'applied'): Outcome => {
    if (result.status === 'stale') return 'stale'
    facts = afterChange(facts, change, result.epoch)
    if (!decision) return 'written'
    const { action, variant, reason } = decision
    log.info({ experiment: facts.key, action, variant, status, decision: result.decision }, reason)
    if (status === 'applied') applied(facts.key, result.decision)
    return 'written'
  }

  if (decided.decisions.length === 0) return write({ ...decided, decision: null }, 0)
  const outcomes = new Set<Outcome>()
  for (const [place, decision] of decided.decisions.entries()) {
    const outcome = await write(takenAt(analysis, decided, decision), place)
    if (outcome === 'stale') return 'stale'
    outcomes.add(outcome)
  }
  return outcomes.has('written') ? 'written' : 'nothing'
}

import type { ExperimentFacts } from '../core/analyze/analysis-input.ts'
import { anyFails, joined, type Slot } from '../core/breaker/calls.ts'
import { carryOutBreaker } from '../core/breaker/carry-out.ts'
import { decideBreakers } from '../core/breaker/decide.ts'
import type { BreakerLook } from '../core/breaker/look.ts'
import type { Applied, Change } from '../core/decide/change.ts'
import type { Decision } from '../core/decide/decision.ts'
import { isUnderWay } from '../core/define/definitions.ts'
import type { Context } from '../core/decide/wish.ts'
import type { Log } from '../deps.ts'

/** What the breakers need of the database. */
export type BreakerStore = {
  /** `begun`: since when a bake lasts; null where calls of before count as well. */
  breakers(experiment: number): Promise<{ experiment: ExperimentFacts; now: Date; fallbacks: string[]; begun: Date | null } | null>
  context(experiment: ExperimentFacts): Promise<Context>
  apply(change: Change): Promise<Applied>
}

/**
 * An experiment with breakers, as this node serves it. `stirring`: one is not closed, so that time alone may do something;
 * `rest`: the arm of a bake whose calls are another arm's, too.
 */
export type Watched = { id: number; key: string; variants: number; stirring: boolean; rest: { arm: number; to: number } | null }

export type BreakersOptions = {
  store: BreakerStore
  watched(): readonly Watched[]
  /** The calls of the last minute, by arm; null while nobody knows. */
  recent(experiment: number, arms: number): Promise<readonly Slot[] | null>
  log: Log
  /** Told after something was applied, so that nodes can fetch what is published. */
  applied?: (experiment: string, decision: number | null) => void
}

/** Decisions that one look at an experiment may lead to: each of its variants, and a few more. */
const most = 20

/**
 * One look at all breakers, far more often than at the statistics. It reads the counters alone while calls go well, and
 * the database only where something may have to be done. Where the counters are away, or the database, breakers rest:
 * whatever is quarantined stays so, and nothing else is.
 *
 * @returns how many decisions were written
 */
export const createBreakers = ({ store, watched, recent, log, applied = () => {} }: BreakersOptions) => {
  const write = async (key: string, seen: BreakerLook, one: Decision, fence: number): Promise<boolean> => {
    const context = await store.context(seen.experiment)
    const change = carryOutBreaker(seen, one, context, fence)
    if (change === null) return false
    if ('refused' in change) {
      log.warn({ experiment: key, action: one.action }, change.message)
      return false
    }
    const result = await store.apply({ ...change, inputs: { kind: 'breakers', look: seen, context } })
    if (result.status === 'stale') return false
    const { action, variant, status, reason } = one
    log.info({ experiment: key, action, variant, status, decision: result.decision }, reason)
    if (status === 'applied') applied(key, result.decision)
    return true
  }

  const look = async ({ id, key, variants, stirring, rest }: Watched, fence: number): Promise<number> => {
    const read = await recent(id, variants + 1)
    const slots = read && rest ? joined(read, rest) : read
    if (slots === null || (!stirring && !anyFails(slots, variants + 1))) return 0
    for (let written = 0; written < most; written++) {
      const found = await store.breakers(id)
      if (!found || !isUnderWay(found.experiment.state)) return written
      const { begun, ...known } = found
      const seen = { ...known, slots: begun ? slots.filter(({ start }) => start >= begun.getTime()) : slots }
      const next = decideBreakers(seen)
      if (!next || !(await write(key, seen, next, fence))) return written
    }
    return most
  }

  return async (fence: number, signal?: AbortSignal): Promise<number> => {
    let written = 0
    for (const one of watched()) {
      if (signal?.aborted) break
      try {
        written += await look(one, fence)
      } catch (error) {
        log.warn({ err: error, experiment: one.key }, 'the breakers of an experiment could not be looked at')
      }
    }
    return written
  }
}

import type { ExperimentFacts } from '../core/analyze/analysis-input.ts'
import type { Applied, Change } from '../core/decide/change.ts'
import { throttleTo } from '../core/decide/throttle.ts'
import { plan } from '../core/decide/transition.ts'
import type { Context, Wish } from '../core/decide/wish.ts'
import type { Log } from '../deps.ts'
import { percent } from '../core/describe/wording.ts'

/** What the throttle needs of the database. */
export type ThrottleStore = {
  facts(experiment: number): Promise<ExperimentFacts | null>
  context(experiment: ExperimentFacts): Promise<Context>
  apply(change: Change): Promise<Applied>
}

/** An experiment with a cap, as this node serves it; candidates by ordinal. */
export type Capped = { id: number; key: string; epoch: number; maxRps: number; throttle: number; candidates: readonly number[] }

export type ThrottleOptions = {
  store: ThrottleStore
  capped(): readonly Capped[]
  /** Answers given so far, by variant ordinal; null while nobody knows. */
  served(experiment: number): Promise<readonly number[] | null>
  log: Log
  applied?: (experiment: string, decision: number | null) => void
  /** Milliseconds on a clock that never goes back. */
  now?: () => number
  /** Milliseconds over which the load is measured, and between a change and the next growth. */
  measureMs?: number
  growMs?: number
}

type Seen = { at: number; epoch: number; counts: readonly number[] }

/**
 * One look at all caps: how many calls a second the busiest candidate gets, by what the counters say, and so which part of
 * enrolment is let in. Where the counters are away it stays as it is. Each change is an epoch and an entry of the ledger.
 *
 * @returns how many changes were written
 */
export const createThrottle = (options: ThrottleOptions) => {
  const { store, capped, served, log, applied = () => {}, now = () => performance.now(), measureMs = 10_000, growMs = 60_000 } = options
  const seen = new Map<number, Seen>()
  const changed = new Map<number, number>()

  const rateOf = ({ candidates }: Capped, before: Seen, counts: readonly number[], at: number): number =>
    Math.max(0, ...candidates.map((arm) => (counts[arm] ?? 0) - (before.counts[arm] ?? 0))) / ((at - before.at) / 1_000)

  const look = async (one: Capped, fence: number): Promise<boolean> => {
    const { id, key, epoch, maxRps, throttle } = one
    const before = seen.get(id)
    if (before?.epoch === epoch && now() - before.at < measureMs) return false
    const counts = await served(id)
    const at = now()
    if (counts === null) return false
    seen.set(id, { at, epoch, counts })
    // what was counted under another epoch says nothing of this one
    if (before?.epoch !== epoch) return false
    const rate = rateOf(one, before, counts, at)
    const to = throttleTo({ rate, throttle }, maxRps, at - (changed.get(id) ?? -Infinity) >= growMs)
    if (to === null) return false
    const facts = await store.facts(id)
    if (!facts || facts.epoch !== epoch) return false
    const reason = to < throttle
      ? `The busiest candidate was asked for ${rate.toFixed(1)} times a second, of ${maxRps} at most: ${percent(to)} of enrolment is let in.`
      : `There is room for more: ${percent(to)} of enrolment is let in.`
    const wish: Wish = { action: 'throttle', reason, actor: 'engine', mode: 'auto', rule: 'max-rps', throttle: { rate, throttle, to, maxRps } }
    const context = await store.context(facts)
    const change = plan(facts, wish, context)
    if ('refused' in change) return false
    const result = await store.apply({ ...change, fence, inputs: { kind: 'action', wish, facts, context, input: null, analysis: null } })
    if (result.status === 'stale') return false
    changed.set(id, at)
    log.info({ experiment: key, decision: result.decision, to }, reason)
    applied(key, result.decision)
    return true
  }

  return async (fence: number, signal?: AbortSignal): Promise<number> => {
    let written = 0
    for (const one of capped()) {
      if (signal?.aborted) break
      try {
        if (await look(one, fence)) written += 1
      } catch (error) {
        log.warn({ err: error, experiment: one.key }, 'the load of an experiment could not be looked at')
      }
    }
    return written
  }
}

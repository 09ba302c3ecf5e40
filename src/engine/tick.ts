import { analyze } from '../core/analyze.ts'
import { afterChange, carryOut } from '../core/carry-out.ts'
import type { Applied, Change } from '../core/change.ts'
import type { ExperimentFacts } from '../core/analysis-input.ts'
import { type DecidedAll, decideAll } from '../core/decide-all.ts'
import { dueAt } from '../core/due.ts'
import type { Decision } from '../core/decision.ts'
import { digestOfInput } from '../core/maturity.ts'
import type { Report } from '../core/report.ts'
import type { Context } from '../core/wish.ts'
import type { Log } from '../deps.ts'
import type { EpochOf } from '../store/control/rest.ts'
import type { Changeable } from '../store/read/changes.ts'
import type { Reading } from '../store/read/moments.ts'

/** What a tick needs of the database; all of it refuses or answers 'stale' to an engine that leads no more. */
export type EngineStore = {
  /** Roll the epochs whose time is over, seal those whose outcomes are all in, and let closed ones fade. */
  turnEpochs(fence: number): Promise<void>
  changes(): Promise<Changeable[]>
  /** Lay to rest quiet epochs that were looked at: they are read again only when they change. */
  rest(fence: number, quiet: readonly EpochOf[]): Promise<unknown>
  read(experiment: number): Promise<Reading | null>
  context(experiment: ExperimentFacts): Promise<Context>
  /** Once a day: an entry that names the last entry of every chain of the ledger. */
  chainHeads(fence: number): Promise<unknown>
  /** Keep a report; answers its id. */
  append(experiment: number, report: Report, digest: string): Promise<number>
  apply(change: Change): Promise<Applied>
}

/** When an experiment must be looked at again: its row or an epoch changed, or a time has come. */
type Seen = { head: string; hashes: ReadonlyMap<number, string>; due: number }

const seenOf = ({ head, awake }: Changeable, due: number): Seen => ({
  head,
  hashes: new Map(awake.map(({ epoch, hash }) => [epoch, hash])),
  due,
})

const unchanged = (seen: Seen, { head, awake, now }: Changeable): boolean =>
  seen.head === head && awake.every(({ epoch, hash }) => seen.hashes.get(epoch) === hash) && now.getTime() < seen.due

/** A rollback that a promotion overtook takes the promotion back: harm that was shown is not forgotten by being late. */
const overtaken = ({ experiment }: Reading, lost: Decision | null): DecidedAll | null =>
  lost && experiment.state === 'promoted' ? { decisions: [lost], looks: experiment.looks, turn: null } : null

export type TickOptions = {
  store: EngineStore
  log: Log
  /** Told after something was applied, so that nodes can fetch what is published. */
  applied?: (experiment: string, decision: number | null) => void
  /** How often a decision that lost a race is taken anew within one tick. */
  attempts?: number
}

export type TickResult = { looked: number; decided: number; failed: number }

/**
 * One look at everything: epochs turn by the clock, then each experiment whose data changed, or whose time has come, is
 * read, analysed, decided and acted on. An ended one is analysed while its outcomes count, and nothing is decided of
 * it. What was looked at and is quiet comes to rest, so that a tick costs what changes, not what there is. One
 * experiment's failure never stops the others: it is logged and looked at again at the next tick.
 */
export const createTick = ({ store, log, applied = () => {}, attempts = 3 }: TickOptions) => {
  const seen = new Map<number, Seen>()

  /**
   * Write what one look led to, each decision compare-and-set on what the one before left. Answers 'nothing' when
   * nothing was to be written, 'stale' when somebody was faster; then what was written before stands.
   */
  const act = async (key: string, reading: Reading, { decisions, looks, turn }: DecidedAll, kept: number, fence: number) => {
    let facts = reading.experiment
    for (const decision of decisions.length === 0 ? [null] : decisions) {
      const change = carryOut(facts, { decision, looks, turn }, await store.context(facts), kept, fence)
      if (change === null) return 'nothing'
      if ('refused' in change) {
        log.warn({ experiment: key, action: decision?.action }, change.message)
        return 'nothing'
      }
      const result = await store.apply(change)
      if (result.status === 'stale') return 'stale'
      facts = afterChange(facts, change, result.epoch)
      if (!decision) continue
      const { action, variant, status, reason } = decision
      log.info({ experiment: key, action, variant, status, decision: result.decision }, reason)
      if (status === 'applied') applied(key, result.decision)
    }
    return 'written'
  }

  /** Answers whether something was decided. A lost race is looked at afresh. */
  const look = async (one: Changeable, fence: number): Promise<boolean> => {
    let lost: Decision | null = null
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const reading = await store.read(one.id)
      if (!reading) return false
      const analysis = analyze(reading)
      const decided: DecidedAll = overtaken(reading, lost) ?? decideAll(analysis)
      const digest = digestOfInput(reading)
      const kept =
        reading.previous?.digest === digest ? reading.previous.id : await store.append(one.id, analysis.report, digest)
      const outcome = await act(one.key, reading, decided, kept, fence)
      if (outcome === 'stale') {
        lost = decided.decisions.find(({ action, status }) => action === 'rollback' && status === 'applied') ?? lost
        continue
      }
      if (outcome === 'nothing') seen.set(one.id, seenOf(one, dueAt(reading)))
      return outcome === 'written' && decided.decisions.length > 0
    }
    log.warn({ experiment: one.key }, 'changed by others again and again; the next tick looks anew')
    return false
  }

  return async (fence: number, signal?: AbortSignal): Promise<TickResult> => {
    const result = { looked: 0, decided: 0, failed: 0 }
    await store.turnEpochs(fence).catch((error: unknown) => {
      result.failed += 1
      log.error({ err: error }, 'epochs were not turned')
    })
    const changes = await store.changes()
    const running = new Set(changes.map(({ id }) => id))
    for (const id of seen.keys()) if (!running.has(id)) seen.delete(id)
    for (const one of changes) {
      if (signal?.aborted) break
      const before = seen.get(one.id)
      if (before && unchanged(before, one)) {
        seen.set(one.id, seenOf(one, before.due))
        continue
      }
      seen.delete(one.id)
      result.looked += 1
      try {
        if (await look(one, fence)) result.decided += 1
      } catch (error) {
        result.failed += 1
        log.error({ err: error, experiment: one.key }, 'an experiment could not be looked at')
      }
    }
    const quiet = changes.filter(({ id }) => seen.has(id)).flatMap(({ awake }) => awake.filter((epoch) => epoch.quiet))
    if (quiet.length > 0 && !signal?.aborted) {
      await store.rest(fence, quiet).catch((error: unknown) => log.error({ err: error }, 'epochs were not laid to rest'))
    }
    await store.chainHeads(fence).catch((error: unknown) => log.error({ err: error }, 'the daily entry was not written'))
    return result
  }
}

import { analyze } from '../core/analyze/analyze.ts'
import { type DecidedAll, decideAll } from '../core/decide/decide-all.ts'
import { withDeliveries } from '../core/analyze/deliveries.ts'
import { dueAt } from '../core/decide/due.ts'
import type { Decision } from '../core/decide/decision.ts'
import { digestOfInput } from '../core/analyze/maturity.ts'
import { overtaken, rollbackIn } from '../core/decide/overtaken.ts'
import type { Report } from '../core/analyze/report.ts'
import type { Log } from '../deps.ts'
import type { EpochOf } from '../store/control/rest.ts'
import type { Changeable } from '../store/read/changes.ts'
import type { Reading } from '../store/read/moments.ts'
import { act, type ActStore } from './act.ts'
import { type ScheduleStore, startScheduled } from './scheduled.ts'

/** What a tick needs of the database; all of it refuses or answers 'stale' to an engine that leads no more. */
export type EngineStore = ActStore & ScheduleStore & {
  /** Roll the epochs whose time is over, seal those whose outcomes are all in, and let closed ones fade. */
  turnEpochs(fence: number): Promise<void>
  changes(): Promise<Changeable[]>
  /** Lay to rest quiet epochs that were looked at: they are read again only when they change. */
  rest(fence: number, quiet: readonly EpochOf[]): Promise<unknown>
  read(experiment: number): Promise<Reading | null>
  /** Once a day: an entry that names the last entry of every chain of the ledger. */
  chainHeads(fence: number): Promise<unknown>
  /** Keep a report; answers its id. */
  append(experiment: number, report: Report, digest: string): Promise<number>
  /** Judge champions by the limits of their models, and do what these say, and by what they were at first, which is told; keys of the models that either concerns. */
  watch(fence: number): Promise<string[]>
  /** Tell of versions that should be trained again; keys of their models. */
  retrain(fence: number): Promise<string[]>
  /** A look at everything is done, that took so long: the next one sees how long ago it began, and what came since then. */
  ticked(fence: number, tookMs: number): Promise<unknown>
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

/** What is kept says how its data came, too; this very look is the newest. */
const keptReportOf = (reading: Reading, report: Report): Report => withDeliveries(report, { ...reading, lagMs: 0, previous: { at: reading.now } })

export type TickOptions = {
  store: EngineStore
  log: Log
  /** Told after something was applied, so that nodes can fetch what is published. */
  applied?: (experiment: string, decision: number | null) => void
  /** How often a decision that lost a race is taken anew within one tick. */
  attempts?: number
  /** Milliseconds since some moment; the process's own clock unless told. */
  elapsed?: () => number
}

export type TickResult = { looked: number; decided: number; failed: number }

/**
 * One look at everything: epochs turn by the clock, drafts whose time has come start, then each experiment whose data
 * changed, or whose time has come, is read, analysed, decided and acted on. An ended one is analysed while its outcomes
 * count, and nothing is decided of it. What was looked at and is quiet comes to rest, so that a tick costs what changes,
 * not what there is. One experiment's failure never stops the others: it is logged and looked at again at the next tick.
 */
export const createTick = ({ store, log, applied = () => {}, attempts = 3, elapsed = () => performance.now() }: TickOptions) => {
  const seen = new Map<number, Seen>()

  /** Answers whether something was decided. A lost race is looked at afresh. */
  const look = async (one: Changeable, fence: number): Promise<boolean> => {
    let lost: { input: Reading; decision: Decision } | null = null
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const reading = await store.read(one.id)
      if (!reading) return false
      const analysis = analyze(reading)
      const late: DecidedAll | null = overtaken(reading.experiment, lost?.decision ?? null)
      const decided = late ?? decideAll(analysis)
      const digest = digestOfInput(reading)
      const kept =
        reading.previous?.digest === digest ? reading.previous.id : await store.append(one.id, keptReportOf(reading, analysis.report), digest)
      const outcome = await act({ store, log, applied }, { input: reading, analysis, kept, decided, lost: late && lost ? lost.input : null }, fence)
      if (outcome === 'stale') {
        const decision = late ? null : rollbackIn(decided)
        lost = decision ? { input: reading, decision } : lost
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
    const began = elapsed()
    await store.turnEpochs(fence).catch((error: unknown) => {
      result.failed += 1
      log.error({ err: error }, 'epochs were not turned')
    })
    const begun = await startScheduled({ store, log, applied }, fence, signal).catch((error: unknown) => {
      log.error({ err: error }, 'drafts were not looked at')
      return { decided: 0, failed: 1 }
    })
    result.decided += begun.decided
    result.failed += begun.failed
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
    const about = (models: Promise<string[]>, told: string, failed: string): Promise<void> => models.then(
      (keys) => keys.forEach((model) => {
        log.info({ model }, told)
        applied(model, null)
      }),
      (error: unknown) => log.error({ err: error }, failed),
    )
    if (!signal?.aborted) await about(store.watch(fence), 'a champion alarms its watch', 'champions could not be watched')
    // after the watch, which may just have found a cause
    if (!signal?.aborted) await about(store.retrain(fence), 'a version should be trained again', 'nobody could be told what to train again')
    if (!signal?.aborted) await store.ticked(fence, elapsed() - began).catch((error: unknown) => log.error({ err: error }, 'the tick was not noted'))
    return result
  }
}

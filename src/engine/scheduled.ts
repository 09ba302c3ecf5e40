import type { ExperimentFacts } from '../core/analyze/analysis-input.ts'
import type { Applied, Change } from '../core/decide/change.ts'
import type { DueStart, ScheduledInputs } from '../core/decide/inputs.ts'
import { scheduledStart } from '../core/decide/scheduled.ts'
import type { Context } from '../core/decide/wish.ts'
import type { Log } from '../deps.ts'
import { ServiceError } from '../errors.ts'

/** What starting drafts needs of the database. */
export type ScheduleStore = {
  dueStarts(): Promise<DueStart[]>
  context(experiment: ExperimentFacts): Promise<Context>
  apply(change: Change): Promise<Applied>
}

type Options = { store: ScheduleStore; log: Log; applied: (experiment: string, decision: number | null) => void }

/** The database knows of others that are under way what the plan does not. What it cannot answer now is no refusal. */
const isRefusal = (error: unknown): error is ServiceError => error instanceof ServiceError && error.status < 500

/**
 * Start the drafts whose time has come. Why one is not started becomes an entry when it is another reason than the one that
 * was told last; the next look tries again. Of two engines, or an engine and a person, the faster one starts it.
 */
export const startScheduled = async ({ store, log, applied }: Options, fence: number, signal?: AbortSignal): Promise<{ decided: number; failed: number }> => {
  const result = { decided: 0, failed: 0 }

  const write = async (inputs: ScheduledInputs, told: string | null): Promise<void> => {
    const change = scheduledStart(inputs)
    const account = change?.account
    if (!change || !account || (account.status === 'held' && account.reason === told)) return
    const done = await store.apply({ ...change, inputs, fence }).catch((error: unknown) => {
      if (account.status === 'held' || !isRefusal(error)) throw error
      return { refused: error.code, message: error.message }
    })
    if ('refused' in done) return write({ ...inputs, failure: done }, told)
    if (done.status === 'stale') return
    result.decided += 1
    log.info({ experiment: inputs.facts.key, action: 'start', status: account.status, decision: done.decision }, account.reason)
    if (account.status === 'applied') applied(inputs.facts.key, done.decision)
  }

  for (const { facts, now, told } of await store.dueStarts()) {
    if (signal?.aborted) break
    try {
      await write({ kind: 'scheduled', facts, now, context: await store.context(facts) }, told)
    } catch (error) {
      result.failed += 1
      log.error({ err: error, experiment: facts.key }, 'a draft could not be started at its time')
    }
  }
  return result
}

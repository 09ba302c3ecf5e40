import { Worker } from 'node:worker_threads'
import type { PowerPlan } from '../core/power/plan.ts'
import type { PowerRequest } from '../core/power/request.ts'
import { ServiceError } from '../errors.ts'
import type { Answered, Asked } from './planner-thread.ts'

export type Planner = {
  /** As `planPower`, on a thread of its own. Rejects with ServiceError; `unavailable` when too many wait. */
  plan(request: PowerRequest): Promise<PowerPlan>
  /** Those that wait are refused. */
  stop(): Promise<void>
}

/** Plans that may wait for their turn, at a tenth of a second or two each. */
const mostWaiting = 50

type Waiting = { answered(plan: PowerPlan): void; refused(error: Error): void }

const busy = (): ServiceError => new ServiceError('unavailable', 'too many plans are waiting', { retryAfterSeconds: 5 })

/**
 * Plans experiments one after the other on a thread, so that assignments never wait for integrals. The thread begins with
 * the first plan, holds no process open, and one that fails is replaced at the next.
 */
export const createPlanner = (): Planner => {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | null = null
  let last = 0
  let stopped = false

  const refuseAll = (error: Error): void => {
    for (const { refused } of waiting.values()) refused(error)
    waiting.clear()
  }
  const answered = (answer: Answered): void => {
    const one = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) thread?.unref()
    if ('plan' in answer) one?.answered(answer.plan)
    else if ('failed' in answer) one?.refused(new Error(answer.failed))
    else one?.refused(new ServiceError(answer.refused.code, answer.refused.message, { violations: answer.refused.violations }))
  }
  const begin = (): Worker => {
    const begun = new Worker(new URL(`./planner-thread${import.meta.url.slice(-3)}`, import.meta.url), { name: 'contender-planner' })
    begun.on('message', answered)
    begun.on('error', (error) => {
      if (thread === begun) thread = null
      refuseAll(error instanceof Error ? error : new Error(String(error)))
    })
    return begun
  }

  return {
    plan: (request) =>
      new Promise((resolve, reject) => {
        if (stopped || waiting.size >= mostWaiting) return reject(busy())
        thread ??= begin()
        thread.ref()
        last += 1
        waiting.set(last, { answered: resolve, refused: reject })
        thread.postMessage({ id: last, request } satisfies Asked, [])
      }),
    async stop() {
      stopped = true
      await thread?.terminate()
      refuseAll(new ServiceError('unavailable', 'the service is stopping', { retryAfterSeconds: 1 }))
    },
  }
}

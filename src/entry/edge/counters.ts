import { allowanceOf, allowArguments } from '../../counters/allow-script.ts'
import { createBuckets } from '../../counters/buckets.ts'
import { keys, shards } from '../../counters/keys.ts'
import { addObserved, addServed, nothingPending, writesOf } from '../../counters/pending.ts'
import { firstTouchSeconds } from '../../counters/port.ts'
import type { AssignCounters, Limits } from '../../deps.ts'
import { contextOrNull } from './context.ts'

/** Between two writes of what this isolate served, in milliseconds. */
const flushMs = 1_000

export type EdgeCounters = AssignCounters & Pick<Limits, 'allow'> & {
  /** Behind an answer: write what was served and called since the last time, if it is time. */
  flush(): Promise<void>
  /** Tell nodes that listen; others find out by themselves. */
  publish(version: number): Promise<void>
}

/**
 * Redis through the connection of the request at hand. Increments are added up between requests, as plain numbers;
 * one request a second writes them.
 */
export const createEdgeCounters = (now: () => number): EdgeCounters => {
  let pending = nothingPending()
  let flushed = -Infinity
  /** Where no Redis is shared each isolate limits by itself, and there may be many. */
  const alone = createBuckets()

  return {
    served: (experiment, variant) => addServed(pending, experiment, variant),
    called: (experiment, arm, failed) => addObserved(pending, experiment, arm, 1, failed ? 1 : 0, now()),
    async firstTouch(experiment, unit, variant) {
      const redis = contextOrNull()?.redis()
      if (!redis) return null
      const known = await redis
        .call('SET', keys.firstTouch(experiment, unit), String(variant), 'NX', 'GET', 'EX', String(firstTouchSeconds))
        .catch(() => undefined)
      if (known === undefined) return null
      return known === null ? variant : Number(known)
    },
    async allow(caller, { perSecond, burst }) {
      const asked = [caller, perSecond, burst, now()] as const
      const answer = await contextOrNull()?.redis()?.call('EVAL', ...allowArguments(...asked)).catch(() => null)
      return answer ? allowanceOf(answer) : alone.allow(...asked)
    },
    async flush() {
      if (pending.served.size + pending.observed.size === 0 || now() - flushed < flushMs) return
      const redis = contextOrNull()?.redis()
      if (!redis) return
      flushed = now()
      const writes = writesOf(pending, Math.floor(Math.random() * shards))
      pending = nothingPending()
      await Promise.allSettled(
        writes.flatMap(({ key, fields, seconds }) => [
          ...fields.map(([field, by]) => redis.call('HINCRBY', key, field, String(by))),
          redis.call('EXPIRE', key, String(seconds)),
        ]),
      )
    },
    async publish(version) {
      await contextOrNull()?.redis()?.call('PUBLISH', keys.publication, String(version))
    },
  }
}

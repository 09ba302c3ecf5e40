import { allowanceOf, allowArguments } from '../../counters/allow-script.ts'
import { createBuckets } from '../../counters/buckets.ts'
import { keys, shards } from '../../counters/keys.ts'
import { addObserved, addServed, nothingPending, writesOf } from '../../counters/pending.ts'
import { firstTouchSeconds, lastSlots, type Slot, slotMs } from '../../counters/port.ts'
import type { AssignCounters, Limits } from '../../deps.ts'
import { contextOrNull } from './context.ts'

/** Between two writes of what this isolate served, in milliseconds. */
const flushMs = 1_000
/** How long Redis has for what nobody waits for, in milliseconds: counts behind an answer, and the engine's look. */
const behindMs = 500

export type EdgeCounters = AssignCounters & Pick<Limits, 'allow'> & {
  /** Behind an answer: write what was served and called since the last time, if that is `leastMs` ago; a second unless told. */
  flush(leastMs?: number): Promise<void>
  /** For the engine: the calls of the last minute by arm, and all answers given by variant; null where Redis is away. */
  recent(experiment: number, arms: number): Promise<Slot[] | null>
  servedCounts(experiment: number): Promise<number[] | null>
  /** Tell nodes that listen; others find out by themselves. */
  publish(version: number): Promise<void>
}

/** Hashes of numbers; null where one of them cannot be read. */
const hashes = async (names: readonly string[]): Promise<Map<string, number>[] | null> => {
  const redis = contextOrNull()?.redis()
  if (!redis) return null
  try {
    return await Promise.all(names.map(async (name) => {
      const flat = (await redis.ask(behindMs, 'HGETALL', name)) as string[]
      return new Map(Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, Number(flat[2 * index + 1])]))
    }))
  } catch {
    return null
  }
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
    async flush(leastMs = flushMs) {
      if (pending.served.size + pending.observed.size === 0 || now() - flushed < leastMs) return
      const redis = contextOrNull()?.redis()
      if (!redis) return
      flushed = now()
      const writes = writesOf(pending, Math.floor(Math.random() * shards))
      pending = nothingPending()
      await Promise.allSettled(
        writes.flatMap(({ key, fields, seconds }) => [
          ...fields.map(([field, by]) => redis.ask(behindMs, 'HINCRBY', key, field, String(by))),
          redis.ask(behindMs, 'EXPIRE', key, String(seconds)),
        ]),
      )
    },
    async recent(experiment, arms) {
      const slots = lastSlots(now())
      const read = await hashes(slots.map((slot) => keys.slot(experiment, slot)))
      return read && slots.map((slot, index) => {
        const of = (field: string): number => read[index]?.get(field) ?? 0
        return { start: slot * slotMs, arms: Array.from({ length: arms }, (_, arm) => ({ calls: of(`${arm}:calls`), errors: of(`${arm}:errors`) })) }
      })
    },
    async servedCounts(experiment) {
      const read = await hashes(Array.from({ length: shards }, (_, shard) => keys.served(experiment, shard)))
      if (read === null) return null
      const counts: number[] = []
      for (const [variant, count] of read.flatMap((one) => [...one])) counts[Number(variant)] = (counts[Number(variant)] ?? 0) + count
      return Array.from(counts, (count) => count ?? 0)
    },
    async publish(version) {
      await contextOrNull()?.redis()?.call('PUBLISH', keys.publication, String(version))
    },
  }
}

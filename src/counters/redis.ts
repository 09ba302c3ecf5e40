import { allowanceOf, allowArguments } from './allow-script.ts'
import { createBuckets } from './buckets.ts'
import { createGuard } from './guard.ts'
import { keys, shards } from './keys.ts'
import { createListeners } from './listeners.ts'
import { type Allowance, type Counters, lastSlots, type Slot, slotMs } from './port.ts'
import { connectRedis } from './redis-client.ts'
import { listenTo } from './redis-subscriber.ts'
import { createWriter } from './redis-writer.ts'

/** Set to ARGV[2] when it holds ARGV[1] or nothing; answers what it holds now. One key, so one cluster slot. */
const reassignScript = `
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]`

export type RedisCountersOptions = {
  /** One URL, or the nodes of a cluster separated by commas. */
  url: string
  /** Told of every failure; the caller decides what to log. */
  observe?: (error: unknown) => void
  /** Longest wait for an answer, in milliseconds: 25 unless said, plus 3 for what the driver does not time. */
  budgetMs?: number
}

/**
 * Counters shared by all nodes through Redis, single or Cluster. Connects by itself, now and after every loss, and
 * keeps nothing that depends on which server it finds: scripts are sent whole.
 */
export const createRedisCounters = ({ url, observe = () => {}, budgetMs = 25 }: RedisCountersOptions): Counters => {
  const client = connectRedis(url, budgetMs)
  const guard = createGuard(budgetMs + 3, observe)
  const listeners = createListeners(observe)
  /** Limits of this process, while nobody shares them. */
  const alone = createBuckets()
  let stopListening: (() => void) | undefined

  /** While the first connection is made, calls wait for it, within their bound. */
  let opening: Promise<void> | undefined = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.once('close', () => reject(new Error('no connection')))
  }).finally(() => {
    opening = undefined
  })
  opening.catch(() => {})
  client.on('error', observe)
  client.on('ready', guard.up)
  client.on('close', guard.down)

  const bounded = <T>(work: () => Promise<T>, fallback: T, limitMs?: number): Promise<T> =>
    guard.bounded(() => (opening ? opening.then(work) : work()), fallback, limitMs)
  const writer = createWriter(client, bounded)

  return {
    served: writer.served,
    observe: writer.observe,
    dropped: writer.dropped,
    servedCounts: (experiment) =>
      bounded<number[] | null>(async () => {
        const parts = await Promise.all(
          Array.from({ length: shards }, (_, shard) => client.hgetall(keys.served(experiment, shard))),
        )
        const counts: number[] = []
        for (const [variant, count] of parts.flatMap((part) => Object.entries(part))) {
          counts[Number(variant)] = (counts[Number(variant)] ?? 0) + Number(count)
        }
        return Array.from(counts, (count) => count ?? 0)
      }, null),
    firstTouch: (experiment, unit, candidate, ttlSeconds) =>
      bounded<number | null>(async () => {
        const key = keys.firstTouch(experiment, unit)
        const known = await client.call('SET', key, String(candidate), 'NX', 'GET', 'EX', String(ttlSeconds))
        return known === null ? candidate : Number(known)
      }, null),
    reassign: (experiment, unit, from, to, ttlSeconds) =>
      bounded<number | null>(
        async () => {
          const key = keys.firstTouch(experiment, unit)
          return Number(await client.eval(reassignScript, 1, key, from, to, ttlSeconds))
        },
        null,
      ),
    recent: (experiment, arms, now) =>
      bounded<Slot[] | null>(
        () =>
          Promise.all(
            lastSlots(now).map(async (slot) => {
              const counts = await client.hgetall(keys.slot(experiment, slot))
              const of = (field: string): number => Number(counts[field] ?? 0)
              return {
                start: slot * slotMs,
                arms: Array.from({ length: arms }, (_, arm) => ({ calls: of(`${arm}:calls`), errors: of(`${arm}:errors`) })),
              }
            }),
          ),
        null,
      ),
    async allow(key, ratePerSecond, burst, now) {
      const shared = await bounded<Allowance | null>(async () => {
        const [script, , name, ...values] = allowArguments(key, ratePerSecond, burst, now)
        return allowanceOf(await client.eval(script, 1, name!, ...values))
      }, null)
      return shared ?? alone.allow(key, ratePerSecond, burst, now)
    },
    async publish(version) {
      await bounded<unknown>(() => client.publish(keys.publication, String(version)), null)
    },
    subscribe(listener) {
      stopListening ??= listenTo(url, keys.publication, (message) => listeners.tell(Number(message)), observe)
      return listeners.add(listener)
    },
    health: guard.health,
    async close() {
      await writer.close()
      listeners.clear()
      stopListening?.()
      client.disconnect()
    },
  }
}

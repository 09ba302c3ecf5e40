import { createGuard } from './guard.ts'
import { keys, shards } from './keys.ts'
import { addObserved, addServed, nothingPending } from './pending.ts'
import { type Allowance, type Counters, slotMs, slotsPerWindow } from './port.ts'
import { connectRedis, connectSubscriber } from './redis-client.ts'

const flushMs = 100

/** Set to ARGV[2] when it holds ARGV[1] or nothing; answers what it holds now. One key, so one cluster slot. */
const reassignScript = `
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[1] then return now end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]`

/** The same arithmetic as gcra.ts: [allowed, milliseconds to wait]. */
const allowScript = `
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local earliest = arrival - (burst - 1) * interval
if now < earliest then return {0, math.ceil(earliest - now)} end
redis.call('SET', KEYS[1], arrival + interval, 'PX', math.ceil(arrival + interval - now) + 1000)
return {1, 0}`

export type RedisCountersOptions = {
  /** One URL, or the nodes of a cluster separated by commas. */
  url: string
  /** Told of every failure; the caller decides what to log. */
  observe?: (error: unknown) => void
}

/** Counters shared by all nodes through Redis, single or Cluster. Connects by itself, now and after every loss. */
export const createRedisCounters = ({ url, observe = () => {} }: RedisCountersOptions): Counters => {
  const client = connectRedis(url)
  client.on('error', observe)
  const guard = createGuard(observe)
  const listeners = new Set<(version: number) => void>()
  let subscriber: ReturnType<typeof connectSubscriber> | undefined
  let pending = nothingPending()
  let timer: ReturnType<typeof setTimeout> | undefined
  const shard = Math.floor(Math.random() * shards)

  /** Best effort: what a lost server does not take is gone. Commands go one by one, as a cluster wants them. */
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const { served, observed } = pending
    pending = nothingPending()
    if (served.size + observed.size === 0) return
    await guard.bounded(async () => {
      const writes = [
        ...[...served.values()].map(({ experiment, variant, count }) =>
          client.hincrby(keys.served(experiment, shard), String(variant), count),
        ),
        ...[...observed.values()].flatMap(({ experiment, variant, slot, calls, errors }) => {
          const key = keys.slot(experiment, slot)
          return [
            client.hincrby(key, `${variant}:calls`, calls),
            ...(errors > 0 ? [client.hincrby(key, `${variant}:errors`, errors)] : []),
            client.pexpire(key, 2 * slotMs * slotsPerWindow),
          ]
        }),
      ]
      const results = await Promise.allSettled(writes)
      const failure = results.find((result) => result.status === 'rejected')
      if (failure) throw failure.reason
    }, undefined)
  }
  const schedule = (): void => {
    if (timer) return
    timer = setTimeout(() => void flush(), flushMs)
    timer.unref?.()
  }

  return {
    served(experiment, variant) {
      addServed(pending, experiment, variant)
      schedule()
    },
    servedCounts: (experiment) =>
      guard.bounded<number[] | null>(async () => {
        const parts = await Promise.all(
          Array.from({ length: shards }, (_, index) => client.hgetall(keys.served(experiment, index))),
        )
        const counts: number[] = []
        for (const part of parts) {
          for (const [variant, count] of Object.entries(part)) counts[Number(variant)] = (counts[Number(variant)] ?? 0) + Number(count)
        }
        return Array.from(counts, (count) => count ?? 0)
      }, null),
    firstTouch: (experiment, unit, candidate, ttlSeconds) =>
      guard.bounded<number | null>(async () => {
        const known = await client.call('SET', keys.firstTouch(experiment, unit), String(candidate), 'NX', 'GET', 'EX', String(ttlSeconds))
        return known === null ? candidate : Number(known)
      }, null),
    reassign: (experiment, unit, from, to, ttlSeconds) =>
      guard.bounded<number | null>(
        async () => Number(await client.eval(reassignScript, 1, keys.firstTouch(experiment, unit), from, to, ttlSeconds)),
        null,
      ),
    observe(experiment, variant, calls, errors, now) {
      addObserved(pending, experiment, variant, calls, errors, now)
      schedule()
    },
    window: (experiment, variants, now) =>
      guard.bounded<{ calls: number; errors: number }[] | null>(async () => {
        const latest = Math.floor(now / slotMs)
        const slots = await Promise.all(
          Array.from({ length: slotsPerWindow }, (_, index) => client.hgetall(keys.slot(experiment, latest - index))),
        )
        const sum = (field: string): number => slots.reduce((total, slot) => total + Number(slot[field] ?? 0), 0)
        return Array.from({ length: variants }, (_, variant) => ({ calls: sum(`${variant}:calls`), errors: sum(`${variant}:errors`) }))
      }, null),
    allow: (key, ratePerSecond, burst, now) =>
      guard.bounded<Allowance>(async () => {
        const [allowed, waitMs] = (await client.eval(allowScript, 1, keys.rate(key), now, 1_000 / ratePerSecond, burst)) as [number, number]
        return allowed === 1 ? { allowed: true } : { allowed: false, retryAfterSeconds: Math.ceil(waitMs / 1_000) }
      }, { allowed: true }),
    async publish(version) {
      await guard.bounded<unknown>(() => client.publish(keys.publication, String(version)), null)
    },
    subscribe(listener) {
      if (!subscriber) {
        subscriber = connectSubscriber(url)
        subscriber.on('error', observe)
        subscriber.on('message', (_channel: string, message: string) => {
          for (const each of listeners) each(Number(message))
        })
        subscriber.subscribe(keys.publication).catch(observe)
      }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    health: guard.health,
    async close() {
      await flush()
      listeners.clear()
      subscriber?.disconnect()
      client.disconnect()
    },
  }
}

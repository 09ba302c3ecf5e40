import { createBuckets } from './buckets.ts'
import { createListeners } from './listeners.ts'
import { type Counters, lastSlots, slotMs, slotsPerWindow, type Window } from './port.ts'
import { remember } from './remember.ts'

const maxUnits = 200_000
const maxKeys = 10_000

/** Counters of one process, bounded in memory. First touches live until 200,000 used since, or their time to live. */
export const createMemoryCounters = (clock: () => number = Date.now): Counters => {
  const served = new Map<number, number[]>()
  const touches = new Map<string, { variant: number; until: number }>()
  const slots = new Map<string, Map<number, Window>>()
  const buckets = createBuckets()
  const listeners = createListeners()

  /** What the unit has, and it becomes the most recently used. */
  const touched = (key: string): number | undefined => {
    const touch = touches.get(key)
    if (!touch || touch.until <= clock()) return undefined
    remember(touches, key, touch, maxUnits)
    return touch.variant
  }
  const touch = (key: string, variant: number, ttlSeconds: number): number => {
    remember(touches, key, { variant, until: clock() + ttlSeconds * 1_000 }, maxUnits)
    return variant
  }

  return {
    served(experiment, variant) {
      const counts = served.get(experiment) ?? []
      counts[variant] = (counts[variant] ?? 0) + 1
      remember(served, experiment, counts, maxKeys)
    },
    servedCounts: async (experiment) => Array.from(served.get(experiment) ?? [], (count) => count ?? 0),
    async firstTouch(experiment, unit, candidate, ttlSeconds) {
      const key = `${unit}:${experiment}`
      return touched(key) ?? touch(key, candidate, ttlSeconds)
    },
    async reassign(experiment, unit, from, to, ttlSeconds) {
      const key = `${unit}:${experiment}`
      const now = touched(key)
      return now === undefined || now === from ? touch(key, to, ttlSeconds) : now
    },
    observe(experiment, arm, calls, errors, now) {
      const slot = Math.floor(now / slotMs)
      const key = `${experiment}:${arm}`
      const windows = slots.get(key) ?? new Map<number, Window>()
      const window = windows.get(slot) ?? { calls: 0, errors: 0 }
      windows.set(slot, { calls: window.calls + calls, errors: window.errors + errors })
      for (const old of windows.keys()) if (old <= slot - slotsPerWindow) windows.delete(old)
      remember(slots, key, windows, maxKeys)
    },
    recent: async (experiment, arms, now) =>
      lastSlots(now).map((slot) => ({
        start: slot * slotMs,
        arms: Array.from({ length: arms }, (_, arm) => ({ calls: 0, errors: 0, ...slots.get(`${experiment}:${arm}`)?.get(slot) })),
      })),
    allow: async (key, ratePerSecond, burst, now) => buckets.allow(key, ratePerSecond, burst, now),
    async publish(version) {
      listeners.tell(version)
    },
    subscribe: listeners.add,
    health: () => 'ok',
    dropped: () => 0,
    async close() {
      listeners.clear()
    },
  }
}

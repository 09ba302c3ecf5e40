import { keys } from './keys.ts'
import { slotMs, slotsPerWindow, type Window } from './port.ts'

/** Increments collected between two flushes; bounded, since keys are experiments × variants × slots. */
export type Pending = {
  served: Map<string, { experiment: number; variant: number; count: number }>
  observed: Map<string, { experiment: number; variant: number; slot: number } & Window>
}

const maxEntries = 10_000

/** Seconds that counts of served assignments outlive the last one: 90 days. */
const servedSeconds = 90 * 86_400

export const nothingPending = (): Pending => ({ served: new Map(), observed: new Map() })

/** False when there is no room for it. */
export const addServed = ({ served }: Pending, experiment: number, variant: number): boolean => {
  const key = `${experiment}:${variant}`
  const entry = served.get(key)
  if (entry) entry.count++
  else if (served.size < maxEntries) served.set(key, { experiment, variant, count: 1 })
  else return false
  return true
}

/** False when there is no room for it. */
export const addObserved = (
  { observed }: Pending, experiment: number, variant: number, calls: number, errors: number, now: number,
): boolean => {
  const slot = Math.floor(now / slotMs)
  const key = `${experiment}:${variant}:${slot}`
  const entry = observed.get(key)
  if (entry) {
    entry.calls += calls
    entry.errors += errors
  } else if (observed.size < maxEntries) observed.set(key, { experiment, variant, slot, calls, errors })
  else return false
  return true
}

/** One hash to add to: `fields` with their increments, and for how many seconds the hash is then kept. */
export type HashWrite = { key: string; fields: [field: string, by: number][]; seconds: number; increments: number }

/** What is pending as writes, one a hash. `shard` says where served assignments are counted this time. */
export const writesOf = ({ served, observed }: Pending, shard: number): HashWrite[] => {
  const writes = new Map<string, HashWrite>()
  const add = (key: string, seconds: number, increments: number, ...fields: [string, number][]): void => {
    const write = writes.get(key) ?? { key, fields: [], seconds, increments: 0 }
    write.fields.push(...fields.filter(([, by]) => by !== 0))
    write.increments += increments
    writes.set(key, write)
  }
  for (const { experiment, variant, count } of served.values()) {
    add(keys.served(experiment, shard), servedSeconds, count, [String(variant), count])
  }
  for (const { experiment, variant, slot, calls, errors } of observed.values()) {
    const key = keys.slot(experiment, slot)
    add(key, (2 * slotMs * slotsPerWindow) / 1_000, calls, [`${variant}:calls`, calls], [`${variant}:errors`, errors])
  }
  return [...writes.values()]
}

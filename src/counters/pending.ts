import { slotMs, type Window } from './port.ts'

/** Increments collected between two flushes; both maps stay small because keys are experiments × variants × slots. */
export type Pending = {
  served: Map<string, { experiment: number; variant: number; count: number }>
  observed: Map<string, { experiment: number; variant: number; slot: number } & Window>
}

const maxEntries = 10_000

export const nothingPending = (): Pending => ({ served: new Map(), observed: new Map() })

export const addServed = ({ served }: Pending, experiment: number, variant: number): void => {
  const key = `${experiment}:${variant}`
  const entry = served.get(key)
  if (entry) entry.count++
  else if (served.size < maxEntries) served.set(key, { experiment, variant, count: 1 })
}

export const addObserved = (
  { observed }: Pending, experiment: number, variant: number, calls: number, errors: number, now: number,
): void => {
  const slot = Math.floor(now / slotMs)
  const key = `${experiment}:${variant}:${slot}`
  const entry = observed.get(key)
  if (entry) {
    entry.calls += calls
    entry.errors += errors
  } else if (observed.size < maxEntries) observed.set(key, { experiment, variant, slot, calls, errors })
}

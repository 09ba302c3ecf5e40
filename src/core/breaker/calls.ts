/** Calls of one arm, and how many of them failed. */
export type Calls = { calls: number; errors: number }

/** A stretch of time from `start` on (milliseconds): the calls of each variant by ordinal, then of what stands in for the control. */
export type Slot = { start: number; arms: readonly Calls[] }

/** Calls that are enough to judge by. */
export const fewestCalls = 20
/** The share of failed calls from which on an arm fails. */
export const failingRate = 0.5

/** Slots in which the calls of `arm` are counted with those of another, `to`; the arms after it move up. */
export const joined = (slots: readonly Slot[], { arm, to }: { arm: number; to: number }): Slot[] =>
  slots.map(({ start, arms }) => {
    const [one, other] = [arms[to], arms[arm]]
    const sum = { calls: (one?.calls ?? 0) + (other?.calls ?? 0), errors: (one?.errors ?? 0) + (other?.errors ?? 0) }
    return { start, arms: arms.with(to, sum).toSpliced(arm, 1) }
  })

/** Failed calls among all, 0 without any. */
export const rateOf = ({ calls, errors }: Calls): number => (calls === 0 ? 0 : errors / calls)

/** Do calls fail, judged by at least so many of them? */
export const isFailing = (seen: Calls, least = fewestCalls): boolean => seen.calls >= least && rateOf(seen) >= failingRate

/**
 * The calls of an arm in the slots that lie after `since` as a whole, milliseconds: the slot in which something changed
 * holds calls of before.
 */
export const callsSince = (slots: readonly Slot[], arm: number, since: number): Calls => {
  const sum = { calls: 0, errors: 0 }
  for (const { start, arms } of slots) {
    const seen = arms[arm]
    if (!seen || start < since) continue
    sum.calls += seen.calls
    sum.errors += seen.errors
  }
  return sum
}

/** Calls a minute of an arm, from its first slot with any until `now`; at least five seconds of them. */
export const callsPerMinute = (slots: readonly Slot[], arm: number, since: number, now: number): number => {
  const busy = slots.filter(({ start, arms }) => start >= since && (arms[arm]?.calls ?? 0) > 0)
  const first = Math.min(now, ...busy.map(({ start }) => start))
  return (callsSince(slots, arm, since).calls * 60_000) / Math.max(5_000, now - first)
}

/** Is there anything that a breaker may have to act on? Cheap, so that quiet experiments are not even read. */
export const anyFails = (slots: readonly Slot[], arms: number): boolean =>
  Array.from({ length: arms }, (_, arm) => callsSince(slots, arm, -Infinity)).some((seen) => isFailing(seen))

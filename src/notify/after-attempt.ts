import type { AttemptResult } from '../core/tell/notification.ts'

const minute = 60_000
const hour = 60 * minute

/** Milliseconds after each failed attempt until the next: nine retries over some 75 hours, as Standard Webhooks advise. */
export const retryDelays: readonly number[] = [
  5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour,
]

/** Milliseconds that a Retry-After asks for, in seconds or as a date; null when it asks for nothing. */
export const retryAfterMs = (header: string | undefined, now: number): number | null => {
  if (header === undefined) return null
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isFinite(ms) && ms > 0 ? ms : null
}

/** What came back from one attempt. */
export type Attempt = {
  result: Exclude<AttemptResult, 'sending' | 'unknown'>
  ms: number
  status: number | null
  error: string | null
  /** How the answer's body began. */
  response: string | null
  /** What the receiver asked for, in milliseconds. */
  retryAfterMs: number | null
}

/** What happens to a delivery after an attempt. */
export type Next = { state: 'delivered' } | { state: 'failed' } | { state: 'waiting'; inMs: number }

/**
 * When to try again, if at all. Delays vary by a fifth to either side, so that receivers are not hit by everything at
 * once when they are back; one that asks for more time gets it, a day at most. An attempt that our own end cut short
 * is made again soon and does not count against the receiver.
 *
 * @param tries  attempts so far, this one included
 * @param random in [0, 1)
 */
export const afterAttempt = (
  { result, retryAfterMs: asked }: Pick<Attempt, 'result' | 'retryAfterMs'>,
  tries: number,
  random: number,
  delays: readonly number[] = retryDelays,
): Next => {
  if (result === 'delivered') return { state: 'delivered' }
  if (result === 'interrupted') return { state: 'waiting', inMs: 0 }
  const delay = delays[tries - 1]
  if (delay === undefined) return { state: 'failed' }
  return { state: 'waiting', inMs: Math.round(Math.max(delay * (0.8 + 0.4 * random), Math.min(asked ?? 0, 24 * hour))) }
}

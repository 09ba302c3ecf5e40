import type { Allowance } from './port.ts'

/**
 * Generic cell rate algorithm: one number per key, the theoretical arrival time (ms). Returns the decision and the
 * number to keep. Source: ITU-T I.371 annex A, virtual scheduling.
 */
export const gcra = (
  arrival: number | undefined,
  ratePerSecond: number,
  burst: number,
  now: number,
): { allowance: Allowance; arrival: number } => {
  const interval = 1_000 / ratePerSecond
  const theoretical = Math.max(arrival ?? now, now)
  const earliest = theoretical - (burst - 1) * interval
  if (now < earliest) {
    const retryAfterSeconds = Math.ceil((earliest - now) / 1_000)
    return { allowance: { allowed: false, retryAfterSeconds }, arrival: theoretical }
  }
  return { allowance: { allowed: true }, arrival: theoretical + interval }
}

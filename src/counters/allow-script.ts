import { keys } from './keys.ts'
import type { Allowance } from './port.ts'

/** The same arithmetic as gcra.ts: [allowed, milliseconds to wait]. */
const script = `
local now, interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local earliest = arrival - (burst - 1) * interval
if now < earliest then return {0, math.ceil(earliest - now)} end
redis.call('SET', KEYS[1], arrival + interval, 'PX', math.ceil(arrival + interval - now) + 1000)
return {1, 0}`

/** The arguments of EVAL for one call of the rate limit; one key, so one cluster slot. */
export const allowArguments = (key: string, ratePerSecond: number, burst: number, now: number): [script: string, ...rest: string[]] => [
  script, '1', keys.rate(key), String(now), String(1_000 / ratePerSecond), String(burst),
]

/** What the script answered. */
export const allowanceOf = (answer: unknown): Allowance => {
  const [allowed, waitMs] = answer as [number, number]
  return allowed === 1 ? { allowed: true } : { allowed: false, retryAfterSeconds: Math.ceil(waitMs / 1_000) }
}

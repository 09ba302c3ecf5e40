import type { Analysis, Condition } from '../analyze/analysis.ts'
import { requireDurationMs } from '../define/duration.ts'
import { span } from '../describe/wording.ts'

/**
 * How many times the data of now it takes until a range ends short of a boundary, if the estimate stays and the range
 * narrows by the root of its data; 1 where it does already, null where the estimate lies beyond the boundary.
 *
 * @param room  from the estimate to the boundary
 * @param reach from the estimate to the end of the range on that side, not negative
 */
export const timesNeeded = (room: number | null, reach: number | null): number | null => {
  if (room === null || reach === null || !(room > 0)) return null
  return Math.max(1, (reach / room) ** 2)
}

/** Milliseconds until an unmet condition is met, if all goes on as it did; null where nothing foretells it. */
const waitMs = ({ input, matured }: Pick<Analysis, 'input' | 'matured'>, { kind, times, waitMs: known }: Condition): number | null => {
  if (known !== undefined) return known
  const { definition: { policy }, startedAt } = input.experiment
  const first = input.epochs[0]
  const ageMs = first ? input.now.getTime() - first.startedAt.getTime() : 0
  if (kind === 'duration') return startedAt === null ? null : startedAt.getTime() + requireDurationMs(policy.minDuration) - input.now.getTime()
  if (kind === 'units') {
    const least = Math.min(...matured.filter((units) => units > 0))
    return Number.isFinite(least) ? (policy.minUnits / least - 1) * ageMs : null
  }
  return times === null || times === undefined ? null : (times - 1) * ageMs
}

/** "about 3 days, if all goes on as it did"; null for what is met, or cannot be foreseen. */
export const waitOf = (analysis: Pick<Analysis, 'input' | 'matured'>, condition: Condition): string | null => {
  if (condition.met) return null
  const { definition: { policy }, startedAt } = analysis.input.experiment
  const ms = waitMs(analysis, condition)
  if (ms === null || !(ms > 0) || !Number.isFinite(ms)) return null
  const leftMs = startedAt === null ? Infinity : startedAt.getTime() + requireDurationMs(policy.maxDuration) - analysis.input.now.getTime()
  return ms > leftMs ? 'longer than it may run, at this pace' : `about ${roughly(ms)}, at this pace`
}

/** Rough waits are told roughly: whole hours and days. */
const roughly = (ms: number): string => {
  const unit = [86_400_000, 3_600_000, 60_000].find((one) => ms >= 2 * one) ?? 60_000
  return span(Math.max(1, Math.ceil(ms / unit)) * unit)
}

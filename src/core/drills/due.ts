import type { FreezeWindow } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import { frozenAt } from '../define/freeze-windows.ts'
import { type DrillPolicy, type DrillType, drillTypes } from './drill.ts'

/** An experiment under way, as far as drills go. */
export type Wishes = { drills: DrillPolicy | null; freeze: readonly FreezeWindow[] }

/** How drills of a type went: the last that passed, and the last of all that ended. */
export type History = { type: DrillType; passedAt: Date | null; last: { state: 'passed' | 'failed' | 'abandoned'; at: Date } | null }

const hourMs = 3_600_000
/** One that did not pass is tried again after so long. */
const retryMs = { passed: 0, failed: 24 * hourMs, abandoned: hourMs }
/** The part of `every` after which the next one is due, so that it is over in time. */
const early = 0.9

/**
 * The drill that is to be started now, if any: one that somebody's policy wants and that is old, or never passed. None
 * while anything under way is in a freeze window.
 */
export const dueDrill = (underWay: readonly Wishes[], history: readonly History[], now: Date): DrillType | null => {
  if (underWay.some(({ freeze }) => frozenAt(freeze, now) !== null)) return null
  return drillTypes.find((type) => {
    const wanted = underWay.flatMap(({ drills }) => (drills?.types.includes(type) ? [requireDurationMs(drills.every)] : []))
    if (wanted.length === 0) return false
    const every = Math.min(...wanted)
    const { passedAt = null, last = null } = history.find((one) => one.type === type) ?? {}
    const age = (at: Date): number => now.getTime() - at.getTime()
    if (last && last.state !== 'passed' && age(last.at) < Math.min(every, retryMs[last.state])) return false
    return passedAt === null || last?.state === 'failed' || age(passedAt) >= early * every
  }) ?? null
}

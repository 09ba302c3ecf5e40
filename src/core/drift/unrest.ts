import type { Detected } from '../analyze/degradation.ts'
import { dayMs } from '../analyze/generations.ts'
import type { BanditStage } from '../define/definitions.ts'
import { requireDurationMs } from '../define/duration.ts'
import type { Drifting } from './drifts.ts'

/** At which age data counts half once the world has changed, and for how long every variant gets more than before. */
const afterAlarmMs = 7 * dayMs

/** Twice the floor and at least this, but never more than half of what is each one's equal share. */
const leastFloor = 0.05

/**
 * When drift or a degradation alarmed last, milliseconds since 1970; null where neither ever did in this scope.
 */
export const lastAlarmAt = (drifting: readonly Drifting[], detectors: readonly Pick<Detected, 'alarmedAt'>[]): number | null => {
  const times = [
    ...drifting.flatMap(({ track }) => (track.alarmedAt === null ? [] : [Date.parse(track.alarmedAt)])),
    ...detectors.flatMap(({ alarmedAt }) => (alarmedAt === null ? [] : [alarmedAt])),
  ]
  return times.length === 0 ? null : Math.max(...times)
}

/** What a bandit forgets by: after an alarm what is older than it must not come back, so that it stays so. Milliseconds; null never forgets. */
export const halfLifeAfter = ({ halfLife }: Pick<BanditStage, 'halfLife'>, alarmedAt: number | null): number | null => {
  const own = halfLife === null ? null : Math.max(1, requireDurationMs(halfLife))
  return alarmedAt === null ? own : Math.min(own ?? Infinity, afterAlarmMs)
}

/** The floor for a week after an alarm: what was learnt may hold no more, and a variant without traffic teaches nothing. */
export const floorAfter = (floor: number, arms: number, alarmedAt: number | null, now: number): number =>
  alarmedAt === null || now >= alarmedAt + afterAlarmMs ? floor
    : Math.max(floor, Math.min(Math.max(2 * floor, leastFloor), 1 / (2 * Math.max(1, arms))))

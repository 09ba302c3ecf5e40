import type { AnalysisInput } from './analysis-input.ts'
import { banditOf } from './bandit-stage.ts'
import { requireDurationMs } from './duration.ts'
import { intervalMs, movedAt } from './plan-allocation.ts'
import { clockTurnsAt } from './turn-epoch.ts'

/** When a bandit may move again, and when its epoch is over. */
const banditTimes = (input: AnalysisInput): number[] => {
  const stage = banditOf(input.experiment)
  const moved = movedAt(input.epochs)
  const { state, definition } = input.experiment
  if (!stage || !moved || (state !== 'running' && state !== 'paused')) return []
  return [moved.getTime() + intervalMs(stage, definition.policy.maxDuration), clockTurnsAt(input)]
}

/**
 * When time alone may change what is said or decided next: an epoch matures, the minimum duration is over, the one
 * planned for a look, or the longest. Nothing is decided of an experiment that has ended.
 * Milliseconds since 1970; Infinity when only new data can change anything.
 */
export const dueAt = (input: AnalysisInput): number => {
  const { experiment, epochs, now } = input
  const { startedAt, definition, state } = experiment
  const { policy, window } = definition
  if (startedAt === null) return Infinity
  const windowMs = requireDurationMs(window)
  const ends =
    windowMs === 0 ? [] : epochs.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt.getTime() + windowMs]))
  const durations =
    state === 'running' || state === 'paused' ? [policy.minDuration, policy.maxDuration, policy.plannedDuration] : []
  const limits = durations.flatMap((limit) =>
    limit === undefined ? [] : [startedAt.getTime() + requireDurationMs(limit)],
  )
  return Math.min(Infinity, ...[...ends, ...limits, ...banditTimes(input)].filter((at) => at > now.getTime()))
}

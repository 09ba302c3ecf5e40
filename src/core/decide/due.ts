import type { AnalysisInput } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import { isUnderWay } from '../define/definitions.ts'
import { drillTimes } from '../drills/standing.ts'
import { dayEndsAt } from '../analyze/degradation.ts'
import { requireDurationMs } from '../define/duration.ts'
import { frozenAt } from '../define/freeze-windows.ts'
import { intervalMs, movedAt } from './plan-allocation.ts'
import { reportableAt } from '../define/reporting.ts'
import { signalTimes } from './signals.ts'
import { deadlineOf } from './stage-deadline.ts'
import { noTrafficAt } from '../analyze/silence.ts'
import { dwellEndsAt } from './step-conditions.ts'
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
 * When time alone may change what is said or decided next: an epoch matures, the minimum duration is over, that of a step, the one
 * planned for a look, or the longest; a day is over, where guardrails are judged day by day. Nothing is decided of an experiment that has ended.
 * Milliseconds since 1970; Infinity when only new data can change anything.
 */
export const dueAt = (input: AnalysisInput): number => {
  const { experiment, epochs, now } = input
  const { startedAt, definition, state } = experiment
  const { policy, window } = definition
  if (startedAt === null) return Infinity
  const decides = state === 'running' || state === 'paused'
  // a hold is gone after some looks without its alarm, also where nothing else happens
  if (isUnderWay(state) && (experiment.holds ?? []).length > 0) return now.getTime()
  const windowMs = requireDurationMs(window)
  const ends =
    windowMs === 0 ? [] : epochs.flatMap(({ endedAt }) => (endedAt === null ? [] : [endedAt.getTime() + windowMs]))
  const durations =
    decides ? [policy.minDuration, policy.maxDuration, policy.plannedDuration] : []
  const limits = durations.flatMap((limit) =>
    limit === undefined ? [] : [startedAt.getTime() + requireDurationMs(limit)],
  )
  const silences = isUnderWay(state) ? [noTrafficAt(input), ...signalTimes(input), ...drillTimes(input), ...epochs.map((epoch) => reportableAt(experiment, epoch))] : []
  const thaw = isUnderWay(state) ? (frozenAt(policy.freeze ?? [], now)?.until.getTime() ?? Infinity) : Infinity
  const days = input.generations?.length ? [dayEndsAt(now.getTime())] : []
  const dwells = decides ? [...dwellEndsAt(input), deadlineOf(experiment) ?? Infinity] : []
  return Math.min(Infinity, ...[...ends, ...dwells, ...limits, ...silences, ...days, thaw, ...banditTimes(input)].filter((at) => at > now.getTime()))
}

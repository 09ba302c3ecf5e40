import type { AnalysisInput, ArmData, EpochData } from './analysis-input.ts'
import { contextualNumbers } from '../contextual/arms.ts'
import { type ExperimentState, experimentStates, type VariantState } from '../define/definitions.ts'
import { type Digest, hexOf, newDigest, readNumber } from './digest.ts'
import { requireDurationMs } from '../define/duration.ts'
import { holdReasons } from '../decide/holds.ts'
import { observedNumbers } from './observed-arms.ts'
import { plannedTimeOf, rememberedScope } from './planned-looks.ts'
import { reportableEpochs, reportsEvery } from '../define/reporting.ts'

/**
 * Has every unit of this epoch had its whole outcome window? With a window of 0 there is no deadline, and all data
 * counts at once, the open epoch included.
 *
 * @param windowMs the outcome window, milliseconds
 */
export const isMatured = (epoch: Pick<EpochData, 'endedAt'>, windowMs: number, now: Date): boolean =>
  windowMs === 0 || (epoch.endedAt !== null && epoch.endedAt.getTime() + windowMs <= now.getTime())

/** Epochs that gains may be decided on, and those that may not yet. */
export const splitByMaturity = (
  epochs: readonly EpochData[], windowMs: number, now: Date,
): { matured: readonly EpochData[]; immature: readonly EpochData[] } =>
  // the same list, so that what was summed of it is not summed again
  windowMs === 0 ? { matured: epochs, immature: [] } : {
    matured: epochs.filter((epoch) => isMatured(epoch, windowMs, now)),
    immature: epochs.filter((epoch) => !isMatured(epoch, windowMs, now)),
  }

/**
 * Sixteen hex digits that change when any number of these epochs does. It tells a look with new data from the same
 * look again; it guards against nothing else.
 */
export const digestOf = (scope: number | null, epochs: readonly EpochData[]): string => {
  const digest = newDigest()
  readNumber(digest, scope ?? 0)
  for (const epoch of epochs) readEpoch(digest, epoch)
  return hexOf(digest)
}

/**
 * The same for everything that a report is made from: also which epochs have matured, whether the experiment has
 * ended, and whether the time of a planned look has come. Two analyses with one digest say the same.
 */
export const digestOfInput = ({ experiment, epochs, generations = [], now }: Pick<AnalysisInput, 'experiment' | 'epochs' | 'generations' | 'now'>): string => {
  const { state, definition } = experiment
  const windowMs = requireDurationMs(definition.window)
  const reportable = reportsEvery(experiment) ? new Set(reportableEpochs({ experiment, epochs, now })) : null
  const digest = newDigest()
  readNumber(digest, rememberedScope(experiment) ?? 0)
  readNumber(digest, experimentStates.indexOf(endedAs(state)))
  for (const epoch of epochs) {
    if (!readEpoch(digest, epoch)) continue
    readNumber(digest, isMatured(epoch, windowMs, now) ? 1 : 0)
    if (reportable) readNumber(digest, reportable.has(epoch) ? 1 : 0)
  }
  for (const { reason } of experiment.holds ?? []) readNumber(digest, holdReasons.indexOf(reason))
  for (const tracks of Object.values(experiment.drift?.tracks ?? {})) for (const { upTo } of tracks) readNumber(digest, upTo)
  for (const { day, epochs: strata } of generations) {
    readNumber(digest, day)
    for (const stratum of strata) readEpoch(digest, stratum)
  }
  for (const variance of experiment.frozen?.variances ?? []) readNumber(digest, variance ?? -1)
  const planned = plannedTimeOf({ experiment, now })
  if (planned !== null) readNumber(digest, planned ? 1 : 0)
  for (const [arm, variant] of experiment.variants.entries()) if (variant.status === 'quarantined') readBreaker(digest, arm, variant)
  return hexOf(digest)
}

const readBreaker = (digest: Digest, arm: number, { breaker }: VariantState): void => {
  readNumber(digest, arm)
  readNumber(digest, Date.parse(breaker?.since ?? '') || 0)
  readNumber(digest, breaker?.probes ?? 0)
  readNumber(digest, Date.parse(breaker?.standIn?.since ?? '') || 0)
}

/** Pausing changes nothing that a report says. */
const endedAs = (state: ExperimentState): ExperimentState => (state === 'paused' ? 'running' : state)

/** Epochs to which nobody has come say nothing: then false. */
const readEpoch = (digest: Digest, { weights, arms, counted = countedIn(arms) }: EpochData): boolean => {
  if (!counted) return false
  readNumber(digest, weights.length)
  for (const weight of weights) readNumber(digest, weight)
  readNumber(digest, counted.a)
  readNumber(digest, counted.b)
  return true
}

/** All numbers of one epoch, to be kept with those that do not change any more; null while nobody has come. */
export const countedIn = (arms: readonly ArmData[]): Digest | null => {
  if (arms.every(({ units }) => units === 0)) return null
  const digest = newDigest()
  for (const arm of arms) readArm(digest, arm)
  return digest
}

const readArm = (digest: Digest, arm: ArmData): void => {
  readNumber(digest, arm.units)
  readNumber(digest, arm.reporting)
  readNumber(digest, arm.outcomes)
  readNumber(digest, arm.metrics.length)
  for (const number of observedNumbers(arm)) readNumber(digest, number)
  for (const number of contextualNumbers(arm)) readNumber(digest, number)
  for (const moments of arm.metrics) {
    readNumber(digest, moments.n)
    readNumber(digest, moments.sumX)
    readNumber(digest, moments.sumY)
    readNumber(digest, moments.sumXX)
    readNumber(digest, moments.sumXY)
    readNumber(digest, moments.sumYY)
  }
}

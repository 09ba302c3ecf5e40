import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { type ExperimentState, experimentStates } from './definitions.ts'
import { digestNumbers } from './digest.ts'
import { requireDurationMs } from './duration.ts'
import { observedNumbers } from './observed-arms.ts'

/**
 * Has every unit of this epoch had its whole outcome window? With a window of 0 there is no deadline, and all data
 * counts at once, the open epoch included.
 *
 * @param windowMs the outcome window, milliseconds
 */
export const isMatured = (epoch: Pick<EpochData, 'endedAt'>, windowMs: number, now: Date): boolean =>
  windowMs === 0 || (epoch.endedAt !== null && epoch.endedAt.getTime() + windowMs <= now.getTime())

/** Epochs that gains may be decided on, and those that may not yet. */
export const splitByMaturity = (epochs: readonly EpochData[], windowMs: number, now: Date) => ({
  matured: epochs.filter((epoch) => isMatured(epoch, windowMs, now)),
  immature: epochs.filter((epoch) => !isMatured(epoch, windowMs, now)),
})

/**
 * Sixteen hex digits that change when any number of these epochs does. It tells a look with new data from the same
 * look again; it guards against nothing else.
 */
export const digestOf = (scope: number | null, epochs: readonly EpochData[]): string =>
  digestNumbers(epochs.reduce(pushNumbers, [scope ?? 0]))

/**
 * The same for everything that a report is made from: also which epochs have matured, and whether the experiment has
 * ended. Two analyses with one digest say the same.
 */
export const digestOfInput = ({ experiment, epochs, now }: Pick<AnalysisInput, 'experiment' | 'epochs' | 'now'>): string => {
  const { scope, state, definition } = experiment
  const windowMs = requireDurationMs(definition.window)
  const numbers = [scope ?? 0, experimentStates.indexOf(endedAs(state))]
  for (const epoch of epochs) {
    const before = numbers.length
    pushNumbers(numbers, epoch)
    if (numbers.length > before) numbers.push(isMatured(epoch, windowMs, now) ? 1 : 0)
  }
  for (const variance of experiment.frozen?.variances ?? []) numbers.push(variance ?? -1)
  return digestNumbers(numbers)
}

/** Pausing changes nothing that a report says. */
const endedAs = (state: ExperimentState): ExperimentState => (state === 'paused' ? 'running' : state)

/** Epochs to which nobody has come say nothing. */
const pushNumbers = (numbers: number[], { weights, arms }: EpochData): number[] => {
  if (arms.every(({ units }) => units === 0)) return numbers
  numbers.push(weights.length)
  for (const weight of weights) numbers.push(weight)
  for (const arm of arms) {
    const { units, reporting, outcomes, metrics } = arm
    numbers.push(units, reporting, outcomes, metrics.length)
    for (const number of observedNumbers(arm)) numbers.push(number)
    for (const { n, sumX, sumY, sumXX, sumXY, sumYY } of metrics) numbers.push(n, sumX, sumY, sumXX, sumXY, sumYY)
  }
  return numbers
}

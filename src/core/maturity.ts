import { murmur3 } from '../assign/hash.ts'
import type { AnalysisInput, EpochData } from './analysis-input.ts'
import { requireDurationMs } from './duration.ts'

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
  digest([scope, withUnits(epochs).map((epoch) => [epoch.weights, epoch.arms])])

/**
 * The same for everything that a report is made from: also which epochs have matured, and whether the experiment has
 * ended. Two analyses with one digest say the same.
 */
export const digestOfInput = ({ experiment, epochs, now }: Pick<AnalysisInput, 'experiment' | 'epochs' | 'now'>): string => {
  const { scope, state, definition } = experiment
  const windowMs = requireDurationMs(definition.window)
  const ended = state === 'running' || state === 'paused' ? null : state
  return digest([scope, ended, withUnits(epochs).map((epoch) => [epoch.weights, epoch.arms, isMatured(epoch, windowMs, now)])])
}

const withUnits = (epochs: readonly EpochData[]): EpochData[] => epochs.filter(({ arms }) => arms.some(({ units }) => units > 0))

const digest = (value: unknown): string => {
  const text = JSON.stringify(value)
  return [0, 0x9747b28c].map((seed) => murmur3(text, seed).toString(16).padStart(8, '0')).join('')
}

import { frozenCovariatesOf } from '../adaptive/covariates.ts'
import { frozenMeansOf } from '../adaptive/epochs.ts'
import { variancesNow } from '../adaptive/tuning.ts'
import type { AnalysisInput, EpochData } from '../analyze/analysis-input.ts'
import { banditOf } from '../define/bandit-stage.ts'
import type { Change, NextEpoch } from './change.ts'
import { requireDurationMs } from '../define/duration.ts'
import { isMatured } from '../analyze/maturity.ts'

/** Epochs of one length before the length doubles: with the default hour, two weeks. */
const perLength = 336

/** A turn of a bandit's epochs that nobody decides: the clock's, or only what is frozen once. */
export type Turn = Pick<Change, 'next' | 'frozen'>

const maturedOf = ({ experiment, epochs, now }: AnalysisInput): EpochData[] => {
  const windowMs = requireDurationMs(experiment.definition.window)
  return epochs.filter((epoch) => isMatured(epoch, windowMs, now))
}

/**
 * An epoch in the same scope, with what it takes from the past; exposed units stay where they are.
 *
 * @param context by what a contextual bandit draws; as before unless told
 */
export const nextEpoch = (
  input: AnalysisInput, cause: NextEpoch['cause'], coverage: number, weights: number[], context = input.epochs.at(-1)?.frozen?.context,
): NextEpoch => {
  const matured = maturedOf(input)
  const covariates = frozenCovariatesOf(matured, input.metrics, weights.length)
  return {
    cause, scope: 'same', coverage, weights,
    frozen: {
      means: frozenMeansOf(matured, input.metrics.length, weights.length), ...(covariates && { covariates }), ...(context && { context }),
    },
  }
}

/** The variances of the sequences, once they are known. */
export const frozenNow = (input: AnalysisInput): Pick<Change, 'frozen'> => {
  const { frozen } = input.experiment
  const variances = frozen && variancesNow(input, maturedOf(input))
  return frozen && variances ? { frozen: { ...frozen, variances } } : {}
}

/** When the epoch in force is over by the clock, milliseconds since 1970; Infinity before the start. Lengths count from there. */
export const clockTurnsAt = ({ experiment, epochs }: AnalysisInput): number => {
  const last = epochs.at(-1)
  const startedAt = experiment.startedAt?.getTime()
  if (!last || startedAt === undefined || last.endedAt !== null) return Infinity
  const lengthMs = requireDurationMs(experiment.definition.epochLength) * 2 ** Math.floor(experiment.epoch / perLength)
  return startedAt + lengthMs * (Math.floor((last.startedAt.getTime() - startedAt) / lengthMs) + 1)
}

/**
 * What the clock does to a bandit's epochs: other experiments' are turned by the store, all at once, but here every epoch
 * takes the arms' means from the past. Null when there is nothing to turn; an epoch to which nobody came goes on.
 */
export const clockTurn = (input: AnalysisInput): Turn | null => {
  const { state } = input.experiment
  if (!banditOf(input.experiment) || (state !== 'running' && state !== 'paused')) return null
  const last = input.epochs.at(-1)
  const over = clockTurnsAt(input) <= input.now.getTime() && last?.arms.some(({ units }) => units > 0)
  const turn = { ...frozenNow(input), ...(over && last && { next: nextEpoch(input, 'clock', last.coverage, last.weights) }) }
  return turn.next || turn.frozen ? turn : null
}

import { requireCount, requireFinite, requireOpenUnit, requirePositive } from '../check.ts'
import type { Random } from '../random.ts'

/** A comparison by the safe 2x2 e-process, in the limit of many units an epoch. */
export type ExactRuns = {
  /** A run ends when the e-value reaches 1/alpha; in (0, 1). */
  alpha: number
  /** One-sided bets rest while the past points the other way. */
  sides?: 1 | 2
  /** Mean of the z statistic at time 1. */
  drift: number
  /** Length of an epoch, above 0, in the same unit of time. */
  epoch: number
  /** Runs end unfinished after so many, an integer of at least 1. */
  epochs: number
  /** An integer of at least 1; a chance read off the runs has a standard error of at most .5/√runs. */
  runs: number
}

/**
 * When each of many simulated runs of the safe 2x2 e-process finds the difference. With many units an epoch the process
 * depends on the shares only through the z statistic: each epoch bets the drift that the epochs before it have shown,
 * log E grows by S/t·(its increment of the score) − (S/t)²/2·(its length).
 *
 * @param random a seeded source: the same seed, the same times
 * @returns ascending; Infinity for runs that did not finish
 * @throws {RangeError} naming the argument outside its domain
 *
 * Source: local limit of Turner, Ly and Grünwald (2024), "Generic E-variables for exact sequential k-sample tests that
 * allow for optional stopping". Runs of the e-process itself take 0 to 8 % longer: its first bets know less.
 */
export const exactCrossings = (plan: ExactRuns, random: Random): number[] => {
  const { alpha, sides = 2, drift, epoch, epochs, runs } = plan
  requireOpenUnit('alpha', alpha)
  requireFinite('drift', drift)
  requirePositive('epoch', epoch)
  requireCount('epochs', epochs, 1)
  requireCount('runs', runs, 1)
  const [needed, deviation] = [-Math.log(alpha), Math.sqrt(epoch)]
  const run = (): number => {
    let [score, logE] = [0, 0]
    for (let index = 0; index < epochs; index++) {
      const increment = drift * epoch + deviation * random.normal()
      const shown = index === 0 ? 0 : score / (index * epoch)
      const bet = sides === 1 ? Math.max(0, shown) : shown
      logE += bet * increment - 0.5 * bet * bet * epoch
      score += increment
      if (logE >= needed) return (index + 1) * epoch
    }
    return Infinity
  }
  return Array.from({ length: runs }, run).toSorted((one, other) => one - other)
}

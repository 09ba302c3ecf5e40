import { requireCount, requireOpenUnit } from '../check.ts'
import { normalQuantile } from '../special/index.ts'

/**
 * Interval of a share for one look, which keeps its coverage near 0 and 1, where estimate ± z·SE has no width.
 *
 * @param successes a count, at most n
 * @param n         a count of at least 1
 * @param level     confidence, in (0, 1); .95 unless told
 * @returns within [0, 1]
 * @throws {RangeError} outside these domains
 *
 * Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22.
 */
export const wilsonInterval = (successes: number, n: number, level = 0.95): { lower: number; upper: number } => {
  requireCount('n', n, 1)
  requireCount('successes', successes)
  if (successes > n) throw new RangeError(`successes must be at most n = ${n}, got ${successes}`)
  requireOpenUnit('level', level)
  const square = normalQuantile(0.5 + level / 2) ** 2
  const share = successes / n
  const center = (share + square / (2 * n)) / (1 + square / n)
  const reach = Math.sqrt((square * share * (1 - share)) / n + (square / (2 * n)) ** 2) / (1 + square / n)
  return { lower: successes === 0 ? 0 : center - reach, upper: successes === n ? 1 : center + reach }
}
